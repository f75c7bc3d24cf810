package ginsession_test

import (
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/session"
)

// BenchmarkRequest compares with Gin alone, and with the manager's own handler
// around Gin: the difference to that is what the adapter costs.
func BenchmarkRequest(b *testing.B) {
	alone := func(c *gin.Context) { c.Status(http.StatusNoContent) }
	reads := func(c *gin.Context) {
		_, _ = username.Get(session.From(c.Request))
		alone(c)
	}
	for name, build := range map[string]func(p *program) http.Handler{
		"gin":           func(p *program) http.Handler { p.GET("/", alone); return p.Engine },
		"handler/alone": func(p *program) http.Handler { p.GET("/", alone); return p.Sessions.Handler(p.Engine) },
		"handler/reads": func(p *program) http.Handler { p.GET("/", reads); return p.Sessions.Handler(p.Engine) },
		"adapter/alone": func(p *program) http.Handler { p.Use(p.session); p.GET("/", alone); return p.Engine },
		"adapter/reads": func(p *program) http.Handler { p.Use(p.session); p.GET("/", reads); return p.Engine },
	} {
		b.Run(name, func(b *testing.B) {
			p := newProgram(b)
			p.Bench(b, build(p))
		})
	}
}

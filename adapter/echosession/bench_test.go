package echosession_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/session"
)

// BenchmarkRequest compares with Echo alone, and with the manager's own handler
// around Echo: the difference to that is what the adapter costs.
func BenchmarkRequest(b *testing.B) {
	alone := func(c *echo.Context) error { return c.NoContent(http.StatusNoContent) }
	reads := func(c *echo.Context) error {
		_, _ = username.Get(session.From(c.Request()))
		return alone(c)
	}
	for name, build := range map[string]func(p *program) http.Handler{
		"echo":          func(p *program) http.Handler { p.GET("/", alone); return p.Echo },
		"handler/alone": func(p *program) http.Handler { p.GET("/", alone); return p.Sessions.Handler(p.Echo) },
		"handler/reads": func(p *program) http.Handler { p.GET("/", reads); return p.Sessions.Handler(p.Echo) },
		"adapter/alone": func(p *program) http.Handler { p.Use(p.session); p.GET("/", alone); return p.Echo },
		"adapter/reads": func(p *program) http.Handler { p.Use(p.session); p.GET("/", reads); return p.Echo },
		"wrapped/alone": func(p *program) http.Handler {
			p.Use(echo.WrapMiddleware(p.Sessions.Handler))
			p.GET("/", alone)
			return p.Echo
		},
	} {
		b.Run(name, func(b *testing.B) {
			p := newProgram(b)
			p.Bench(b, build(p))
		})
	}
}

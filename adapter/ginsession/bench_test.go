package ginsession_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

// nowhere is a response that costs nothing.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w nowhere) WriteHeader(int)             {}

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
		"handler/alone": func(p *program) http.Handler { p.GET("/", alone); return p.sessions.Handler(p.Engine) },
		"handler/reads": func(p *program) http.Handler { p.GET("/", reads); return p.sessions.Handler(p.Engine) },
		"adapter/alone": func(p *program) http.Handler { p.Use(p.session); p.GET("/", alone); return p.Engine },
		"adapter/reads": func(p *program) http.Handler { p.Use(p.session); p.GET("/", reads); return p.Engine },
	} {
		b.Run(name, func(b *testing.B) {
			p := newProgram(b)
			h := build(p)
			r := httptest.NewRequest("GET", "https://example.com/", nil)
			if err := sessiontest.EditRequest(p.sessions, r, func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
				b.Fatal(err)
			}
			w := nowhere{make(http.Header)}
			b.ReportAllocs()
			for b.Loop() {
				clear(w.header)
				h.ServeHTTP(w, r)
			}
		})
	}
}

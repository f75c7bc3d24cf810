package echosession_test

import (
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func bound(e *echo.Echo, sessions *session.Manager) {
	e.Use(echosession.Middleware(sessions))
	e.POST("/login", func(c *echo.Context) error { echosession.From(c).SignIn("ada"); return c.String(http.StatusOK, "") })
	e.POST("/logout", func(c *echo.Context) error { echosession.From(c).SignOut(); return c.String(http.StatusOK, "") })
	e.GET("/who", func(c *echo.Context) error { return c.String(http.StatusOK, echosession.From(c).Owner()) })
}

// TestMiddleware_BindsSessions has the guard around Echo, and in front of its routes.
func TestMiddleware_BindsSessions(t *testing.T) {
	for name, open := range map[string]func(*session.Manager, *dbsc.Guard) http.Handler{
		"around": func(sessions *session.Manager, g *dbsc.Guard) http.Handler {
			e := echo.New()
			bound(e, sessions)
			return g.Handler(e)
		},
		"in front": func(sessions *session.Manager, g *dbsc.Guard) http.Handler {
			e := echo.New()
			e.Pre(echo.WrapMiddleware(g.Handler))
			bound(e, sessions)
			return e
		},
	} {
		for _, backend := range []session.Backend{session.Stored(memstore.New(nil)), session.Signed(secret.New())} {
			t.Run(name, func(t *testing.T) { guardtest.Check(t, backend, open) })
		}
	}
}

package fibersession_test

import (
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/guardtest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// TestMiddleware_BindsSessions has the guard's endpoints as routes of Fiber: it judges the sessions
// of its manager wherever they are loaded.
func TestMiddleware_BindsSessions(t *testing.T) {
	for _, backend := range []session.Backend{session.Stored(memstore.New(nil)), session.Signed(secret.New())} {
		guardtest.Check(t, backend, func(sessions *session.Manager, g *dbsc.Guard) http.Handler {
			app := fiber.New()
			app.All("/dbsc/*", adaptor.HTTPHandler(g.Handler(http.NotFoundHandler())))
			app.Use(fibersession.Middleware(sessions))
			app.Post("/login", func(c fiber.Ctx) error { fibersession.From(c).SignIn("ada"); return c.SendString("") })
			app.Post("/logout", func(c fiber.Ctx) error { fibersession.From(c).SignOut(); return c.SendString("") })
			app.Get("/who", func(c fiber.Ctx) error { return c.SendString(fibersession.From(c).Owner()) })
			return adaptor.FiberApp(app)
		})
	}
}

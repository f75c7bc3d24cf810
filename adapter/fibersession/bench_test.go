package fibersession_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
)

// BenchmarkRequest is a request that leaves the session alone, or reads a value, beside Fiber
// without a session. internal/bench has Fiber's own sessions.
func BenchmarkRequest(b *testing.B) {
	ours := newApp(b)
	ours.Get("/login", login)
	for name, handler := range map[string]fiber.Handler{
		"none":      leave,
		"untouched": leave,
		"read": func(c fiber.Ctx) error {
			username.Get(fibersession.From(c))
			return leave(c)
		},
	} {
		b.Run(name, func(b *testing.B) {
			app := ours
			if name == "none" {
				app = fiber.New()
			}
			app.Get("/"+name, handler)
			serve := app.Handler()
			var ctx fasthttp.RequestCtx
			ctx.Request.Header.SetHost("example.com")
			ctx.Request.Header.SetCookie("__Host-session", token(b, ours))
			ctx.Request.SetRequestURI("/" + name)
			for _, name := range []string{"Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Sec-Fetch-Site"} {
				ctx.Request.Header.Set(name, "what a browser says here")
			}
			b.ReportAllocs()
			for b.Loop() {
				ctx.Response.Reset()
				serve(&ctx)
				ctx.ResetUserValues()
			}
		})
	}
}

func leave(c fiber.Ctx) error { return c.SendString("ok") }

package fibersession_test

import (
	"testing"

	"github.com/gofiber/fiber/v3"
	fibers "github.com/gofiber/fiber/v3/middleware/session"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// BenchmarkRequest is a request that leaves the session alone, or reads a value,
// beside Fiber without a session and Fiber's own.
func BenchmarkRequest(b *testing.B) {
	sessions, err := session.New(session.Signed(secret.New()), nil)
	if err != nil {
		b.Fatal(err)
	}
	fibersOwn, _ := fibers.NewWithStore()
	ours := fibersession.Middleware(sessions)
	leave := func(c fiber.Ctx) error { return c.SendString("ok") }
	for _, test := range []struct {
		name       string
		middleware fiber.Handler
		handler    fiber.Handler
	}{
		{"none", nil, leave},
		{"wafer/untouched", ours, leave},
		{"wafer/read", ours, func(c fiber.Ctx) error {
			username.Get(fibersession.From(c))
			return c.SendString("ok")
		}},
		{"fiber/untouched", fibersOwn, leave},
		{"fiber/read", fibersOwn, func(c fiber.Ctx) error {
			fibers.FromContext(c).Get("username")
			return c.SendString("ok")
		}},
	} {
		b.Run(test.name, func(b *testing.B) {
			app := fiber.New()
			if test.middleware != nil {
				app.Use(test.middleware)
			}
			app.Get("/", test.handler)
			app.Get("/login", func(c fiber.Ctx) error {
				if s := fibers.FromContext(c); s != nil {
					s.Set("username", "ada")
				} else if test.middleware != nil {
					username.Set(fibersession.From(c), "ada")
				}
				return nil
			})
			handler := app.Handler()
			var ctx fasthttp.RequestCtx
			ctx.Request.Header.SetHost("example.com")
			ctx.Request.SetRequestURI("/login")
			handler(&ctx)
			for _, line := range ctx.Response.Header.Cookies() {
				var cookie fasthttp.Cookie
				if err := cookie.ParseBytes(line); err != nil {
					b.Fatal(err)
				}
				ctx.Request.Header.SetCookieBytesKV(cookie.Key(), cookie.Value())
			}
			ctx.Request.SetRequestURI("/")
			for _, name := range []string{"Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Sec-Fetch-Site"} {
				ctx.Request.Header.Set(name, "what a browser says here")
			}
			b.ReportAllocs()
			for b.Loop() {
				ctx.Response.Reset()
				handler(&ctx)
				ctx.ResetUserValues()
			}
		})
	}
}

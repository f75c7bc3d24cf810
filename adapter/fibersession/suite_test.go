package fibersession_test

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/session"
)

// server is an app as the suite serves it.
type server struct{ *fiber.App }

func (s server) Serve(l net.Listener) error {
	return s.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
}

func (s server) Close() error { return s.Shutdown() }

func TestMiddleware_KeepsTheRules(t *testing.T) { adaptertest.Run(t, serve) }

// BenchmarkRequest has Fiber without a session beside it; internal/bench has Fiber's own sessions.
func BenchmarkRequest(b *testing.B) {
	exampletest.Bench(b, func(p adaptertest.Program, r *http.Request) func() {
		handle := serve(nil, p).(server).Handler()
		var ctx fasthttp.RequestCtx
		ctx.Request.SetRequestURI(r.URL.String())
		ctx.Request.Header.Set("Cookie", r.Header.Get("Cookie"))
		return func() {
			ctx.Response.Reset()
			handle(&ctx)
			ctx.ResetUserValues()
		}
	})
}

// serve serves a program of the suite.
func serve(_ *testing.T, p adaptertest.Program) adaptertest.Server {
	var config fiber.Config
	if p.ErrorPage != nil {
		config.ErrorHandler = func(c fiber.Ctx, err error) error { return p.ErrorPage(ctx{c}, err) }
	}
	app := fiber.New(config)
	for _, l := range p.Links {
		app.Use(link(l))
	}
	for _, route := range p.Routes {
		var handlers []any
		for _, l := range route.Links {
			handlers = append(handlers, link(l))
		}
		handlers = append(handlers, handler(route.Handle))
		app.Add([]string{route.Method}, route.Path, handlers[0], handlers[1:]...)
	}
	return server{app}
}

func handler(f func(c adaptertest.Ctx) error) fiber.Handler {
	return func(c fiber.Ctx) error { return f(ctx{c}) }
}

func link(l adaptertest.Link) fiber.Handler {
	switch {
	case l.Sessions != nil:
		return fibersession.Middleware(l.Sessions)
	case l.Recover:
		return recover.New()
	case l.Compress:
		return compress.New()
	}
	return func(c fiber.Ctx) error { return l.Func(ctx{c}, c.Next) }
}

// ctx is Fiber's context as the suite uses it.
type ctx struct{ c fiber.Ctx }

func (c ctx) Session() *session.Session     { return fibersession.From(c.c) }
func (c ctx) Context() context.Context      { return c.c.Context() }
func (c ctx) SetContext(to context.Context) { c.c.SetContext(to) }
func (c ctx) Query(name string) string      { return c.c.Query(name) }
func (c ctx) Header(name string) string     { return c.c.Get(name) }
func (c ctx) AddHeader(name, value string)  { c.c.Response().Header.Add(name, value) }
func (c ctx) Status(code int)               { c.c.Status(code) }
func (c ctx) Write(b []byte) (int, error)   { return c.c.Write(b) }
func (c ctx) File(path string) error        { return c.c.SendFile(path, fiber.SendFile{ByteRange: true}) }
func (c ctx) EarlyHints(link string) error  { return c.c.SendEarlyHints([]string{link}) }
func (c ctx) HTTP(h http.Handler) error     { return adaptor.HTTPHandler(h)(c.c) }

func (c ctx) Redirect(code int, to string) error { return c.c.Redirect().Status(code).To(to) }

func (c ctx) Stream(f func(w adaptertest.Stream)) error {
	return c.c.SendStreamWriter(func(w *bufio.Writer) { f(w) })
}

func (c ctx) Upgrade(f func(conn net.Conn)) error {
	c.c.Status(fiber.StatusSwitchingProtocols)
	c.c.Set(fiber.HeaderConnection, "Upgrade")
	c.c.Set(fiber.HeaderUpgrade, c.c.Get(fiber.HeaderUpgrade))
	c.c.RequestCtx().Hijack(f)
	return nil
}

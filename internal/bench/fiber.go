package bench

import (
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/valyala/fasthttp"
)

// Fiber is fiber's own session middleware with its memory storage. It runs on
// fasthttp, through the handler that fasthttp's server would call, with fiber's
// router in its figures, and loads and saves the session in every request.
func Fiber() *Subject {
	s := &Subject{Name: "fiber-memory"}
	var middleware fiber.Handler
	s.connect = func() (transport, error) {
		if middleware == nil {
			middleware = session.New(session.Config{Extractor: extractors.FromCookie(cookieName)})
		}
		t := &fast{middleware: middleware}
		var r fasthttp.Request
		r.SetRequestURI("https://example.com/account")
		t.ctx.Init(&r, nil, nil)
		return t, nil
	}
	return s
}

// fast is the transport of libraries for fasthttp.
type fast struct {
	middleware fiber.Handler
	ctx        fasthttp.RequestCtx
}

var _ transport = (*fast)(nil)

func (t *fast) prepare(a Action, j *job) func() {
	app := fiber.New()
	app.Use(t.middleware)
	app.Get("/account", fiberHandler(a, j))
	serve := app.Handler()
	return func() {
		t.ctx.Response.Reset()
		t.ctx.ResetUserValues()
		serve(&t.ctx)
	}
}

func (t *fast) answered() string {
	line := string(t.ctx.Response.Header.PeekCookie(cookieName))
	pair, _, _ := strings.Cut(line, ";")
	return pair
}

func (t *fast) bring(cookie string) {
	t.ctx.Request.Header.Set("Cookie", other+cookie)
}

func fiberHandler(a Action, j *job) fiber.Handler {
	return func(c fiber.Ctx) error {
		if a == Leave {
			j.calls++
			return nil
		}
		act(a, j, fiberValues{session.FromContext(c)})
		return nil
	}
}

type fiberValues struct{ s *session.Middleware }

func (v fiberValues) Fill(p Pair)     { v.s.Set(p.Key, p.Value) }
func (v fiberValues) SetNumber(n int) { v.s.Set(visitsKey, n) }
func (v fiberValues) Flash()          { v.s.Set("flash", message) }
func (v fiberValues) Save()           {}

func (v fiberValues) Text(key string) string { return as[string](v.s.Get(key)) }

func (v fiberValues) Number() int { return as[int](v.s.Get(visitsKey)) }

func (v fiberValues) Flashes(into []string) []string {
	if text := v.Text("flash"); text != "" {
		into = append(into, text)
		v.s.Delete("flash")
	}
	return into
}

package subject

import (
	"strings"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/extractors"
	"github.com/gofiber/fiber/v3/middleware/session"
	"github.com/valyala/fasthttp"
)

// Fiber is fiber's own session middleware with its memory storage. It runs on
// fasthttp, through the handler that fasthttp's server would call.
func Fiber() *Subject {
	s := &Subject{
		Name: "fiber-memory", Module: "github.com/gofiber/fiber/v3",
		Note: "on fasthttp, with fiber's router in its figures; its middleware loads and saves the session in every request",
	}
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
		j.calls++
		if a == Leave {
			return nil
		}
		s := session.FromContext(c)
		switch a {
		case Fill:
			for _, p := range j.fill {
				s.Set(p.Key, p.Value)
			}
		case Read:
			j.text, _ = s.Get(j.key).(string)
		case ReadNumber:
			j.found, _ = s.Get(visitsKey).(int)
		case Change:
			s.Set(visitsKey, j.number)
		case Flash:
			s.Set("flash", message)
		case Show:
			j.messages = j.messages[:0]
			if text, ok := s.Get("flash").(string); ok {
				j.messages = append(j.messages, text)
				s.Delete("flash")
			}
		}
		return nil
	}
}

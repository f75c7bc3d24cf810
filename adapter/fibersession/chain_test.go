package fibersession_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/compress"
	"github.com/gofiber/fiber/v3/middleware/encryptcookie"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// greeting is an app that logs in, and greets at some length. Its sessions have
// middlewares before and after.
func greeting(t *testing.T, before, after []any) *fiber.App {
	t.Helper()
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	for _, middleware := range before {
		app.Use(middleware)
	}
	app.Use(fibersession.Middleware(m))
	for _, middleware := range after {
		app.Use(middleware)
	}
	app.Get("/login", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		username.Set(s, c.Query("name"))
		s.Flash("welcome")
		return c.Redirect().To("/")
	})
	app.Get("/", func(c fiber.Ctx) error {
		c.Vary("Accept-Language")
		s := fibersession.From(c)
		name, _ := username.Get(s)
		for _, message := range s.Flashes() {
			name += " " + message.Text
		}
		return c.SendString(strings.Repeat(name+";", 100))
	})
	return app
}

func TestFibersMiddlewaresWorkOnEitherSide(t *testing.T) {
	for name, middleware := range map[string]any{
		"cache":         cache.New(),
		"compress":      compress.New(),
		"encryptcookie": encryptcookie.New(encryptcookie.Config{Key: encryptcookie.GenerateKey(32)}),
		"etag":          etag.New(),
		"logger":        logger.New(logger.Config{Stream: new(logs)}),
	} {
		for side, app := range map[string]*fiber.App{
			"before": greeting(t, []any{middleware}, nil),
			"after":  greeting(t, nil, []any{middleware}),
		} {
			t.Run(name+" "+side, func(t *testing.T) {
				v := visit(t, app)
				bob := v.another()
				v.want("/login?name=ada", strings.Repeat("ada welcome;", 100))
				v.want("/", strings.Repeat("ada;", 100))
				bob.want("/", strings.Repeat(";", 100))
				bob.want("/login?name=bob", strings.Repeat("bob welcome;", 100))
				v.want("/", strings.Repeat("ada;", 100))
				bob.want("/", strings.Repeat("bob;", 100))
				bob.want("/", strings.Repeat("bob;", 100))
			})
		}
	}
}

// A timeout before the sessions has answered by the time that the handlers
// return, and its answer is being sent.
func TestTheAnswerOfATimeoutBeforeIsLeftAlone(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	var cancel context.CancelFunc
	app.Use(func(c fiber.Ctx) error {
		var ctx context.Context
		ctx, cancel = context.WithCancel(c.Context())
		c.SetContext(ctx)
		return c.Next()
	}, fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		c.Abandon()
		c.RequestCtx().TimeoutError("too slow")
		cancel()
		return nil
	})
	if res, page := ask(t, app, "/"); res.StatusCode != fiber.StatusRequestTimeout || page != "too slow" || res.Header["Set-Cookie"] != nil {
		t.Errorf("answers %d %q with %q", res.StatusCode, page, res.Header["Set-Cookie"])
	}
}

func TestAHandlerOfNetHTTPFindsTheSessionByItsContext(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		ctx := c.Context()
		return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r.WithContext(ctx)), "ada")
			w.WriteHeader(http.StatusAccepted)
		})(c)
	})
	r := httptest.NewRequest("GET", "/", nil)
	res, err := app.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = read(t, res); res.StatusCode != http.StatusAccepted || len(res.Cookies()) != 1 {
		t.Errorf("answers %d with %q", res.StatusCode, res.Header["Set-Cookie"])
	}
}

package fibersession_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"
	"github.com/gofiber/fiber/v3/middleware/cache"
	"github.com/gofiber/fiber/v3/middleware/encryptcookie"
	"github.com/gofiber/fiber/v3/middleware/etag"
	"github.com/gofiber/fiber/v3/middleware/logger"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// greet has an app log in, and greet at some length.
func greet(app *fiber.App) {
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
}

func TestFibersMiddlewares_OnEitherSide(t *testing.T) {
	for name, middleware := range map[string]any{
		"cache":         cache.New(),
		"encryptcookie": encryptcookie.New(encryptcookie.Config{Key: encryptcookie.GenerateKey(32)}),
		"etag":          etag.New(),
		"logger":        logger.New(logger.Config{Stream: new(adaptertest.Log)}),
	} {
		before, after := newApp(t, middleware), newApp(t)
		after.Use(middleware)
		for side, app := range map[string]*fiber.App{"before": before, "after": after} {
			greet(app)
			t.Run(name+" "+side, func(t *testing.T) {
				v := visit(t, app)
				bob := v.Another()
				v.Get("/login?name=ada")
				v.Want("/", strings.Repeat("ada welcome;", 100))
				v.Want("/", strings.Repeat("ada;", 100))
				bob.Want("/", strings.Repeat(";", 100))
				bob.Get("/login?name=bob")
				bob.Want("/", strings.Repeat("bob welcome;", 100))
				v.Want("/", strings.Repeat("ada;", 100))
				bob.Want("/", strings.Repeat("bob;", 100))
				bob.Want("/", strings.Repeat("bob;", 100))
			})
		}
	}
}

func TestAdaptor_FindsTheSessionInTheContext(t *testing.T) {
	app := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		ctx := c.Context()
		return adaptor.HTTPHandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r.WithContext(ctx)), "ada")
			w.WriteHeader(http.StatusAccepted)
		})(c)
	})
	a := ask(t, app, "/")
	a.Is(http.StatusAccepted, "")
	a.SetsCookies(1)
}

// A cache inside stores a page before the manager has said that it varies by cookie.
func TestCache_InsideKeepsVisitorsApart(t *testing.T) {
	for name, read := range map[string]func(c fiber.Ctx) error{
		"From": who,
		"FromContext": func(c fiber.Ctx) error {
			return c.SendString(session.FromContext(c.Context()).Value("username").(string))
		},
	} {
		t.Run(name, func(t *testing.T) {
			outer := newManager(t, session.Signed(secret.New()))
			inner, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "__Host-inner"}})
			if err != nil {
				t.Fatal(err)
			}
			app := fiber.New()
			app.Use(fibersession.Middleware(outer), cache.New())
			app.Post("/login", func(c fiber.Ctx) error {
				username.Set(fibersession.From(c), c.Query("name"))
				return nil
			})
			app.Get("/", read)
			app.Get("/inner", func(c fiber.Ctx) error {
				name, _ := username.Get(fibersession.From(c))
				c.Locals("name", name)
				return c.Next()
			}, fibersession.Middleware(inner), func(c fiber.Ctx) error { return c.SendString(c.Locals("name").(string)) })
			ada := visit(t, app)
			bob := ada.Another()
			ada.Do("POST", "/login?name=ada")
			bob.Do("POST", "/login?name=bob")
			for _, path := range []string{"/", "/inner"} {
				ada.Want(path, "ada")
				bob.Want(path, "bob")
				ada.Want(path, "ada")
			}
		})
	}
}

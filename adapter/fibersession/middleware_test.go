package fibersession_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestWhatOneRequestSetsTheNextReads(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/set", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), c.Query("name"))
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error { return c.SendString(fibersession.From(c).Value("username").(string)) })
	v := visit(t, app)
	v.get("/set?name=ada")
	v.want("/", "ada")
}

func TestAFlashOverARedirectIsShownOnce(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/save", func(c fiber.Ctx) error {
		fibersession.From(c).Flash("Saved")
		return c.Redirect().Status(fiber.StatusSeeOther).To("/")
	})
	app.Get("/", flashes)
	v := visit(t, app)
	v.want("/save", "Saved")
	v.want("/", "")
}

func TestAnUntouchedSessionLeavesTheResponseAsItWas(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error { return c.SendString("hello") })
	bare := fiber.New()
	bare.Get("/", func(c fiber.Ctx) error { return c.SendString("hello") })
	ours, _ := ask(t, app, "/")
	without, _ := ask(t, bare, "/")
	delete(ours.Header, "Date")
	delete(without.Header, "Date")
	if len(ours.Header) != len(without.Header) {
		t.Errorf("the header is %v, and %v without the middleware", ours.Header, without.Header)
	}
}

func TestASessionThatIsReadVariesTheResponseByCookie(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		c.Vary("Accept-Language")
		return c.SendString(strings.Repeat("x", fibersession.From(c).Len()))
	})
	res, _ := ask(t, app, "/")
	if got := res.Header["Vary"]; len(got) != 1 || got[0] != "Accept-Language, Cookie" {
		t.Errorf("Vary is %q; Fiber's cache reads its first line alone", got)
	}
	if res.Header["Set-Cookie"] != nil {
		t.Errorf("a read sets %q", res.Header["Set-Cookie"])
	}
}

func TestVaryOfAllStays(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		c.Set("Vary", "*")
		fibersession.From(c).Has("x")
		return nil
	})
	if res, _ := ask(t, app, "/"); res.Header.Get("Vary") != "*" {
		t.Errorf("Vary is %q", res.Header["Vary"])
	}
}

func TestTheCookiesOfTheHandlerStay(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "theme", Value: "dark"})
		c.Cookie(&fiber.Cookie{Name: "size", Value: "large"})
		username.Set(fibersession.From(c), "ada")
		return nil
	})
	res, _ := ask(t, app, "/")
	var names []string
	for _, cookie := range res.Cookies() {
		names = append(names, cookie.Name)
	}
	if got := strings.Join(names, " "); got != "theme size __Host-session" {
		t.Errorf("the cookies are %s", got)
	}
	if got := res.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}

func TestFromSaysWhereTheMiddlewareIsMissing(t *testing.T) {
	app := fiber.New()
	var said any
	app.Get("/cart", func(c fiber.Ctx) error {
		defer func() { said = recover() }()
		fibersession.From(c)
		return nil
	})
	ask(t, app, "/cart")
	if text, _ := said.(string); !strings.Contains(text, "no session for GET /cart; call app.Use(fibersession.Middleware(sessions))") {
		t.Errorf("panics with %v", said)
	}
}

func TestAGroupAloneMayHaveSessions(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	outside := false
	app.Get("/outside", func(c fiber.Ctx) error {
		defer func() { outside = recover() != nil }()
		fibersession.From(c)
		return nil
	})
	account := app.Group("/account", fibersession.Middleware(m))
	account.Group("/deep").Group("/deeper").Get("/", flashes)
	account.Get("/flash", func(c fiber.Ctx) error {
		fibersession.From(c).Flash("hi")
		return nil
	})
	v := visit(t, app)
	v.get("/account/flash")
	v.want("/account/deep/deeper/", "hi")
	v.get("/outside")
	if !outside {
		t.Error("From found a session outside of the group")
	}
}

func TestTheMiddlewareTwiceActsAsOne(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	var first, second *session.Session
	app.Use(fibersession.Middleware(m), func(c fiber.Ctx) error {
		first = fibersession.From(c)
		return c.Next()
	})
	app.Group("/in", fibersession.Middleware(m)).Get("/", func(c fiber.Ctx) error {
		second = fibersession.From(c)
		username.Set(second, "ada")
		return nil
	})
	res, _ := ask(t, app, "/in")
	if first != second {
		t.Error("the inner middleware made a session of its own")
	}
	if got := len(res.Header["Set-Cookie"]); got != 1 {
		t.Errorf("%d Set-Cookie lines", got)
	}
}

func TestOfTwoManagersEachHasItsCookie(t *testing.T) {
	shop, _ := newManager(t, session.Signed(secret.New()), session.Options{Cookie: session.Cookie{Name: "__Host-shop"}})
	admin, _ := newManager(t, session.Signed(secret.New()), session.Options{Cookie: session.Cookie{Name: "__Host-admin"}})
	app := fiber.New()
	app.Use(fibersession.Middleware(shop), func(c fiber.Ctx) error {
		count.Set(fibersession.From(c), 1)
		return c.Next()
	}, fibersession.Middleware(admin))
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		r, _ := http.NewRequestWithContext(c.Context(), "GET", "/", nil)
		outer, err := shop.Load(r)
		if n, _ := count.Get(outer); err != nil || n != 1 {
			t.Errorf("the outer manager's session has %d, %v", n, err)
		}
		return nil
	})
	res, _ := ask(t, app, "/")
	for _, name := range []string{"__Host-shop=", "__Host-admin="} {
		if !strings.Contains(cookieOf(res), name) {
			t.Errorf("no cookie %s in %q", name, res.Header["Set-Cookie"])
		}
	}
	if got := res.Header["Vary"]; len(got) != 1 || got[0] != "Cookie" {
		t.Errorf("Vary is %q", got)
	}
}

func TestTheContextHasTheSession(t *testing.T) {
	app, _ := newApp(t)
	type key struct{}
	app.Use(func(c fiber.Ctx) error {
		c.SetContext(context.WithValue(c.Context(), key{}, "inner"))
		return c.Next()
	})
	app.Get("/", func(c fiber.Ctx) error {
		if session.FromContext(c.Context()) != fibersession.From(c) {
			t.Error("the context has another session")
		}
		return nil
	})
	ask(t, app, "/")
}

func TestTheContextBeforeTheMiddlewareIsThatOfTheCallbacks(t *testing.T) {
	type key struct{}
	var seen any
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{OnFlash: func(ctx context.Context, _ session.Message) { seen = ctx.Value(key{}) }})
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		before := context.WithValue(c.Context(), key{}, "trace")
		c.SetContext(before)
		err := c.Next()
		if c.Context() != before {
			t.Error("the middleware left its own context behind")
		}
		return err
	}, fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		fibersession.From(c).Flash("hi")
		return nil
	})
	ask(t, app, "/")
	if seen != "trace" {
		t.Errorf("the callback's context has %v", seen)
	}
}

func TestASecondRunOfTheRoutesHasItsOwnSession(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		err := c.Next()
		if c.Path() == "/old" {
			c.Path("/new")
			return c.RestartRouting()
		}
		return err
	}, fibersession.Middleware(m))
	app.Get("/old", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "old")
		return nil
	})
	app.Get("/new", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "new")
		return nil
	})
	app.Get("/who", func(c fiber.Ctx) error { return c.SendString(fibersession.From(c).Value("username").(string)) })
	res, _ := ask(t, app, "/old")
	if got := res.Header["Set-Cookie"]; len(got) != 1 {
		t.Fatalf("the cookies are %q", got)
	}
	if _, who := ask(t, app, "/who", cookieOf(res)); who != "new" {
		t.Errorf("the second run's change is lost: %s", who)
	}
}

// An app on Fiber may be served within a handler of net/http that has the
// sessions already.
func TestTheSessionOfAHandlerAroundTheAppIsTheSame(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		app := fiber.New()
		app.Use(func(c fiber.Ctx) error {
			c.SetContext(r.Context())
			return c.Next()
		}, fibersession.Middleware(m))
		app.Get("/", func(c fiber.Ctx) error {
			if fibersession.From(c) != session.From(r) {
				t.Error("the app has a session of its own")
			}
			username.Set(fibersession.From(c), "ada")
			return c.SendString("hello")
		})
		if res, page := ask(t, app, "/"); page != "hello" || res.Header["Set-Cookie"] != nil {
			t.Errorf("answers %q with %q, and the handler around it writes the session", page, res.Header["Set-Cookie"])
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil))
}

func TestTheSessionIsSavedWhenTheContextHasEnded(t *testing.T) {
	m, _ := newManager(t, session.Stored(patientStore{memstore.New(nil)}), session.Options{})
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
		cancel()
		return c.SendString(c.Context().Err().Error())
	})
	if res, page := ask(t, app, "/"); res.StatusCode != 200 || page != "context canceled" || len(res.Cookies()) != 1 {
		t.Errorf("answers %d %q with %q", res.StatusCode, page, res.Header["Set-Cookie"])
	}
}

func TestGoroutinesOfAHandlerShareTheSession(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() { count.Update(fibersession.From(c), func(n int) int { return n + 1 }) })
		}
		all.Wait()
		n, _ := count.Get(fibersession.From(c))
		return c.SendString(strings.Repeat("+", n))
	})
	if _, page := ask(t, app, "/"); page != "++++++++" {
		t.Errorf("counts %q", page)
	}
}

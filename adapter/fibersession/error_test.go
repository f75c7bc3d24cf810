package fibersession_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/recover"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// errorPage shows the flashes, as a layout does.
var errorPage = fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
	c.Status(fiber.StatusTeapot)
	if err := flashes(c); err != nil {
		return err
	}
	_, e := c.WriteString("|" + err.Error())
	return e
}}

func TestWhatWasChangedBeforeAnErrorIsKept(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/fail", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return fiber.NewError(fiber.StatusConflict, "taken")
	})
	app.Get("/", func(c fiber.Ctx) error { return c.SendString(fibersession.From(c).Value("username").(string)) })
	v := visit(t, app)
	if res, page := v.get("/fail"); res.StatusCode != fiber.StatusConflict || page != "taken" || len(res.Cookies()) != 1 {
		t.Errorf("answers %d %s with %q", res.StatusCode, page, res.Header["Set-Cookie"])
	}
	v.want("/", "ada")
}

func TestAnErrorPageShowsTheFlashesOnce(t *testing.T) {
	app, said := newApp(t, errorPage)
	app.Get("/fail", func(c fiber.Ctx) error {
		fibersession.From(c).Flash("Not saved")
		return errors.New("down")
	})
	app.Get("/", flashes)
	v := visit(t, app)
	v.want("/fail", "Not saved|down")
	v.want("/", "")
	if said.String() != "" {
		t.Errorf("the log says %s", said)
	}
}

func TestThePageOfAnUnknownAddressHasTheSession(t *testing.T) {
	app, _ := newApp(t, errorPage)
	app.Get("/flash", func(c fiber.Ctx) error {
		fibersession.From(c).Flash("hi")
		return nil
	})
	v := visit(t, app)
	v.get("/flash")
	v.want("/nowhere", "hi|Not Found")
	v.want("/nowhere", "|Not Found")
}

func TestAMountedAppsErrorHandlerAnswersForIt(t *testing.T) {
	app, _ := newApp(t)
	shop := fiber.New(errorPage)
	shop.Get("/fail", func(fiber.Ctx) error { return errors.New("shut") })
	app.Use("/shop", shop)
	visit(t, app).want("/shop/fail", "|shut")
}

func TestAnErrorHandlerThatFailsIs500(t *testing.T) {
	app, _ := newApp(t, fiber.Config{ErrorHandler: func(fiber.Ctx, error) error { return errors.New("again") }})
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return errors.New("down")
	})
	if res, _ := ask(t, app, "/"); res.StatusCode != 500 || len(res.Cookies()) != 1 {
		t.Errorf("answers %d with %q", res.StatusCode, res.Header["Set-Cookie"])
	}
}

// closing is a stream that tells whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

// busy answers in each way that must leave nothing behind.
var busy = map[string]func(c fiber.Ctx) error{
	"a page": func(c fiber.Ctx) error {
		c.Set("Etag", `"1"`)
		c.Set("Content-Disposition", "attachment")
		c.Cookie(&fiber.Cookie{Name: "theme", Value: "dark"})
		return c.Status(fiber.StatusCreated).Type("json").SendString(`{"secret":1}`)
	},
	"a redirect": func(c fiber.Ctx) error { return c.Redirect().To("/secret") },
	"a file":     func(c fiber.Ctx) error { return c.SendFile("doc.go") },
	"an error":   func(fiber.Ctx) error { return errors.New("secret") },
	"a takeover": func(c fiber.Ctx) error {
		c.RequestCtx().HijackSetNoResponse(true)
		c.RequestCtx().Hijack(func(conn net.Conn) { _, _ = io.WriteString(conn, "secret") })
		return nil
	},
}

func TestAFailedSaveLeavesTheErrorPageAndNothingElse(t *testing.T) {
	for name, handler := range busy {
		app, said := newApp(t)
		app.Use(func(c fiber.Ctx) error {
			fibersession.From(c).Set("bad", func() {})
			return c.Next()
		})
		app.Get("/", handler)
		v := visit(t, app)
		res, page := v.get("/")
		if res.StatusCode != 500 || page != "Internal Server Error\n" {
			t.Errorf("%s: answers %d %q", name, res.StatusCode, page)
		}
		for _, header := range []string{"Location", "Etag", "Content-Disposition", "Set-Cookie", "Last-Modified", "Accept-Ranges"} {
			if got := res.Header[header]; got != nil {
				t.Errorf("%s: %s is still %q", name, header, got)
			}
		}
		if got := res.Header.Get("Content-Type"); got != "text/plain; charset=utf-8" {
			t.Errorf("%s: Content-Type is %s", name, got)
		}
		if !strings.Contains(said.String(), `the value of \"bad\" cannot be kept`) {
			t.Errorf("%s: the log says %s", name, said)
		}
	}
}

func TestAFailedSaveClosesTheStream(t *testing.T) {
	app, _ := newApp(t)
	stream := &closing{Reader: strings.NewReader("secret")}
	app.Get("/", func(c fiber.Ctx) error {
		fibersession.From(c).Set("bad", func() {})
		return c.SendStream(stream)
	})
	if _, page := ask(t, app, "/"); page != "Internal Server Error\n" || !stream.closed {
		t.Errorf("answers %q, the stream is closed: %v", page, stream.closed)
	}
}

func TestTheHeadersOfAMiddlewareBeforeStayOnTheErrorPage(t *testing.T) {
	m, _ := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	app.Use(func(c fiber.Ctx) error {
		c.Set("X-Request-Id", "7")
		c.Cookie(&fiber.Cookie{Name: "before", Value: "1"})
		return c.Next()
	}, fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "after", Value: "1"})
		fibersession.From(c).Set("bad", func() {})
		return nil
	})
	res, _ := ask(t, app, "/")
	if res.Header.Get("X-Request-Id") != "7" || cookieOf(res) != "before=1" {
		t.Errorf("the header is %v", res.Header)
	}
}

func TestTheErrorHandlerOfTheSessionsWritesTheWholePage(t *testing.T) {
	var seen *http.Request
	m, _ := newManager(t, session.Stored(downStore{}), session.Options{ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
		seen = r
		if !errors.Is(err, session.ErrUnavailable) || session.From(r) == nil {
			t.Errorf("told of %v", err)
		}
		w.Header().Set("Retry-After", "5")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, "<p>Back ")
		_, _ = io.WriteString(w, "soon")
	}})
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.SendString("secret")
	})
	r, _ := http.NewRequest("GET", "https://example.com/?a=b", nil)
	r.Header.Set("Accept", "text/html")
	res, err := app.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	if page := read(t, res); res.StatusCode != 503 || page != "<p>Back soon" || res.Header.Get("Retry-After") != "5" || res.Header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("answers %d %q %v", res.StatusCode, page, res.Header)
	}
	if seen.Header.Get("Accept") != "text/html" || seen.URL.Query().Get("a") != "b" || seen.Host != "example.com" {
		t.Errorf("it was given %v", seen)
	}
}

func TestAnErrorHandlerThatWritesNothingAnswersEmpty(t *testing.T) {
	m, _ := newManager(t, session.Stored(downStore{}), session.Options{ErrorHandler: func(http.ResponseWriter, *http.Request, error) {}})
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.Status(fiber.StatusCreated).SendString("secret")
	})
	if res, page := ask(t, app, "/"); res.StatusCode != 200 || page != "" {
		t.Errorf("answers %d %q", res.StatusCode, page)
	}
}

func TestAPanicThatIsRecoveredBeforeDropsTheChanges(t *testing.T) {
	m, said := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New()
	app.Use(recover.New(), fibersession.Middleware(m))
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		c.Set("Location", "/secret")
		_ = c.Status(fiber.StatusCreated).SendString("secret")
		panic("boom")
	})
	res, page := ask(t, app, "/")
	if res.StatusCode != 500 || page != "boom" || res.Header["Set-Cookie"] != nil || res.Header["Location"] != nil {
		t.Errorf("answers %d %q %v", res.StatusCode, page, res.Header)
	}
	if !strings.Contains(said.String(), "the handler panicked, its changes are dropped") || !strings.Contains(said.String(), "set username") {
		t.Errorf("the log says %s", said)
	}
}

func TestAPanicThatIsRecoveredAfterKeepsTheChanges(t *testing.T) {
	app, _ := newApp(t)
	app.Use(recover.New())
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		panic("boom")
	})
	if res, page := ask(t, app, "/"); res.StatusCode != 500 || page != "boom" || len(res.Cookies()) != 1 {
		t.Errorf("answers %d %q with %q", res.StatusCode, page, res.Header["Set-Cookie"])
	}
}

// The id of a session that Session.Save has kept reaches the visitor with the
// error page: no other response will bring it.
func TestAnErrorPageBringsTheIDOfASessionThatWasSaved(t *testing.T) {
	for name, fails := range map[string]func(s *session.Session){
		"panic":       func(*session.Session) { panic("boom") },
		"failed save": func(s *session.Session) { s.Set("bad", func() {}) },
	} {
		m, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
		app := fiber.New()
		app.Use(recover.New(), fibersession.Middleware(m))
		app.Get("/", func(c fiber.Ctx) error {
			s := fibersession.From(c)
			username.Set(s, "ada")
			if err := s.Save(c.Context()); err != nil {
				t.Error(err)
			}
			fails(s)
			return nil
		})
		if res, _ := ask(t, app, "/"); res.StatusCode != 500 || len(res.Cookies()) != 1 {
			t.Errorf("%s: answers %d with %q", name, res.StatusCode, res.Header["Set-Cookie"])
		}
	}
}

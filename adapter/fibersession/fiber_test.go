package fibersession_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gofiber/fiber/v3"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// token returns the cookie's value of a visitor who has logged in.
func token(t testing.TB, app *fiber.App) string {
	t.Helper()
	_, token, _ := strings.Cut(cookieOf(ask(t, app, "/login").Response), "=")
	if token == "" {
		t.Fatal("no cookie at the login")
	}
	return token
}

func TestCookies_AfterAMiddlewareHasReadThem(t *testing.T) {
	app := newApp(t, func(c fiber.Ctx) error {
		c.Cookies("a") // after which fasthttp has no line as it came
		return c.Next()
	})
	app.Get("/login", login)
	app.Get("/", who)
	token := token(t, app)
	ask(t, app, "/", "a=b; __Host-session="+token).Is(200, "ada")
	ask(t, app, "/", "a=b; =__Host-session="+token).Is(200, "")
}

func TestRequest_AddressThatNetHTTPRefuses(t *testing.T) {
	app := newApp(t)
	app.Get("/%zz", func(c fiber.Ctx) error { return c.SendString(strings.Repeat("x", 1+fibersession.From(c).Len())) })
	conn := visit(t, app).Dial()
	_, _ = io.WriteString(conn, "GET /%zz HTTP/1.1\r\nHost: example.com\r\n\r\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if a := adaptertest.Read(t, res); a.Body != "x" {
		t.Errorf("answers %d %q", a.StatusCode, a.Body)
	}
}

// Fiber's cache reads the first line of Vary alone.
func TestVary_IsOneLine(t *testing.T) {
	app := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		c.Vary("Accept-Language")
		c.Vary("Cookie")
		return c.SendString(strings.Repeat("x", len(c.Query("read"))*(1+fibersession.From(c).Len())))
	})
	app.Get("/untouched", func(c fiber.Ctx) error {
		c.Vary("Cookie")
		return nil
	})
	app.Get("/all", func(c fiber.Ctx) error {
		c.Set("Vary", "*")
		fibersession.From(c).Has("x")
		return nil
	})
	for path, want := range map[string]string{"/": "Accept-Language, Cookie", "/untouched": "Cookie", "/all": "*"} {
		if got := ask(t, app, path).Header["Vary"]; len(got) != 1 || got[0] != want {
			t.Errorf("%s: Vary is %q. It should be %q.", path, got, want)
		}
	}
}

func TestRestartRouting_HasItsOwnSession(t *testing.T) {
	app := newApp(t, func(c fiber.Ctx) error {
		err := c.Next()
		if c.Path() == "/old" {
			c.Path("/new")
			return c.RestartRouting()
		}
		return err
	})
	for _, name := range []string{"old", "new"} {
		app.Get("/"+name, func(c fiber.Ctx) error {
			username.Set(fibersession.From(c), name)
			return nil
		})
	}
	app.Get("/who", who)
	a := ask(t, app, "/old")
	a.SetsCookies(1)
	ask(t, app, "/who", cookieOf(a.Response)).Is(200, "new")
}

// An app on Fiber may be served within a handler of net/http that has the sessions already.
func TestMiddleware_WithinAHandlerOfTheSameManager(t *testing.T) {
	m := newManager(t, session.Signed(secret.New()))
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
		a := ask(t, app, "/")
		a.Is(200, "hello")
		a.SetsCookies(0) // the handler around it saves the session
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil))
}

func TestContext_OutsideIsGivenBack(t *testing.T) {
	app := newApp(t, func(c fiber.Ctx) error {
		before := context.WithValue(c.Context(), contextKey{}, "trace")
		c.SetContext(before)
		err := c.Next()
		if c.Context() != before {
			t.Error("the middleware left its own context behind")
		}
		return err
	})
	app.Get("/", who)
	ask(t, app, "/").Is(200, "")
}

type contextKey struct{}

func TestErrorHandler_OfAMountedAppAnswersForIt(t *testing.T) {
	app := newApp(t)
	shop := fiber.New(fiber.Config{ErrorHandler: func(c fiber.Ctx, err error) error {
		return c.Status(418).SendString(fmt.Sprint(fibersession.From(c))[:0] + err.Error())
	}})
	shop.Get("/fail", func(fiber.Ctx) error { return errors.New("shut") })
	app.Use("/shop", shop)
	ask(t, app, "/shop/fail").Is(418, "shut")
}

func TestErrorHandler_ThatFailsIs500(t *testing.T) {
	app := fiber.New(fiber.Config{ErrorHandler: func(fiber.Ctx, error) error { return errors.New("again") }})
	app.Get("/", fibersession.Middleware(newManager(t, session.Signed(secret.New()))), func(c fiber.Ctx) error {
		_ = login(c)
		return errors.New("down")
	})
	a := ask(t, app, "/")
	a.Is(500, "Internal Server Error")
	a.SetsCookies(1)
}

// closing is a stream that records whether it was closed.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestFailedSave_ClosesTheStreamAndKeepsTheConnection(t *testing.T) {
	app := newApp(t)
	stream := &closing{Reader: strings.NewReader("secret")}
	bad := func(c fiber.Ctx) error {
		fibersession.From(c).Set("bad", func() {})
		return c.Next()
	}
	app.Get("/stream", bad, func(c fiber.Ctx) error { return c.SendStream(stream) })
	app.Get("/takeover", bad, func(c fiber.Ctx) error {
		c.RequestCtx().HijackSetNoResponse(true)
		c.RequestCtx().Hijack(func(conn net.Conn) { _, _ = io.WriteString(conn, "secret") })
		return nil
	})
	v := visit(t, app)
	v.Get("/takeover").Is(500, "Internal Server Error\n")
	v.Get("/stream").Is(500, "Internal Server Error\n")
	if !stream.closed {
		t.Error("the stream is open")
	}
}

func TestFailedSave_KeepsTheHeadersOfAMiddlewareOutside(t *testing.T) {
	app := newApp(t, func(c fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "before", Value: "1"})
		return c.Next()
	})
	app.Get("/", func(c fiber.Ctx) error {
		c.Cookie(&fiber.Cookie{Name: "after", Value: "1"})
		fibersession.From(c).Set("bad", func() {})
		return c.SendFile("doc.go")
	})
	a := ask(t, app, "/")
	if a.Is(500, "Internal Server Error\n"); cookieOf(a.Response) != "before=1" || a.Header["Last-Modified"] != nil {
		t.Errorf("the header is %v", a.Header)
	}
}

func TestEnd_BeforeTheSessionIsSavedIsReported(t *testing.T) {
	for name, end := range map[string]func(c fiber.Ctx) error{
		"End":  func(c fiber.Ctx) error { return c.End() },
		"Drop": func(c fiber.Ctx) error { return c.Drop() },
		"":     func(fiber.Ctx) error { return nil }, // the middleware's answer is sent
	} {
		for _, overTLS := range []bool{false, true} {
			var said adaptertest.Log
			said.SetDefault(t)
			app := newApp(t)
			done := make(chan bool)
			app.Use(func(c fiber.Ctx) error {
				if c.Query("change") != "" {
					_ = login(c)
				}
				return end(c)
			})
			app.Server().ConnState = func(_ net.Conn, state fasthttp.ConnState) {
				if state == fasthttp.StateClosed {
					done <- true
				}
			}
			var dial func() net.Conn
			if overTLS {
				dial = visit(t, app).Dial
			} else {
				dial = plain(t, app)
			}
			for _, path := range []string{"/", "/?change=1"} {
				conn := dial()
				_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: example.com\r\nConnection: close\r\n\r\n")
				_, _ = io.ReadAll(conn)
				_ = conn.Close()
				<-done
				if got := strings.Contains(said.String(), "c.End or c.Drop sent the response"); got != (path != "/" && name != "") {
					t.Errorf("%s, over TLS %v: after %s the log says %s", name, overTLS, path, said.String())
				}
			}
		}
	}
}

// plain serves app without TLS.
func plain(t *testing.T, app *fiber.App) (dial func() net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server{app}.Serve(l) }()
	t.Cleanup(func() { _ = app.Shutdown() })
	return func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
}

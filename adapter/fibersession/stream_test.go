package fibersession_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	"github.com/valyala/fasthttp"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// streaming is an app whose /stream goes on when its header is with the
// visitor.
func streaming(m *session.Manager, late func(s *session.Session), before ...any) (app *fiber.App, arrived chan<- bool) {
	app = fiber.New()
	for _, middleware := range before {
		app.Use(middleware)
	}
	app.Use(fibersession.Middleware(m))
	header := make(chan bool)
	app.Get("/stream", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		username.Set(s, "ada")
		c.Set(fiber.HeaderContentType, "text/event-stream")
		return c.SendStreamWriter(func(w *bufio.Writer) {
			_, _ = io.WriteString(w, "data: 1\n\n")
			_ = w.Flush()
			<-header
			late(s)
			_, _ = io.WriteString(w, "data: 2\n\n")
		})
	})
	app.Get("/", func(c fiber.Ctx) error {
		s := fibersession.From(c)
		name, _ := username.Get(s)
		n, _ := count.Get(s)
		return c.SendString(strings.TrimSpace(name + " " + strings.Repeat("+", n)))
	})
	return app, header
}

// stream reads /stream to its end, and says when its header has arrived.
func (v visitor) stream(arrived chan<- bool) {
	v.t.Helper()
	res, err := v.Get(v.url + "/stream")
	if err != nil {
		v.t.Fatal(err)
	}
	arrived <- true
	if body := read(v.t, res); body != "data: 1\n\ndata: 2\n\n" {
		v.t.Errorf("the stream is %q", body)
	}
}

func TestAChangeInAStreamIsReportedAsLate(t *testing.T) {
	m, said := newManager(t, session.Signed(secret.New()), session.Options{})
	app, arrived := streaming(m, func(s *session.Session) { count.Set(s, 1) })
	v := visit(t, app)
	v.stream(arrived)
	v.want("/", "ada")
	if text := said.String(); !strings.Contains(text, "changed after the response header had left") || !strings.Contains(text, "GET /stream") || !strings.Contains(text, "stream_test.go") {
		t.Errorf("the log says %s", said)
	}
}

func TestAChangeInAStreamIsSavedInAStore(t *testing.T) {
	m, said := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
	app, arrived := streaming(m, func(s *session.Session) { count.Set(s, 1) })
	v := visit(t, app)
	v.stream(arrived)
	v.want("/", "ada +")
	if said.String() != "" {
		t.Errorf("the log says %s", said)
	}
}

func TestWhatAStreamChangedAndCannotBeSavedIsReported(t *testing.T) {
	said := defaultLog(t)
	st := &failingStore{Store: memstore.New(nil)}
	m, _ := newManager(t, session.Stored(st), session.Options{})
	app, arrived := streaming(m, func(s *session.Session) {
		count.Set(s, 1)
		st.down.Store(true)
	})
	v := visit(t, app)
	v.stream(arrived)
	v.want("/", "ada")
	if !strings.Contains(said.String(), "is not saved") || !strings.Contains(said.String(), "the store is down") {
		t.Errorf("the log says %s", said)
	}
}

// The session of the outer manager is changed in the stream too.
func TestASessionOfEachManagerIsSavedAfterAStream(t *testing.T) {
	outer, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{Cookie: session.Cookie{Name: "__Host-outer"}})
	inner, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
	var s *session.Session
	app, arrived := streaming(inner, func(*session.Session) { count.Set(s, 1) }, fibersession.Middleware(outer), func(c fiber.Ctx) error {
		s = fibersession.From(c)
		if c.Path() == "/" {
			n, _ := count.Get(s)
			return c.SendString(strings.Repeat("+", n))
		}
		username.Set(s, "ada")
		return c.Next()
	})
	v := visit(t, app)
	v.stream(arrived)
	v.want("/", "+")
}

func TestAResponseThatEndsBeforeTheSessionIsWrittenIsReported(t *testing.T) {
	for name, end := range map[string]func(c fiber.Ctx) error{
		"End":  func(c fiber.Ctx) error { return c.End() },
		"Drop": func(c fiber.Ctx) error { return c.Drop() },
	} {
		for over, certificates := range map[string][]tls.Certificate{"TCP": nil, "TLS": certificate(t)} {
			said := defaultLog(t)
			app, _ := newApp(t)
			done := make(chan bool)
			app.Use(func(c fiber.Ctx) error {
				if c.Query("change") != "" {
					username.Set(fibersession.From(c), "ada")
				}
				return end(c)
			})
			app.Server().ConnState = func(_ net.Conn, state fasthttp.ConnState) {
				if state == fasthttp.StateClosed {
					done <- true
				}
			}
			address := serve(t, app, certificates...)
			for _, path := range []string{"/", "/?change=1"} {
				conn, err := net.Dial("tcp", address)
				if err != nil {
					t.Fatal(err)
				}
				if certificates != nil {
					conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
				}
				_, _ = io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: example.com\r\n\r\n")
				_, _ = io.ReadAll(conn)
				_ = conn.Close()
				<-done
				if got := strings.Contains(said.String(), "its cookie reaches nobody"); got != (path != "/") {
					t.Errorf("%s over %s: after %s the log says %s", name, over, path, said)
				}
			}
		}
	}
}

func TestEarlyHintsCarryNoCookie(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.SendEarlyHints([]string{"</style.css>; rel=preload"})
	})
	v := visit(t, app)
	r, _ := http.NewRequest("GET", v.url, nil)
	hints := 0
	r = r.WithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
		if hints++; code != http.StatusEarlyHints || h["Set-Cookie"] != nil {
			t.Errorf("before the response comes %d %v", code, h)
		}
		return nil
	}}))
	res, err := v.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if _ = read(t, res); hints != 1 || len(res.Cookies()) != 1 {
		t.Errorf("after %d hints the cookies are %q", hints, res.Header["Set-Cookie"])
	}
}

func TestSaveWorksInAStream(t *testing.T) {
	m, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
	var v visitor
	app, arrived := streaming(m, func(s *session.Session) {
		count.Set(s, 1)
		if err := s.Save(t.Context()); err != nil {
			t.Error(err)
		}
		v.want("/", "ada +")
	})
	v = visit(t, app)
	v.stream(arrived)
}

func TestAFileIsSentWithTheCookie(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.SendFile("doc.go")
	})
	want, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	if res, body := ask(t, app, "/"); body != string(want) || len(res.Cookies()) != 1 || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("answers %d bytes of %d, %v", len(body), len(want), res.Header)
	}
}

func TestAVisitorWhoGoesAwayLosesNoChange(t *testing.T) {
	m, _ := newManager(t, session.Stored(memstore.New(nil)), session.Options{})
	app := fiber.New()
	app.Use(fibersession.Middleware(m))
	began, gone, answered := make(chan bool), make(chan bool), make(chan bool)
	app.Get("/login", func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return nil
	})
	app.Get("/slow", func(c fiber.Ctx) error {
		began <- true
		<-gone
		count.Set(fibersession.From(c), 1)
		return nil
	})
	app.Get("/", func(c fiber.Ctx) error {
		n, _ := count.Get(fibersession.From(c))
		return c.SendString(strings.Repeat("+", n))
	})
	v := visit(t, app)
	v.get("/login")
	go func() {
		client := *v.Client
		client.Timeout = 50 * time.Millisecond
		if res, err := client.Get(v.url + "/slow"); err == nil {
			_ = res.Body.Close()
		}
		close(answered)
	}()
	<-began
	<-answered
	close(gone)
	v.eventually("/", "+")
}

func TestAfterATimeoutTheCookieIsInTheAnswer(t *testing.T) {
	app, _ := newApp(t)
	app.Use(func(c fiber.Ctx) error {
		username.Set(fibersession.From(c), "ada")
		return c.Next()
	})
	release := make(chan bool)
	app.Get("/slow", timeout.New(func(c fiber.Ctx) error {
		<-release
		return c.SendString("late")
	}, timeout.Config{Timeout: 20 * time.Millisecond}))
	v := visit(t, app)
	res, _ := v.get("/slow")
	close(release)
	if res.StatusCode != fiber.StatusRequestTimeout || len(res.Cookies()) != 1 {
		t.Errorf("answers %d with %q", res.StatusCode, res.Header["Set-Cookie"])
	}
}

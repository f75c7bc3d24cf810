package fibersession_test

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/timeout"
	fibersession "github.com/wafer-go/wafer/adapter/fiber"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// streaming is an app whose /stream goes on when its header is with the
// visitor.
func streaming(m *session.Manager, late func(s *session.Session)) (app *fiber.App, arrived chan<- bool) {
	app = fiber.New()
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

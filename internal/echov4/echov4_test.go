package echov4

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func newManager(t *testing.T) (*session.Manager, *bytes.Buffer) {
	t.Helper()
	var said bytes.Buffer
	sessions, err := session.New(session.Signed(secret.New()), &session.Options{Logger: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	return sessions, &said
}

// visitor is a browser.
type visitor struct {
	t *testing.T
	*http.Client
	url string
}

func visit(t *testing.T, h http.Handler) visitor {
	t.Helper()
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	v := visitor{t, server.Client(), server.URL}
	v.Jar, _ = cookiejar.New(nil)
	return v
}

func (v visitor) want(path string, status int, body string) {
	v.t.Helper()
	res, err := v.Get(v.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status || string(got) != body {
		v.t.Errorf("%s: answered %d %q, %v; want %d %q", path, res.StatusCode, got, err, status, body)
	}
}

func TestEchoV4WithinTheSessionsKeepsTheirRules(t *testing.T) {
	sessions, said := newManager(t)
	e := echo.New()
	e.Use(middleware.Recover())
	server := http.Server{Addr: "localhost:8080", Handler: sessions.Handler(e)}
	e.Logger.SetOutput(io.Discard)
	e.HTTPErrorHandler = func(err error, c echo.Context) {
		page := "sorry"
		for _, m := range session.From(c.Request()).Flashes() {
			page += ", " + m.Text
		}
		_ = c.String(http.StatusTeapot, page)
	}
	change := func(c echo.Context) *session.Session {
		s := session.From(c.Request())
		username.Set(s, c.Path())
		return s
	}
	e.GET("/", func(c echo.Context) error {
		name, _ := username.Get(session.From(c.Request()))
		return c.String(http.StatusOK, name)
	})
	e.GET("/redirect", func(c echo.Context) error {
		change(c)
		return c.Redirect(http.StatusSeeOther, "/")
	})
	e.GET("/fails", func(c echo.Context) error {
		change(c).Flash("kept")
		return errors.New("failed")
	})
	e.GET("/panics", func(c echo.Context) error {
		change(c)
		panic("oops")
	})
	e.GET("/stream", func(c echo.Context) error {
		change(c)
		_, _ = c.Response().Write([]byte("one"))
		c.Response().Flush()
		_, _ = c.Response().Write([]byte(" two"))
		return nil
	})
	v := visit(t, server.Handler)
	v.want("/redirect", 200, "/redirect")
	v.want("/fails", 418, "sorry, kept")
	v.want("/", 200, "/fails")
	v.want("/nowhere", 418, "sorry")
	v.want("/panics", 418, "sorry")
	v.want("/", 200, "/panics")
	v.want("/stream", 200, "one two")
	v.want("/", 200, "/stream")
	if strings.Contains(said.String(), "ERROR") {
		t.Errorf("logged %s", said)
	}
}

func TestWrapMiddlewareIsNotEnoughInEchoV4Either(t *testing.T) {
	sessions, _ := newManager(t)
	e := echo.New()
	e.Logger.SetOutput(io.Discard)
	e.Use(middleware.Recover(), echo.WrapMiddleware(sessions.Handler))
	e.GET("/panics", func(c echo.Context) error {
		_, _ = c.Response().Write([]byte("half a page"))
		panic("oops")
	})
	visit(t, e).want("/panics", 200, "")
}

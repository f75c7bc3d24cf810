package echosession_test

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/session"
)

func TestTheFirstEventArrivesWithTheCookieWhileTheStreamGoesOn(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		goOn := make(chan struct{})
		p := newProgram(t, session.Options{})
		p.Use(middleware.RequestLogger(), p.session)
		p.GET("/events", func(c *echo.Context) error {
			username.Set(echosession.From(c), "ada")
			w := c.Response()
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = w.Write([]byte("data: one\n\n"))
			w.(http.Flusher).Flush()
			<-goOn
			_, _ = w.Write([]byte("data: two\n\n"))
			return http.NewResponseController(w).Flush()
		})
		p.GET("/", whoami)
		p.serveWith(p.Echo, http2)
		res, err := p.Get(p.url + "/events")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(res.Body)
		if !lines.Scan() || lines.Text() != "data: one" || len(res.Header["Set-Cookie"]) != 1 || res.ProtoMajor == 2 != http2 {
			t.Errorf("began with %q and %v", lines.Text(), res.Header)
		}
		close(goOn)
		for lines.Scan() {
			continue
		}
		_ = res.Body.Close()
		p.want(p.get("/"), 200, "ada")
		p.wantSaid("not ERROR")
	}
}

func TestAChangeAfterTheFirstFlushIsReported(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *echo.Context) error {
		s := echosession.From(c)
		_ = s.Len()
		_ = http.NewResponseController(c.Response()).Flush()
		username.Set(s, "ada")
		return nil
	})
	p.serve().get("/")
	p.wantSaid(session.ErrTooLate.Error())
}

func TestAWebSocketGetsTheCookieAndSavesWhenItEnds(t *testing.T) {
	p := newStoring(t)
	ended := make(chan struct{})
	p.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			defer close(ended)
			return next(c)
		}
	})
	sockets := p.Group("", p.session)
	sockets.GET("/ws", func(c *echo.Context) error {
		s := echosession.From(c)
		username.Set(s, "ada")
		conn, err := websocket.Accept(c.Response(), c.Request(), nil)
		if err != nil {
			return err
		}
		s.Set("heard", "hello")
		ctx := c.Request().Context()
		if err := conn.Write(ctx, websocket.MessageText, []byte("hello")); err != nil {
			return err
		}
		return conn.Close(websocket.StatusNormalClosure, "")
	})
	p.serve()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	conn, res, err := websocket.Dial(ctx, p.url+"/ws", &websocket.DialOptions{HTTPClient: p.Client})
	if err != nil {
		t.Fatal(err)
	}
	_, message, err := conn.Read(ctx)
	if err != nil || string(message) != "hello" || len(res.Cookies()) != 1 {
		t.Errorf("got %q, %v and %v", message, err, res.Header)
	}
	_, _, _ = conn.Read(ctx) // the close
	<-ended
	r, _ := http.NewRequest("GET", p.url, nil)
	r.AddCookie(res.Cookies()[0])
	s, err := p.sessions.Load(r)
	if name, _ := username.Get(s); err != nil || name != "ada" || s.Value("heard") != "hello" {
		t.Errorf("kept are %v of %v, %v", s.Keys(), name, err)
	}
}

func TestAnUpgradeThatFailsLeavesTheErrorPageAndTheCookie(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/ws", func(c *echo.Context) error {
		username.Set(echosession.From(c), "ada")
		if _, _, err := http.NewResponseController(c.Response()).Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack over HTTP/2 returns %v", err)
		}
		return echo.NewHTTPError(http.StatusUpgradeRequired, "no socket")
	})
	p.GET("/", whoami)
	p.serveWith(p.Echo, true)
	p.want(p.get("/ws"), 426, "{\"message\":\"no socket\"}\n")
	p.want(p.get("/"), 200, "ada")
}

func TestFilesAreServedWithTheCookie(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/file", func(c *echo.Context) error {
		username.Set(echosession.From(c), "ada")
		return c.FileFS("f.txt", fstest.MapFS{"f.txt": {Data: []byte("0123456789")}})
	})
	p.GET("/absent", func(c *echo.Context) error {
		username.Set(echosession.From(c), "eve")
		return c.File("none")
	})
	a := p.serve().get("/file")
	p.want(a, 200, "0123456789")
	p.wantCookies(a, 1)
	p.want(p.get("/file", "Range", "bytes=2-4"), 206, "234")
	a = p.get("/absent")
	p.want(a, 404, "{\"message\":\"Not Found\"}\n")
	p.wantCookies(a, 1)
}

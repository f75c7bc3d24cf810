package ginsession_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/coder/websocket"
	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

func TestTheFirstEventArrivesWithTheCookieWhileTheStreamGoesOn(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		goOn := make(chan struct{})
		p := newProgram(t, session.Options{})
		p.Use(p.session)
		p.GET("/events", func(c *gin.Context) {
			n := 0
			c.Stream(func(io.Writer) bool {
				if n++; n == 1 {
					username.Set(ginsession.From(c), "ada")
				} else {
					<-goOn
				}
				c.SSEvent("count", n)
				return n < 2
			})
		})
		p.GET("/", whoami)
		p.serveWith(p.Engine, http2)
		res, err := p.Get(p.url + "/events")
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(res.Body)
		if !lines.Scan() || lines.Text() != "event:count" || len(res.Header["Set-Cookie"]) != 1 || res.ProtoMajor == 2 != http2 {
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

func TestAStreamEndsWhenTheVisitorLeaves(t *testing.T) {
	left := make(chan bool, 1)
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		left <- c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "data\n")
			return true
		})
	})
	p.serve()
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", p.url, nil)
	res, err := p.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	_ = res.Body.Close()
	select {
	case gone := <-left:
		if !gone {
			t.Error("c.Stream did not see the visitor leave")
		}
	case <-time.After(20 * time.Second):
		t.Error("c.Stream goes on")
	}
}

func TestAChangeAfterTheFirstFlushIsReported(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		_ = s.Len()
		c.Writer.Flush()
		username.Set(s, "ada")
	})
	p.serve().get("/")
	p.wantSaid(session.ErrTooLate.Error())
}

func TestAWebSocketGetsTheCookieAndSavesWhenItEnds(t *testing.T) {
	p := newStoring(t)
	ended := make(chan struct{})
	p.GET("/ws", func(c *gin.Context) {
		defer close(ended)
		c.Next()
	}, p.session, func(c *gin.Context) {
		s := ginsession.From(c)
		username.Set(s, "ada")
		conn, err := websocket.Accept(c.Writer, c.Request, nil)
		if err != nil {
			t.Error(err)
			return
		}
		s.Set("heard", "hello")
		if err := conn.Write(c, websocket.MessageText, []byte("hello")); err != nil {
			t.Error(err)
		}
		_ = conn.Close(websocket.StatusNormalClosure, "")
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

func TestAnUpgradeOverHTTP2FailsWithoutAPanic(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/ws", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		if _, _, err := c.Writer.Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack over HTTP/2 returns %v", err)
		}
		c.String(http.StatusUpgradeRequired, "no socket")
	})
	p.GET("/", whoami)
	p.serveWith(p.Engine, true)
	p.want(p.get("/ws"), 426, "no socket")
	p.want(p.get("/"), 200, "ada")
}

func TestAConnectionIsNotTakenOverAfterABody(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		c.String(200, "page")
		if _, _, err := c.Writer.Hijack(); err == nil || !strings.Contains(err.Error(), "a body has been written") {
			t.Errorf("Hijack returns %v", err)
		}
	})
	p.want(p.serve().get("/"), 200, "page")
}

func TestFilesAreServedWithTheCookie(t *testing.T) {
	files := http.FS(fstest.MapFS{"f.txt": {Data: []byte("0123456789")}})
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/file", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.FileFromFS("f.txt", files)
	})
	p.GET("/absent", func(c *gin.Context) {
		username.Set(ginsession.From(c), "eve")
		c.File("testdata/none")
	})
	p.GET("/reader", func(c *gin.Context) {
		c.DataFromReader(200, 10, "text/plain", strings.NewReader("0123456789"), nil)
	})
	a := p.serve().get("/file")
	p.want(a, 200, "0123456789")
	p.wantCookies(a, 1)
	p.want(p.get("/file", "Range", "bytes=2-4"), 206, "234")
	a = p.get("/absent")
	p.want(a, 404, "404 page not found\n")
	p.wantCookies(a, 1)
	if a := p.get("/reader"); a.body != "0123456789" || a.ContentLength != 10 {
		t.Errorf("read %q of %d", a.body, a.ContentLength)
	}
}

func TestABodyLargerThanTheBufferArrivesWhole(t *testing.T) {
	body := strings.Repeat("0123456789", 50_000)
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.DataFromReader(200, -1, "text/plain", strings.NewReader(body), nil)
	})
	a := p.serve().get("/")
	p.want(a, 200, body)
	p.wantCookies(a, 1)
}

func TestEarlyHintsPassAndLeaveTheFinalStatusAlone(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.Header("Link", "</style.css>; rel=preload")
		c.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap().WriteHeader(http.StatusEarlyHints)
		c.String(http.StatusTeapot, "tea")
	})
	p.serve()
	var hinted http.Header
	r, _ := http.NewRequestWithContext(httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		Got1xxResponse: func(_ int, h textproto.MIMEHeader) error { hinted = http.Header(h); return nil },
	}), "GET", p.url, nil)
	res, err := p.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if hinted.Get("Link") == "" || hinted.Get("Set-Cookie") != "" || res.StatusCode != 418 || len(res.Cookies()) != 1 {
		t.Errorf("hinted %v, answered %d %v", hinted, res.StatusCode, res.Header)
	}
}

func TestTrailersAreNoHeaders(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.Header("Trailer", "Checksum")
		c.String(200, "page")
		c.Header("Checksum", "abc")
	})
	a := p.serve().get("/")
	p.want(a, 200, "page")
	if a.Trailer.Get("Checksum") != "abc" || a.Header.Get("Checksum") != "" {
		t.Errorf("header %v, trailers %v", a.Header, a.Trailer)
	}
}

func TestCStreamWorksAlsoWithTheHandlerAroundTheEngine(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.GET("/", func(c *gin.Context) {
		session.From(c.Request).Flash("hello")
		c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "streamed")
			return false
		})
	})
	page := p.serveWith(p.sessions.Handler(p.Engine), false).get("/")
	p.want(page, http.StatusOK, "streamed")
	if len(page.Cookies()) != 1 {
		t.Errorf("the cookies are %v", page.Cookies())
	}
}

package ginsession_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

func TestHandleContext_KeepsWhatWasChangedBeforeAndAfterIt(t *testing.T) {
	p := newProgram(t)
	p.Use(gin.Recovery(), p.session)
	p.GET("/from/*path", func(c *gin.Context) {
		ginsession.From(c).Set("from", "here")
		c.Request.URL.Path = c.Param("path")
		p.HandleContext(c)
	})
	p.GET("/to", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.String(http.StatusAccepted, "there")
	})
	p.GET("/panics", func(c *gin.Context) {
		c.String(200, "half a page")
		panic("oops")
	})
	p.GET("/", func(c *gin.Context) {
		s := ginsession.From(c)
		c.String(200, "%v %v", s.Value("from"), s.Value("username"))
	})
	v := p.visit()
	a := v.Get("/from/to")
	a.Is(202, "there")
	a.SetsCookies(1)
	v.Want("/", "here ada")
	a = v.Get("/from/nowhere")
	a.Is(404, "")
	a.SetsCookies(1)
	a = v.Get("/from/panics")
	a.Is(500, "")
	a.SetsCookies(0)
	p.WantSaid(session.ErrTooLate.Error(), false)
}

func TestHandleContext_ToARouteWithoutSessionsIsAnError(t *testing.T) {
	p := newProgram(t)
	var seen string
	p.Use(func(c *gin.Context) {
		c.Next()
		seen = c.Errors.String()
	})
	p.GET("/to", func(c *gin.Context) { c.String(200, "there") })
	p.GET("/from", p.session, func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		c.Request.URL.Path = "/to"
		p.HandleContext(c)
	})
	p.visit().Get("/from").Is(200, "there")
	if !strings.Contains(seen, "HandleContext") {
		t.Errorf("the context's errors are %q", seen)
	}
}

func TestStream_EndsWhenTheVisitorLeaves(t *testing.T) {
	left := make(chan bool, 1)
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) {
		left <- c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "data\n")
			return true
		})
	})
	v := p.visit()
	ctx, cancel := context.WithCancel(t.Context())
	r, _ := http.NewRequestWithContext(ctx, "GET", v.URL, nil)
	res, err := v.Client.Do(r)
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

func TestStream_FirstStepCanChangeTheSession(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/events", func(c *gin.Context) {
		n := 0
		c.Stream(func(io.Writer) bool {
			if n++; n == 1 {
				username.Set(ginsession.From(c), "ada")
			}
			c.SSEvent("count", n)
			return n < 2
		})
	})
	a := p.visit().Get("/events")
	a.Is(200, "event:count\ndata:1\n\nevent:count\ndata:2\n\n")
	a.SetsCookies(1)
	p.WantSaid("ERROR", false)
}

func TestStream_WithTheHandlerAroundTheEngine(t *testing.T) {
	p := newProgram(t)
	p.GET("/", func(c *gin.Context) {
		session.From(c.Request).Flash("hello")
		c.Stream(func(w io.Writer) bool {
			_, _ = io.WriteString(w, "streamed")
			return false
		})
	})
	a := adaptertest.Visit(t, &http.Server{Handler: p.Sessions.Handler(p.Engine)}).Get("/")
	a.Is(http.StatusOK, "streamed")
	a.SetsCookies(1)
}

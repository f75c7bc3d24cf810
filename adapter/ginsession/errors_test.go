package ginsession_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

func TestAbort_KeepsChanges(t *testing.T) {
	for name, abort := range map[string]gin.HandlerFunc{
		"Abort":               func(c *gin.Context) { c.Abort() },
		"AbortWithStatus":     func(c *gin.Context) { c.AbortWithStatus(403) },
		"AbortWithStatusJSON": func(c *gin.Context) { c.AbortWithStatusJSON(403, "no") },
		"AbortWithError":      func(c *gin.Context) { _ = c.AbortWithError(403, errors.New("no")) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.Use(p.session)
			p.GET("/aborts", func(c *gin.Context) {
				username.Set(ginsession.From(c), "ada")
				abort(c)
			}, func(*gin.Context) { t.Error("the chain went on") })
			p.GET("/", whoami)
			v := p.visit()
			v.Get("/aborts").SetsCookies(1)
			v.Want("/", "ada")
		})
	}
}

func TestRecovery_LogsTheCookie(t *testing.T) {
	defer gin.SetMode(gin.Mode())
	for mode, logged := range map[string]bool{gin.DebugMode: true, gin.ReleaseMode: false} {
		p := newProgram(t)
		said := new(adaptertest.Log)
		gin.SetMode(mode)
		p.Use(gin.RecoveryWithWriter(said), p.session)
		gin.SetMode(gin.TestMode) // so that its routes are not printed
		p.GET("/login", login)
		p.GET("/panics", func(*gin.Context) { panic("oops") })
		p.GET("/aborts", func(*gin.Context) { panic(http.ErrAbortHandler) })
		v := p.visit()
		v.Get("/login")
		gin.SetMode(mode)
		v.Get("/panics")
		if strings.Contains(said.String(), "__Host-session=") != logged {
			t.Errorf("%s: logged %s", mode, said)
		}
		v.Get("/aborts")
		if !strings.Contains(said.String(), "__Host-session=") {
			t.Errorf("%s: of a broken connection, logged %s", mode, said)
		}
	}
}

func TestFailedSave_OfGinsAnswers(t *testing.T) {
	for name, handler := range map[string]gin.HandlerFunc{
		"abort":  func(c *gin.Context) { c.AbortWithStatus(403) },
		"status": func(c *gin.Context) { c.Status(202) },
	} {
		t.Run(name, func(t *testing.T) {
			st := adaptertest.NewFrailStore()
			st.Down.Store(true)
			p := newProgramOf(t, session.Stored(st))
			p.Use(compress, p.session, func(c *gin.Context) { username.Set(ginsession.From(c), "ada") })
			p.GET("/", handler)
			v := p.visit()
			v.Get("/").Is(503, "Service Unavailable\n")
			v.Get("/nowhere").Is(503, "Service Unavailable\n")
		})
	}
}

func TestNoRoute_KeepsItsStatusAndHasTheCookie(t *testing.T) {
	touch := func(c *gin.Context) { ginsession.From(c).Set("at", c.Request.URL.Path) }
	handlers := map[string]struct {
		handlers         []gin.HandlerFunc
		body404, body405 string
	}{
		"Gin's own":      {nil, "404 page not found", "405 method not allowed"},
		"a handler's":    {[]gin.HandlerFunc{func(c *gin.Context) { c.String(c.Writer.Status(), "none") }}, "none", "none"},
		"without a body": {[]gin.HandlerFunc{func(c *gin.Context) { c.AbortWithStatus(c.Writer.Status()) }}, "", ""},
	}
	for name, page := range handlers {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.Use(p.session, touch)
			p.GET("/here", whoami)
			p.NoRoute(page.handlers...)
			p.NoMethod(page.handlers...)
			v := p.visit()
			a := v.Get("/nowhere")
			a.Is(404, page.body404)
			a.SetsCookies(1)
			a = v.Do("POST", "/here")
			a.Is(405, page.body405)
			a.SetsCookies(1)
			if allow := a.Header.Get("Allow"); allow != "GET" {
				t.Errorf("Allow: %s", allow)
			}
		})
	}
}

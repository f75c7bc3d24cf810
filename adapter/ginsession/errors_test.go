package ginsession_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/session"
)

func TestWhatWasChangedBeforeAnAbortIsKept(t *testing.T) {
	for name, abort := range map[string]gin.HandlerFunc{
		"Abort":               func(c *gin.Context) { c.Abort() },
		"AbortWithStatus":     func(c *gin.Context) { c.AbortWithStatus(403) },
		"AbortWithStatusJSON": func(c *gin.Context) { c.AbortWithStatusJSON(403, "no") },
		"AbortWithError":      func(c *gin.Context) { _ = c.AbortWithError(403, errors.New("no")) },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			p.t = t
			p.Use(p.session)
			p.GET("/aborts", func(c *gin.Context) {
				username.Set(ginsession.From(c), "ada")
				abort(c)
			}, func(*gin.Context) { t.Error("the chain went on") })
			p.GET("/", whoami)
			p.wantCookies(p.serve().get("/aborts"), 1)
			p.want(p.get("/"), 200, "ada")
		})
	}
}

// errorPage is a middleware that makes a page of c.Errors, with the flashes.
func errorPage(c *gin.Context) {
	c.Next()
	if len(c.Errors) == 0 || c.Writer.Written() {
		return
	}
	page := c.Errors.Last().Error()
	for _, m := range ginsession.From(c).Flashes() {
		page += ", " + m.Text
	}
	c.String(http.StatusConflict, page)
}

func TestAnErrorPageAfterTheMiddlewareClearsTheFlashesItShows(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, errorPage)
	p.GET("/", func(c *gin.Context) {
		if c.Query("flash") != "" {
			ginsession.From(c).Flash("kept")
		}
		_ = c.Error(errors.New("sold out"))
	})
	p.want(p.serve().get("/?flash=1"), 409, "sold out, kept")
	p.want(p.get("/"), 409, "sold out")
	p.wantSaid("not ERROR")
}

func TestAnErrorPageBeforeTheMiddlewareHasTheCookie(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(errorPage, p.session)
	p.GET("/", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		_ = c.Error(errors.New("sold out"))
	})
	a := p.serve().get("/")
	p.want(a, 409, "sold out")
	p.wantCookies(a, 1)
}

// panicking has changed the session and written half a page.
func panicking(c *gin.Context) {
	username.Set(ginsession.From(c), "ada")
	c.String(http.StatusOK, "half a page")
	panic("oops")
}

func TestAPanicBeforeARecoveryOutsideDropsTheChangeAndThePage(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(gin.Recovery(), p.session)
	p.GET("/panics", panicking)
	p.GET("/", whoami)
	a := p.serve().get("/panics")
	p.want(a, 500, "")
	p.wantCookies(a, 0)
	p.wantSaid("its changes are dropped")
	p.wantSaid("set username")
	p.want(p.get("/"), 200, "")
}

func TestThePageOfARecoveryOutsideCanReadTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(gin.CustomRecovery(func(c *gin.Context, _ any) {
		name, _ := username.Get(ginsession.From(c))
		c.String(500, "sorry, "+name)
	}), p.session)
	p.GET("/login", login)
	p.GET("/panics", func(*gin.Context) { panic("oops") })
	p.serve().get("/login")
	p.want(p.get("/panics"), 500, "sorry, ada")
}

func TestAPanicBeforeARecoveryInsideKeepsTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, gin.Recovery())
	p.GET("/panics", func(c *gin.Context) {
		username.Set(ginsession.From(c), "ada")
		panic("oops")
	})
	p.GET("/", whoami)
	a := p.serve().get("/panics")
	p.want(a, 500, "")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "ada")
}

func TestGinsOwnRecoveryLogsTheCookie(t *testing.T) {
	defer gin.SetMode(gin.Mode())
	for mode, logged := range map[string]bool{gin.DebugMode: true, gin.ReleaseMode: false} {
		p := newProgram(t, session.Options{})
		said := new(logs)
		gin.SetMode(mode)
		p.Use(gin.RecoveryWithWriter(said), p.session)
		gin.SetMode(gin.TestMode) // its routes are not to be printed
		p.GET("/login", login)
		p.GET("/panics", func(*gin.Context) { panic("oops") })
		p.GET("/aborts", func(*gin.Context) { panic(http.ErrAbortHandler) })
		p.serve().get("/login")
		gin.SetMode(mode)
		p.get("/panics")
		if strings.Contains(said.String(), "__Host-session=") != logged {
			t.Errorf("%s: logged %s", mode, said)
		}
		p.get("/aborts")
		if !strings.Contains(said.String(), "__Host-session=") {
			t.Errorf("%s: of a broken connection, logged %s", mode, said)
		}
	}
}

func TestAStoreThatIsDownIsA503AndNothingOfThePage(t *testing.T) {
	handlers := map[string]gin.HandlerFunc{
		"page":     func(c *gin.Context) { c.String(200, "page") },
		"redirect": func(c *gin.Context) { c.Redirect(303, "/secret") },
		"abort":    func(c *gin.Context) { c.AbortWithStatus(403) },
		"status":   func(c *gin.Context) { c.Status(202) },
		"flush": func(c *gin.Context) {
			c.String(200, "page")
			c.Writer.Flush()
			if _, err := c.Writer.WriteString("more"); err == nil {
				t.Error("a write after the failure succeeds")
			}
		},
		"stream": func(c *gin.Context) { c.Stream(func(io.Writer) bool { return false }) },
	}
	for name, handler := range handlers {
		for place, before := range map[string][]gin.HandlerFunc{"alone": nil, "compressed": {compress}} {
			t.Run(name+" "+place, func(t *testing.T) {
				p := newStoring(t)
				p.Use(before...)
				p.Use(p.session, func(c *gin.Context) { username.Set(ginsession.From(c), "ada") })
				p.GET("/", handler)
				p.store.down.Store(true)
				a := p.serve().get("/")
				p.want(a, 503, "Service Unavailable\n")
				p.wantCookies(a, 0)
				if a.Header.Get("Location") != "" {
					t.Error("the redirect's Location is left")
				}
				p.wantSaid("the store is down")
				if name == "page" && place == "alone" {
					p.want(p.get("/nowhere"), 503, "Service Unavailable\n")
				}
			})
		}
	}
}

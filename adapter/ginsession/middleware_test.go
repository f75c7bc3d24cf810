package ginsession_test

import (
	"compress/gzip"
	"fmt"
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestAChangeIsThereAtTheNextRequest(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/login", login)
	p.GET("/", whoami)
	p.serve()
	p.wantCookies(p.get("/login"), 1)
	p.want(p.get("/"), 200, "ada")
}

func TestASessionLeftAloneLeavesNoTrace(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *gin.Context) { c.String(200, "hello") })
	a := p.serve().get("/")
	p.want(a, 200, "hello")
	if a.Header["Set-Cookie"] != nil || a.Header["Vary"] != nil || a.Header["Cache-Control"] != nil {
		t.Errorf("answered with %v", a.Header)
	}
}

func TestARedirectTakesTheCookieAlong(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.POST("/login", func(c *gin.Context) {
		username.Set(session.From(c.Request), "ada")
		c.Redirect(http.StatusSeeOther, "/")
	})
	p.GET("/", whoami)
	a := p.serve().do("POST", "/login")
	p.want(a, 303, "")
	if a.Header.Get("Location") != "/" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	p.want(p.get("/"), 200, "ada")
}

func TestAFlashReadInTheMiddleOfATemplateIsGoneAtTheNextPage(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.SetFuncMap(session.Funcs)
	p.SetHTMLTemplate(template.Must(template.New("page").Funcs(p.FuncMap).Parse(
		`start {{range flashes .Session}}[{{.Text}}]{{end}} page`)))
	p.Use(p.session)
	p.GET("/flash", func(c *gin.Context) {
		ginsession.From(c).Flash("<saved>")
		c.Status(http.StatusNoContent)
	})
	p.GET("/", func(c *gin.Context) { c.HTML(http.StatusOK, "page", gin.H{"Session": ginsession.From(c)}) })
	p.serve()
	p.want(p.get("/flash"), 204, "")
	p.want(p.get("/"), 200, "start [&lt;saved&gt;] page")
	p.want(p.get("/"), 200, "start  page")
}

func TestAGroupAloneHasSessions(t *testing.T) {
	p := newProgram(t, session.Options{})
	account := p.Group("/account", p.session)
	account.GET("/login", login)
	p.GET("/", func(c *gin.Context) {
		defer func() { c.String(500, "%v", recover()) }()
		ginsession.From(c)
	})
	p.serve()
	p.wantCookies(p.get("/account/login"), 1)
	p.want(p.get("/"), 500, "ginsession: From: no session for GET /; call r.Use(ginsession.Middleware(sessions)) before the route is added")
}

func TestThePagesFor404And405KeepTheirStatusAndTakeTheCookieAlong(t *testing.T) {
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
			p := newProgram(t, session.Options{})
			p.t = t
			p.Use(p.session, touch)
			p.GET("/here", whoami)
			p.NoRoute(page.handlers...)
			p.NoMethod(page.handlers...)
			a := p.serve().get("/nowhere")
			p.want(a, 404, page.body404)
			p.wantCookies(a, 1)
			a = p.do("POST", "/here")
			p.want(a, 405, page.body405)
			p.wantCookies(a, 1)
			if allow := a.Header.Get("Allow"); allow != "GET" {
				t.Errorf("Allow: %s", allow)
			}
		})
	}
}

func TestAnotherStatusInThePlaceOf404IsKept(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.NoRoute(func(c *gin.Context) { c.Status(http.StatusAccepted) })
	p.want(p.serve().get("/nowhere"), 202, "")
}

func TestTwoOfOneManagerActAsOne(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, compress, p.session)
	p.GET("/login", ginsession.Middleware(p.sessions), login)
	p.GET("/", whoami)
	a := p.serve().get("/login")
	p.want(a, 200, "welcome")
	p.wantCookies(a, 1)
	if vary := strings.Join(a.Header["Vary"], ","); strings.Count(vary, "Cookie") != 1 {
		t.Errorf("Vary: %v", vary)
	}
	p.want(p.get("/"), 200, "ada")
}

func TestOfTwoManagersEachKeepsItsOwn(t *testing.T) {
	p := newProgram(t, session.Options{})
	other, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "other"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Use(p.session, ginsession.Middleware(other))
	both := func(c *gin.Context) (outer, inner *session.Session) {
		outer, err := p.sessions.Load(c.Request)
		if err != nil {
			t.Error(err)
		}
		return outer, ginsession.From(c)
	}
	p.GET("/", func(c *gin.Context) {
		outer, inner := both(c)
		username.Set(outer, "outer")
		username.Set(inner, "inner")
		c.AbortWithStatus(418)
	})
	p.GET("/who", func(c *gin.Context) {
		outer, inner := both(c)
		c.String(200, "%v %v", outer.Value("username"), inner.Value("username"))
	})
	a := p.serve().get("/")
	p.want(a, 418, "")
	p.wantCookies(a, 2)
	p.want(p.get("/who"), 200, "outer inner")
}

func TestAnEngineWithinAnotherSharesTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	inner := gin.New()
	inner.Use(p.session)
	inner.GET("/in/login", login)
	p.Use(p.session)
	p.GET("/in/*path", gin.WrapH(inner))
	p.GET("/", whoami)
	a := p.serve().get("/in/login")
	p.want(a, 200, "welcome")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "ada")
}

func TestHandleContextKeepsWhatWasChangedBeforeAndAfterIt(t *testing.T) {
	p := newProgram(t, session.Options{})
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
	a := p.serve().get("/from/to")
	p.want(a, 202, "there")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "here ada")
	a = p.get("/from/nowhere")
	p.want(a, 404, "")
	p.wantCookies(a, 1)
	a = p.get("/from/panics")
	p.want(a, 500, "")
	p.wantCookies(a, 0)
	p.wantSaid("not " + session.ErrTooLate.Error())
}

func TestAPageForUnknownAddressesByHandleContextHasItsStatusAndTheCookie(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", login)
	p.NoRoute(func(c *gin.Context) {
		c.Request.URL.Path = "/"
		p.HandleContext(c)
	})
	a := p.serve().get("/some/page")
	p.want(a, 200, "welcome")
	p.wantCookies(a, 1)
}

func TestHandleContextToARouteWithoutSessionsIsAnErrorOfTheContext(t *testing.T) {
	p := newProgram(t, session.Options{})
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
	p.want(p.serve().get("/from"), 200, "there")
	if !strings.Contains(seen, "HandleContext") {
		t.Errorf("the context's errors are %q", seen)
	}
}

// compress is a middleware as those of Gin's users are: its writer has no
// Unwrap, and decides about the header with the first byte.
func compress(c *gin.Context) {
	w := &compressor{ResponseWriter: c.Writer}
	c.Writer = w
	defer func() {
		if w.gz != nil {
			_ = w.gz.Close()
		}
		c.Writer = w.ResponseWriter
	}()
	c.Next()
}

type compressor struct {
	gin.ResponseWriter
	gz *gzip.Writer
}

func (w *compressor) Write(b []byte) (int, error) {
	if w.gz == nil {
		w.Header().Set("Content-Encoding", "gzip")
		w.gz = gzip.NewWriter(w.ResponseWriter)
	}
	return w.gz.Write(b)
}

func (w *compressor) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func TestACompressorOnEitherSideGetsAWholePage(t *testing.T) {
	page := strings.Repeat("page ", 40_000) // more than is held back
	for name, place := range map[string]func(p *program) []gin.HandlerFunc{
		"before": func(p *program) []gin.HandlerFunc { return []gin.HandlerFunc{compress, p.session} },
		"after":  func(p *program) []gin.HandlerFunc { return []gin.HandlerFunc{p.session, compress} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			p.t = t
			p.Use(place(p)...)
			p.GET("/login", func(c *gin.Context) {
				username.Set(ginsession.From(c), "ada")
				c.String(200, page)
			})
			p.GET("/empty", func(c *gin.Context) { c.AbortWithStatus(http.StatusNoContent) })
			p.GET("/", whoami)
			a := p.serve().get("/login")
			p.want(a, 200, page)
			if !a.Uncompressed {
				t.Error("the page was not compressed")
			}
			p.want(p.get("/empty"), 204, "")
			p.want(p.get("/"), 200, "ada")
		})
	}
}

// stay is a compressor that never takes its writer back, and compresses no
// errors, as gin-contrib/gzip.
func stay(c *gin.Context) {
	c.Header("Content-Encoding", "gzip")
	w := &staying{compressor{ResponseWriter: c.Writer}}
	c.Writer = w
	c.Next()
	if w.gz != nil {
		_ = w.gz.Close()
	}
}

type staying struct{ compressor }

func (w *staying) Write(b []byte) (int, error) {
	if w.Status() >= 400 {
		w.Header().Del("Content-Encoding")
		return w.ResponseWriter.Write(b)
	}
	return w.compressor.Write(b)
}

func (w *staying) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

func TestAPageOfGinsOwnGoesThroughTheWritersThatMiddlewaresLeft(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, stay, func(c *gin.Context) { ginsession.From(c).Set("at", c.Request.URL.Path) })
	p.GET("/login", login)
	a := p.serve().get("/nowhere")
	p.want(a, 404, "404 page not found")
	p.wantCookies(a, 1)
	a = p.get("/login")
	p.want(a, 200, "welcome")
	if !a.Uncompressed {
		t.Error("the page was not compressed")
	}
}

func TestStatusSizeAndWrittenTellEachSideTheTruth(t *testing.T) {
	for path, want := range map[string]struct{ inside, outside string }{
		"/page":     {"201 7 true", "201 7 true"},
		"/status":   {"202 -1 false", "202 -1 false"},
		"/abort":    {"403 0 true", "403 0 true"},
		"/redirect": {"302 24 true", "302 24 true"},
		"/nothing":  {"200 -1 false", "200 -1 false"},
		"/nowhere":  {"404 -1 false", "404 -1 false"},
		"/down":     {"201 7 true", "503 20 true"},
	} {
		t.Run(path, func(t *testing.T) {
			p := newStoring(t)
			var inside, outside string
			look := func(into *string) gin.HandlerFunc {
				return func(c *gin.Context) {
					c.Next()
					*into = fmt.Sprint(c.Writer.Status(), c.Writer.Size(), c.Writer.Written())
				}
			}
			p.Use(look(&outside), p.session, look(&inside))
			p.GET("/page", func(c *gin.Context) { c.String(201, "welcome") })
			p.GET("/status", func(c *gin.Context) { c.Status(400); c.Status(202) })
			p.GET("/abort", func(c *gin.Context) { c.AbortWithStatus(403) })
			p.GET("/redirect", func(c *gin.Context) { c.Redirect(302, "/") })
			p.GET("/nothing", func(*gin.Context) {})
			p.GET("/down", func(c *gin.Context) {
				p.store.down.Store(true)
				username.Set(ginsession.From(c), "ada")
				c.String(201, "welcome")
				c.Status(404) // too late, as in Gin
			})
			a := p.serve().get(path)
			if inside != want.inside || outside != want.outside || !strings.HasPrefix(outside, fmt.Sprint(a.StatusCode)) {
				t.Errorf("answered %d; inside %q, outside %q; want %q and %q", a.StatusCode, inside, outside, want.inside, want.outside)
			}
		})
	}
}

func TestAStatusSetBeforeTheMiddlewareStands(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(func(c *gin.Context) { c.Status(http.StatusAccepted) }, p.session)
	p.GET("/", func(c *gin.Context) { _, _ = c.Writer.WriteString("taken") })
	p.want(p.serve().get("/"), 202, "taken")
}

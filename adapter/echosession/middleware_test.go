package echosession_test

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/echosession"
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
	p.GET("/", func(c *echo.Context) error { return c.String(200, "hello") })
	a := p.serve().get("/")
	p.want(a, 200, "hello")
	if a.Header["Set-Cookie"] != nil || a.Header["Vary"] != nil || a.Header["Cache-Control"] != nil {
		t.Errorf("answered with %v", a.Header)
	}
}

func TestARedirectTakesTheCookieAlong(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.POST("/login", func(c *echo.Context) error {
		username.Set(session.From(c.Request()), "ada")
		return c.Redirect(http.StatusSeeOther, "/")
	})
	p.GET("/", whoami)
	a := p.serve().do("POST", "/login")
	p.want(a, 303, "")
	if a.Header.Get("Location") != "/" {
		t.Errorf("leads to %q", a.Header.Get("Location"))
	}
	p.want(p.get("/"), 200, "ada")
}

const flashPage = `{{range flashes .Session}}[{{.Text}}]{{end}} page`

func flash(c *echo.Context) error {
	echosession.From(c).Flash("<saved>")
	return c.NoContent(http.StatusNoContent)
}

func TestAFlashShownByTheRendererIsGoneAtTheNextPage(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Renderer = &echo.TemplateRenderer{Template: template.Must(template.New("page").Funcs(session.Funcs).Parse(flashPage))}
	p.Use(p.session)
	p.GET("/flash", flash)
	p.GET("/", func(c *echo.Context) error {
		return c.Render(http.StatusOK, "page", map[string]any{"Session": echosession.From(c)})
	})
	p.serve()
	p.want(p.get("/flash"), 204, "")
	p.want(p.get("/"), 200, "[&lt;saved&gt;] page")
	p.want(p.get("/"), 200, " page")
}

func TestAFlashReadInTheMiddleOfAWrittenPageIsGoneAtTheNext(t *testing.T) {
	page := template.Must(template.New("page").Funcs(session.Funcs).Parse("start " + flashPage))
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/flash", flash)
	p.GET("/", func(c *echo.Context) error {
		return page.Execute(c.Response(), map[string]any{"Session": echosession.From(c)})
	})
	p.serve().get("/flash")
	p.want(p.get("/"), 200, "start [&lt;saved&gt;] page")
	p.want(p.get("/"), 200, "start  page")
}

func TestAGroupAloneHasSessions(t *testing.T) {
	p := newProgram(t, session.Options{})
	account := p.Group("/account", p.session)
	account.GET("/login", login)
	p.GET("/", func(c *echo.Context) (err error) {
		defer func() { err = fmt.Errorf("%v", recover()) }()
		echosession.From(c)
		return nil
	})
	p.HTTPErrorHandler = func(c *echo.Context, err error) { _ = c.String(500, err.Error()) }
	p.serve()
	p.wantCookies(p.get("/account/login"), 1)
	p.want(p.get("/"), 500, "echosession: From: no session for GET /; call e.Use(echosession.Middleware(sessions)), or Use of the route's group")
}

func TestPagesFor404And405HaveTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/login", login)
	p.HTTPErrorHandler = func(c *echo.Context, err error) {
		name, _ := username.Get(echosession.From(c))
		echosession.From(c).Set("seen", echo.StatusCode(err))
		_ = c.String(echo.StatusCode(err), name)
	}
	p.serve().get("/login")
	for method, status := range map[string]int{"GET": 404, "POST": 405} {
		path := map[int]string{404: "/nowhere", 405: "/login"}[status]
		a := p.do(method, path)
		p.want(a, status, "ada")
		p.wantCookies(a, 1)
	}
}

func TestTwoOfOneManagerActAsOne(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, middleware.Gzip(), p.session)
	p.GET("/login", login, echosession.Middleware(p.sessions))
	p.GET("/", whoami)
	p.GET("/fails", func(c *echo.Context) error { return echo.NewHTTPError(418, "tea") })
	answer, asked := p.HTTPErrorHandler, 0
	p.HTTPErrorHandler = func(c *echo.Context, err error) {
		asked++
		answer(c, err)
	}
	a := p.serve().get("/login")
	p.wantCookies(a, 1)
	if vary := a.Header["Vary"]; strings.Count(strings.Join(vary, ","), "Cookie") != 1 {
		t.Errorf("Vary: %v", vary)
	}
	p.want(p.get("/"), 200, "ada")
	p.want(p.get("/fails"), 418, "{\"message\":\"tea\"}\n")
	if asked != 2 {
		t.Errorf("the error handler is asked %d times, want once by the middleware and once by Echo", asked)
	}
}

func TestOfTwoManagersEachKeepsItsOwn(t *testing.T) {
	p := newProgram(t, session.Options{})
	other, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "other"}})
	if err != nil {
		t.Fatal(err)
	}
	p.Use(p.session, echosession.Middleware(other))
	p.GET("/", func(c *echo.Context) error {
		outer, err := p.sessions.Load(c.Request())
		if err != nil {
			return err
		}
		username.Set(outer, "outer")
		username.Set(echosession.From(c), "inner")
		return echo.NewHTTPError(418, "tea")
	})
	p.GET("/who", func(c *echo.Context) error {
		outer, _ := p.sessions.Load(c.Request())
		name, _ := username.Get(outer)
		inner, _ := username.Get(echosession.From(c))
		return c.String(200, name+" "+inner)
	})
	a := p.serve().get("/")
	p.want(a, 418, "{\"message\":\"tea\"}\n")
	p.wantCookies(a, 2)
	p.want(p.get("/who"), 200, "outer inner")
}

func TestBeforeTheRouterItWorksAsWell(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Pre(p.session, middleware.Rewrite(map[string]string{"/old": "/login"}))
	p.GET("/login", login)
	p.GET("/", whoami)
	p.serve()
	p.wantCookies(p.get("/old"), 1)
	p.want(p.get("/"), 200, "ada")
}

func TestTheWholeProgramMayBeWrappedAsWell(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/login", login)
	p.GET("/", whoami)
	p.serveWith(p.sessions.Handler(p.Echo), false)
	p.wantCookies(p.get("/login"), 1)
	p.want(p.get("/"), 200, "ada")
}

func TestAnEchoWithinAnotherSharesTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	inner := echo.New()
	inner.Use(p.session)
	inner.GET("/in/login", login)
	p.Use(p.session)
	p.GET("/in/*", echo.WrapHandler(inner))
	p.GET("/", whoami)
	p.serve()
	a := p.get("/in/login")
	p.want(a, 200, "welcome")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "ada")
}

func TestACompressorOnEitherSideGetsAWholePage(t *testing.T) {
	page := strings.Repeat("page ", 40_000) // more than is held back
	for name, place := range map[string]func(p *program) []echo.MiddlewareFunc{
		"before": func(p *program) []echo.MiddlewareFunc { return []echo.MiddlewareFunc{middleware.Gzip(), p.session} },
		"after":  func(p *program) []echo.MiddlewareFunc { return []echo.MiddlewareFunc{p.session, middleware.Gzip()} },
	} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			p.t = t
			p.Use(place(p)...)
			p.GET("/login", func(c *echo.Context) error {
				username.Set(echosession.From(c), "ada")
				return c.String(200, page)
			})
			p.GET("/fails", func(c *echo.Context) error {
				username.Set(echosession.From(c), "eve")
				return echo.NewHTTPError(418, "tea")
			})
			p.GET("/", whoami)
			p.serve()
			a := p.get("/login")
			p.want(a, 200, page)
			if !a.Uncompressed {
				t.Error("the page was not compressed")
			}
			p.want(p.get("/"), 200, "ada")
			p.want(p.get("/fails"), 418, "{\"message\":\"tea\"}\n")
			p.want(p.get("/"), 200, "eve")
		})
	}
}

func TestHooksOfTheResponseRunWhereTheyWereSet(t *testing.T) {
	p := newProgram(t, session.Options{})
	hook := func(name string) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				r, err := echo.UnwrapResponse(c.Response())
				if err != nil {
					t.Error(err)
				}
				r.Before(func() { c.Response().Header().Add("Before", name) })
				err = next(c)
				c.Response().Header().Add("Trailer-"+name, fmt.Sprint(r.Committed, r.Status, r.Size))
				return err
			}
		}
	}
	p.Use(hook("outside"), p.session, hook("inside"))
	p.GET("/", func(c *echo.Context) error {
		r, _ := echo.UnwrapResponse(c.Response())
		r.Before(func() { username.Set(echosession.From(c), "ada") })
		return c.String(http.StatusTeapot, "tea")
	})
	a := p.serve().get("/")
	p.want(a, 418, "tea")
	p.wantCookies(a, 1)
	if before, inside := a.Header["Before"], a.Header.Get("Trailer-Inside"); len(before) != 2 || inside != "true 418 3" {
		t.Errorf("hooks %v, inside saw %q", before, inside)
	}
}

func TestAHeadRequestHasLengthAndCookieOfTheGet(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.Echo.GET("/login", login)
	p.HEAD("/login", login)
	a := p.serve().do("HEAD", "/login")
	p.want(a, 200, "")
	p.wantCookies(a, 1)
	if a.ContentLength != int64(len("welcome")) {
		t.Errorf("Content-Length is %d", a.ContentLength)
	}
}

func TestABodyLargerThanTheBufferArrivesWhole(t *testing.T) {
	body := strings.Repeat("0123456789", 50_000)
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/", func(c *echo.Context) error {
		username.Set(echosession.From(c), "ada")
		return c.Stream(200, "text/plain", io.LimitReader(strings.NewReader(body), 500_000))
	})
	a := p.serve().get("/")
	p.want(a, 200, body)
	p.wantCookies(a, 1)
}

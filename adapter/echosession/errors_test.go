package echosession_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/session"
)

// failing changes the session, and the header, and fails.
func failing(c *echo.Context) error {
	username.Set(echosession.From(c), "ada")
	return echo.NewHTTPError(http.StatusTeapot, "tea")
}

func TestWhatWasChangedBeforeAnErrorIsKept(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/fails", failing)
	p.GET("/", whoami)
	a := p.serve().get("/fails")
	p.want(a, 418, "{\"message\":\"tea\"}\n")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "ada")
}

func TestAnErrorPageCanShowAndClearAndAddFlashes(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.HTTPErrorHandler = func(c *echo.Context, err error) {
		if r, _ := echo.UnwrapResponse(c.Response()); r != nil && r.Committed {
			return
		}
		s := echosession.From(c)
		var shown []string
		for _, m := range s.Flashes() {
			shown = append(shown, m.Text)
		}
		s.Flash("after " + err.Error())
		_ = c.String(500, strings.Join(shown, ","))
	}
	p.GET("/fails", func(c *echo.Context) error {
		echosession.From(c).Flash("before")
		return errors.New("failed")
	})
	p.GET("/", func(c *echo.Context) error {
		return c.JSON(200, echosession.From(c).Flashes())
	})
	p.want(p.serve().get("/fails"), 500, "before")
	if a := p.get("/"); !strings.Contains(a.body, "after failed") || strings.Contains(a.body, "before") {
		t.Errorf("then flashed are %s", a.body)
	}
	p.wantSaid("not ERROR")
}

func TestTheMiddlewaresBeforeSeeTheErrorAndTheStatusSent(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(middleware.RequestLogger(), p.session)
	p.GET("/fails", failing)
	p.want(p.serve().get("/fails"), 418, "{\"message\":\"tea\"}\n")
	p.wantSaid("msg=REQUEST_ERROR")
	p.wantSaid("status=418")
	p.wantSaid("bytes_out=18")
	p.wantSaid("not already written")
}

func TestAnErrorHandlerThatDoesNotLookAtCommittedAnswersOnce(t *testing.T) {
	for name, before := range map[string][]echo.MiddlewareFunc{"alone": nil, "compressed": {middleware.Gzip()}} {
		p := newProgram(t, session.Options{})
		p.Use(before...)
		p.Use(p.session)
		p.HTTPErrorHandler = func(c *echo.Context, _ error) { _ = c.JSON(418, "tea") }
		p.GET("/fails", failing)
		a := p.serve().get("/fails")
		if p.want(a, 418, "\"tea\"\n"); t.Failed() {
			t.Log(name)
		}
		p.wantCookies(a, 1)
		p.wantSaid("not already written")
		p.wantSaid("answered already, and this answer is dropped")
	}
}

func TestEchosOwnErrorHandlerIsNotWarnedOf(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/fails", failing)
	p.want(p.serve().get("/fails"), 418, "{\"message\":\"tea\"}\n")
	p.wantSaid("not WARN")
}

func TestAnErrorAfterThePageLeavesThePage(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/fails", func(c *echo.Context) error {
		_ = login(c)
		return errors.New("too late to tell")
	})
	p.GET("/", whoami)
	p.want(p.serve().get("/fails"), 200, "welcome")
	p.want(p.get("/"), 200, "ada")
}

func TestAValueThatCannotBeJSONIsAnErrorPageWithTheCookie(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session)
	p.GET("/fails", func(c *echo.Context) error {
		username.Set(echosession.From(c), "ada")
		return c.JSON(200, func() {})
	})
	a := p.serve().get("/fails")
	p.want(a, 500, "{\"message\":\"Internal Server Error\"}\n")
	p.wantCookies(a, 1)
}

// panicking has changed the session and written half a page.
func panicking(c *echo.Context) error {
	username.Set(echosession.From(c), "ada")
	c.Response().Header().Set("Content-Type", "text/html")
	_, _ = c.Response().Write([]byte("half a page"))
	panic("oops")
}

func TestAPanicBeforeARecoverOutsideDropsTheChangeAndThePage(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(middleware.Recover(), p.session)
	p.GET("/panics", panicking)
	p.GET("/", whoami)
	a := p.serve().get("/panics")
	p.want(a, 500, "{\"message\":\"Internal Server Error\"}\n")
	p.wantCookies(a, 0)
	p.wantSaid("its changes are dropped")
	p.wantSaid("set username")
	p.want(p.get("/"), 200, "")
}

func TestTheErrorPageOfARecoverOutsideCanReadTheSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(middleware.Recover(), p.session)
	p.HTTPErrorHandler = func(c *echo.Context, _ error) {
		name, _ := username.Get(echosession.From(c))
		_ = c.String(500, "sorry, "+name)
	}
	p.GET("/login", login)
	p.GET("/panics", func(*echo.Context) error { panic("oops") })
	p.serve().get("/login")
	p.want(p.get("/panics"), 500, "sorry, ada")
}

func TestAPanicBeforeARecoverInsideIsAnErrorLikeAnyOther(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(p.session, middleware.Recover())
	p.GET("/panics", func(c *echo.Context) error {
		username.Set(echosession.From(c), "ada")
		panic("oops")
	})
	p.GET("/", whoami)
	a := p.serve().get("/panics")
	p.want(a, 500, "{\"message\":\"Internal Server Error\"}\n")
	p.wantCookies(a, 1)
	p.want(p.get("/"), 200, "ada")
}

func TestAStoreThatIsDownIsA503AndNothingOfThePage(t *testing.T) {
	handlers := map[string]echo.HandlerFunc{
		"page": func(c *echo.Context) error {
			_ = login(c)
			return c.String(200, "and more")
		},
		"redirect": func(c *echo.Context) error {
			username.Set(echosession.From(c), "ada")
			return c.Redirect(303, "/secret")
		},
		"error":   failing,
		"nothing": func(c *echo.Context) error { username.Set(echosession.From(c), "ada"); return nil },
		"flush": func(c *echo.Context) error {
			username.Set(echosession.From(c), "ada")
			_, _ = c.Response().Write([]byte("page"))
			_ = http.NewResponseController(c.Response()).Flush()
			if _, err := c.Response().Write([]byte("more")); err == nil {
				t.Error("a write after the failure succeeds")
			}
			return nil
		},
	}
	for name, handler := range handlers {
		for place, before := range map[string][]echo.MiddlewareFunc{"alone": nil, "compressed": {middleware.Gzip()}, "logged": {middleware.RequestLogger()}} {
			t.Run(name+" "+place, func(t *testing.T) {
				p := newStoring(t)
				p.Use(before...)
				p.Use(p.session)
				p.GET("/", handler)
				p.store.down.Store(true)
				a := p.serve().get("/")
				p.want(a, 503, "Service Unavailable\n")
				p.wantCookies(a, 0)
				if a.Header.Get("Location") != "" {
					t.Error("the redirect's Location is left")
				}
				p.wantSaid("the store is down")
				if place == "logged" {
					p.wantSaid("status=503")
				}
			})
		}
	}
}

package echosession_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/session"
)

func TestError_SeenByMiddlewaresOutside(t *testing.T) {
	p := newProgram(t)
	p.Use(middleware.RequestLogger(), p.session)
	p.GET("/fails", failing)
	p.visit().Get("/fails").Is(418, tea)
	for _, text := range []string{"msg=REQUEST_ERROR", "status=418", "bytes_out=18"} {
		p.WantSaid(text, true)
	}
	p.WantSaid("WARN", false)
}

func TestError_HandlerThatIgnoresCommittedAnswersOnce(t *testing.T) {
	for name, before := range map[string][]echo.MiddlewareFunc{"alone": nil, "compressed": {middleware.Gzip()}} {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t)
			p.Use(before...)
			p.Use(p.session)
			p.HTTPErrorHandler = func(c *echo.Context, _ error) { _ = c.JSON(418, "tea") }
			p.GET("/fails", failing)
			a := p.visit().Get("/fails")
			a.Is(418, "\"tea\"\n")
			a.SetsCookies(1)
			p.WantSaid("already written", false)
			p.WantSaid("the error was answered already", true)
		})
	}
}

func TestError_AfterThePageLeavesThePage(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session)
	p.GET("/fails", func(c *echo.Context) error {
		_ = login(c)
		return errors.New("too late to tell")
	})
	p.GET("/", whoami)
	v := p.visit()
	v.Get("/fails").Is(200, "welcome")
	v.Want("/", "ada")
}

func TestFailedSave_WithEchosLoggerOutside(t *testing.T) {
	st := adaptertest.NewFrailStore()
	st.Down.Store(true)
	p := newProgramOf(t, session.Stored(st))
	p.Use(middleware.RequestLogger(), p.session)
	p.GET("/", login)
	p.visit().Get("/").Is(503, "Service Unavailable\n")
	p.WantSaid("status=503", true)
}

// The two tests show what the adapter is for. If one fails, Echo has changed, and the documentation
// can say so.

func TestWrapMiddleware_AnswersAPanicWithAnEmptyPage(t *testing.T) {
	p := newProgram(t)
	p.Use(middleware.Recover(), echo.WrapMiddleware(p.Sessions.Handler))
	p.GET("/panics", func(c *echo.Context) error {
		_, _ = c.Response().Write([]byte("half a page"))
		panic("oops")
	})
	p.visit().Get("/panics").Is(200, "")
}

func TestWrapMiddleware_ShowsTheFlashesOfAnErrorPageAgain(t *testing.T) {
	p := newProgram(t)
	p.Use(echo.WrapMiddleware(p.Sessions.Handler))
	p.HTTPErrorHandler = func(c *echo.Context, _ error) {
		_ = c.JSON(500, session.From(c.Request()).Flashes())
	}
	p.GET("/flash", func(c *echo.Context) error {
		session.From(c.Request()).Flash("saved")
		return nil
	})
	p.GET("/fails", func(*echo.Context) error { return errors.New("failed") })
	v := p.visit()
	v.Get("/flash")
	first, second := v.Get("/fails").Body, v.Get("/fails").Body
	if !strings.Contains(first, "saved") || second != first {
		t.Errorf("the error page is %s, and then %s", first, second)
	}
}

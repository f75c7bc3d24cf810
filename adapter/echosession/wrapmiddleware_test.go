package echosession_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/session"
)

// The two tests show what the adapter is for. Where one fails, Echo has mended
// it, and the documentation can say so.

func TestWrapMiddlewareIsNotEnough(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(middleware.Recover(), echo.WrapMiddleware(p.sessions.Handler))
	p.GET("/panics", func(c *echo.Context) error {
		_, _ = c.Response().Write([]byte("half a page"))
		panic("oops")
	})
	p.want(p.serve().get("/panics"), 200, "")
}

func TestWrapMiddlewareShowsTheFlashesOfAnErrorPageAgain(t *testing.T) {
	p := newProgram(t, session.Options{})
	p.Use(echo.WrapMiddleware(p.sessions.Handler))
	p.HTTPErrorHandler = func(c *echo.Context, _ error) {
		_ = c.JSON(500, session.From(c.Request()).Flashes())
	}
	p.GET("/flash", func(c *echo.Context) error {
		session.From(c.Request()).Flash("saved")
		return nil
	})
	p.GET("/fails", func(*echo.Context) error { return errors.New("failed") })
	p.serve().get("/flash")
	first, second := p.get("/fails").body, p.get("/fails").body
	if !strings.Contains(first, "saved") || second != first {
		t.Errorf("the error page is %s, and then %s", first, second)
	}
}

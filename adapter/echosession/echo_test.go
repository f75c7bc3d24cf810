package echosession_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/echosession"
)

func TestPre_BeforeTheRouter(t *testing.T) {
	p := newProgram(t)
	p.Pre(p.session, middleware.Rewrite(map[string]string{"/old": "/login"}))
	p.GET("/login", login)
	p.GET("/", whoami)
	v := p.visit()
	v.Get("/old").SetsCookies(1)
	v.Want("/", "ada")
}

func TestMiddleware_TwiceInARoute(t *testing.T) {
	p := newProgram(t)
	p.Use(p.session, middleware.Gzip(), p.session)
	p.GET("/login", login, echosession.Middleware(p.Sessions))
	p.GET("/fails", failing)
	answer, asked := p.HTTPErrorHandler, 0
	p.HTTPErrorHandler = func(c *echo.Context, err error) {
		asked++
		answer(c, err)
	}
	v := p.visit()
	v.Get("/login").SetsCookies(1)
	v.Get("/fails").Is(418, tea)
	if asked != 2 {
		t.Errorf("the error handler is asked %d times. The middleware should ask once, and Echo once.", asked)
	}
}

func TestResponse_HooksRunWhereTheyWereSet(t *testing.T) {
	p := newProgram(t)
	saw := make(map[string]string)
	hook := func(name string) echo.MiddlewareFunc {
		return func(next echo.HandlerFunc) echo.HandlerFunc {
			return func(c *echo.Context) error {
				r, err := echo.UnwrapResponse(c.Response())
				if err != nil {
					t.Error(err)
				}
				r.Before(func() { c.Response().Header().Add("Before", name) })
				err = next(c)
				saw[name] = fmt.Sprint(r.Committed, r.Status, r.Size)
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
	a := p.visit().Get("/")
	a.Is(418, "tea")
	a.SetsCookies(1)
	if before, inside := a.Header["Before"], saw["inside"]; len(before) != 2 || inside != "true 418 3" {
		t.Errorf("hooks %v, inside saw %q", before, inside)
	}
}

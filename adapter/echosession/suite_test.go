package echosession_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/session"
)

func TestMiddleware_KeepsTheRules(t *testing.T) { adaptertest.Run(t, serve) }

func BenchmarkRequest(b *testing.B) { exampletest.BenchHTTP(b, serve) }

// serve serves a program of the suite.
func serve(_ *testing.T, p adaptertest.Program) adaptertest.Server {
	e := echo.New()
	if p.Logger != nil {
		e.Logger = p.Logger
	}
	if p.ErrorPage != nil {
		e.HTTPErrorHandler = func(c *echo.Context, err error) {
			if r, _ := echo.UnwrapResponse(c.Response()); r != nil && r.Committed {
				return
			}
			_ = p.ErrorPage(ctx{c}, err)
		}
	}
	e.Use(links(p.Links)...)
	for _, route := range p.Routes {
		group := e.Group("", links(route.Links)...)
		group.Add(route.Method, route.Path, handler(route.Handle))
		if route.Method == http.MethodGet {
			group.Add(http.MethodHead, route.Path, handler(route.Handle))
		}
	}
	return &http.Server{Handler: e}
}

func handler(f func(c adaptertest.Ctx) error) echo.HandlerFunc {
	return func(c *echo.Context) error { return f(ctx{c}) }
}

func links(all []adaptertest.Link) []echo.MiddlewareFunc {
	var middlewares []echo.MiddlewareFunc
	for _, l := range all {
		switch {
		case l.Sessions != nil:
			middlewares = append(middlewares, echosession.Middleware(l.Sessions))
		case l.Recover:
			middlewares = append(middlewares, middleware.Recover())
		case l.Compress:
			middlewares = append(middlewares, middleware.Gzip())
		default:
			middlewares = append(middlewares, func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c *echo.Context) error { return l.Func(ctx{c}, func() error { return next(c) }) }
			})
		}
	}
	return middlewares
}

// ctx is Echo's context as the suite uses it.
type ctx struct{ c *echo.Context }

func (c ctx) Session() *session.Session          { return echosession.From(c.c) }
func (c ctx) Query(name string) string           { return c.c.QueryParam(name) }
func (c ctx) Header(name string) string          { return c.c.Request().Header.Get(name) }
func (c ctx) AddHeader(name, value string)       { c.c.Response().Header().Add(name, value) }
func (c ctx) Status(code int)                    { c.c.Response().WriteHeader(code) }
func (c ctx) Write(b []byte) (int, error)        { return c.c.Response().Write(b) }
func (c ctx) Context() context.Context           { return c.c.Request().Context() }
func (c ctx) SetContext(to context.Context)      { c.c.SetRequest(c.c.Request().WithContext(to)) }
func (c ctx) Redirect(code int, to string) error { return c.c.Redirect(code, to) }
func (c ctx) HTTP(h http.Handler) error          { return echo.WrapHandler(h)(c.c) }

func (c ctx) File(path string) error {
	return c.c.FileFS(filepath.Base(path), os.DirFS(filepath.Dir(path)))
}

func (c ctx) EarlyHints(link string) error {
	r, err := echo.UnwrapResponse(c.c.Response()) // which counts 103 as the final status
	if err != nil {
		return err
	}
	r.Header().Add("Link", link)
	r.Unwrap().WriteHeader(http.StatusEarlyHints)
	return nil
}

func (c ctx) Stream(f func(w adaptertest.Stream)) error {
	return adaptertest.Streamed(c.c.Response(), f)
}

func (c ctx) Upgrade(f func(conn net.Conn)) error {
	return adaptertest.Upgraded(c.c.Response(), c.c.Request(), f)
}

package ginsession_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/adapter/ginsession"
	"github.com/wafer-go/wafer/adapter/internal/exampletest"
	"github.com/wafer-go/wafer/session"
)

func TestMiddleware_KeepsTheRules(t *testing.T) { adaptertest.Run(t, serve) }

func BenchmarkRequest(b *testing.B) { exampletest.BenchHTTP(b, serve) }

// serve serves a program of the suite.
func serve(_ *testing.T, p adaptertest.Program) adaptertest.Server {
	r := gin.New()
	r.HandleMethodNotAllowed = true
	for _, l := range p.Links {
		r.Use(links([]adaptertest.Link{l})...)
		if l.Sessions != nil {
			r.Use(errorPage(p))
		}
	}
	fails := handler(func(adaptertest.Ctx) error { return errors.New("not found") })
	r.NoRoute(fails)
	r.NoMethod(fails)
	for _, route := range p.Routes {
		group := r.Group("", links(route.Links)...)
		if len(p.Links) == 0 {
			group.Use(errorPage(p))
		}
		group.Handle(route.Method, route.Path, handler(route.Handle))
		if route.Method == http.MethodGet {
			group.HEAD(route.Path, handler(route.Handle))
		}
	}
	return &http.Server{Handler: r}
}

// handler adds the error to c.Errors, as handlers of Gin do.
func handler(f func(c adaptertest.Ctx) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := f(ctx{c}); err != nil {
			_ = c.Error(err)
			c.Abort()
		}
	}
}

// errorPage is the middleware that answers c.Errors. The guide has it after the sessions.
func errorPage(p adaptertest.Program) gin.HandlerFunc {
	return func(c *gin.Context) {
		c.Next()
		if len(c.Errors) == 0 || c.Writer.Written() {
			return
		}
		err := c.Errors.Last().Err
		if p.ErrorPage == nil {
			c.String(http.StatusInternalServerError, err.Error())
			return
		}
		_ = p.ErrorPage(ctx{c}, err)
	}
}

func links(all []adaptertest.Link) []gin.HandlerFunc {
	var middlewares []gin.HandlerFunc
	for _, l := range all {
		switch {
		case l.Sessions != nil:
			middlewares = append(middlewares, ginsession.Middleware(l.Sessions))
		case l.Recover:
			middlewares = append(middlewares, gin.Recovery())
		case l.Compress:
			middlewares = append(middlewares, compress)
		default:
			middlewares = append(middlewares, handler(func(c adaptertest.Ctx) error {
				return l.Func(c, func() error {
					c.(ctx).c.Next()
					return nil
				})
			}))
		}
	}
	return middlewares
}

// ctx is Gin's context as the suite uses it.
type ctx struct{ c *gin.Context }

func (c ctx) Session() *session.Session     { return ginsession.From(c.c) }
func (c ctx) Context() context.Context      { return c.c.Request.Context() }
func (c ctx) SetContext(to context.Context) { c.c.Request = c.c.Request.WithContext(to) }
func (c ctx) Query(name string) string      { return c.c.Query(name) }
func (c ctx) Header(name string) string     { return c.c.GetHeader(name) }
func (c ctx) AddHeader(name, value string)  { c.c.Writer.Header().Add(name, value) }
func (c ctx) Status(code int)               { c.c.Status(code) }
func (c ctx) Write(b []byte) (int, error)   { return c.c.Writer.Write(b) }

func (c ctx) Redirect(code int, to string) error {
	c.c.Redirect(code, to)
	return nil
}

func (c ctx) File(path string) error {
	c.c.File(path)
	return nil
}

func (c ctx) HTTP(h http.Handler) error {
	gin.WrapH(h)(c.c)
	return nil
}

func (c ctx) EarlyHints(link string) error {
	c.c.Header("Link", link)
	c.c.Writer.(interface{ Unwrap() http.ResponseWriter }).Unwrap().WriteHeader(http.StatusEarlyHints)
	return nil
}

func (c ctx) Stream(f func(w adaptertest.Stream)) error { return adaptertest.Streamed(c.c.Writer, f) }

func (c ctx) Upgrade(f func(conn net.Conn)) error {
	return adaptertest.Upgraded(c.c.Writer, c.c.Request, f)
}

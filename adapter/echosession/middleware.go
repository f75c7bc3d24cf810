package echosession

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/session"
)

// Middleware returns an Echo middleware that gives each request its session, found with [From], and
// saves it just before the response header is sent. It serves a program, a group or a route: pass
// it to e.Use, g.Use or e.GET.
func Middleware(sessions *session.Manager) echo.MiddlewareFunc {
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(visitKey{sessions}).(*visit).serve(w, r)
	}))
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c *echo.Context) error {
			ctx := c.Request().Context()
			if ctx.Value(visitKey{sessions}) != nil {
				return next(c)
			}
			v := &visit{Context: ctx, sessions: sessions, c: c, next: next}
			outer := c.Response()
			// Also after a panic: the error page of a Recover outside must not find the dropped
			// response, which counts as committed.
			defer func() { c.SetResponse(outer) }()
			handler.ServeHTTP(informing{outer}, c.Request().WithContext(v))
			if v.err != nil {
				outer = answered{outer, c}
			}
			return v.err
		}
	}
}

// From returns the session of the request. It panics if no [Middleware] ran: that is a mistake in
// the program's wiring, and an empty session would hide it. If there may be no middleware, call
// [session.Manager.Load]. Code that has only c.Request() or its context calls [session.From] or
// [session.FromContext].
func From(c *echo.Context) *session.Session {
	r := c.Request()
	if r.Context().Value(anyVisitKey{}) == nil {
		panic("echosession: From: no session for " + r.Method + " " + r.URL.Path +
			"; call e.Use(echosession.Middleware(sessions)), or Use of the route's group")
	}
	return session.From(r)
}

type (
	visitKey    struct{ sessions *session.Manager }
	anyVisitKey struct{}
)

// visit is one request's way through one manager. It is the context through which the manager's
// handler gets from the request to Echo's context.
type visit struct {
	context.Context
	sessions *session.Manager
	c        *echo.Context
	next     echo.HandlerFunc
	err      error
}

func (v *visit) Value(key any) any {
	if key == (visitKey{v.sessions}) || key == (anyVisitKey{}) {
		return v
	}
	return v.Context.Value(key)
}

// String keeps what the visit points to out of a context that is printed.
func (v *visit) String() string { return "echosession.visit" }

// serve is called by the manager's handler. The request stays in Echo's context when serve ends,
// because the middlewares outside may ask who the visitor is.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	c := v.c
	c.SetRequest(r)
	c.SetResponse(echo.NewResponse(w, c.Logger()))
	v.err = v.next(c)
	if v.err != nil {
		c.Echo().HTTPErrorHandler(c, v.err)
	}
}

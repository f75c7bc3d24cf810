package echosession

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/session"
)

// Middleware returns an Echo middleware that gives each request its session,
// found with [From], and writes it back as the response's header leaves. It
// serves a program, a group or a route: e.Use, g.Use and e.GET take it.
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
			// Also after a panic: the error page of a Recover before us is not to
			// be told that the response which was dropped is committed.
			defer func() { c.SetResponse(outer) }()
			handler.ServeHTTP(outer, c.Request().WithContext(v))
			if v.err != nil {
				outer = answered{outer, c}
			}
			return v.err
		}
	}
}

// From returns the session of the request. It panics where no [Middleware]
// ran: that is a mistake in the program's wiring, and an empty session would
// hide it. Where there may be none, ask [session.Manager.Load]. For code that
// has c.Request(), or its context, there are [session.From] and
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

// visit is one request's way through one manager. It is the context through
// which the manager's handler gets from the request to Echo's context.
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

// serve is called by the manager's handler. The request stays when it ends,
// for the middlewares before us: they may ask who the visitor is.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	c := v.c
	c.SetRequest(r)
	c.SetResponse(echo.NewResponse(w, c.Logger()))
	v.err = v.next(c)
	if v.err != nil {
		c.Echo().HTTPErrorHandler(c, v.err)
	}
}

// answered is the response after an error was answered. Echo's own error
// handlers leave a committed response alone. A program's may not, and would
// write its page twice.
type answered struct {
	http.ResponseWriter
	c *echo.Context
}

func (a answered) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a answered) WriteHeader(status int) {
	a.c.Logger().Warn("echosession: the error was answered already, and this answer is dropped; "+
		"have HTTPErrorHandler see whether the response is committed, and put middlewares that answer errors after the session's",
		"status", status, "path", a.c.Request().URL.Path)
}

func (answered) Write(b []byte) (int, error) { return len(b), nil }

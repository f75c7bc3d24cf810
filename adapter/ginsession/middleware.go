package ginsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/session"
)

// errPassedBy is added to c.Errors: see the package's comment on HandleContext.
var errPassedBy = errors.New("ginsession: the response was not written through ginsession.Middleware, so a change of the session may not reach the visitor; " +
	"if this is HandleContext, have the middleware serve the route that it leads to")

// Middleware returns a Gin middleware that gives each request its session, found with [From], and
// saves it just before the response header is sent. It serves an engine, a group or a route: pass
// it to r.Use, g.Use or r.GET.
func Middleware(sessions *session.Manager) gin.HandlerFunc {
	handler := sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Context().Value(visitKey{sessions}).(*visit).serve(w, r)
	}))
	return func(c *gin.Context) {
		ctx := c.Request.Context()
		if v, ok := ctx.Value(visitKey{sessions}).(*visit); ok {
			v.again(c)
			return
		}
		v := &visit{Context: ctx, sessions: sessions, c: c}
		v.outer.w = c.Writer
		answered := true // or a handler panicked
		defer func() {
			if answered {
				c.Writer = v.outer.w
			}
		}()
		handler.ServeHTTP(&v.outer, c.Request.WithContext(v))
		v.settle()
		// If nothing was written, a middleware outside may still do so, and the engine writes its
		// page for 404. A compressor inside must see that page, so its writer stays.
		answered = v.outer.used
	}
}

// From returns the session of the request. It panics if no [Middleware] ran: that is a mistake in
// the program's wiring, and an empty session would hide it. If there may be no middleware, call
// [session.Manager.Load]. Code that has only c.Request or its context calls [session.From] or
// [session.FromContext].
func From(c *gin.Context) *session.Session {
	r := c.Request
	if r.Context().Value(anyVisitKey{}) == nil {
		panic("ginsession: From: no session for " + r.Method + " " + r.URL.Path +
			"; call r.Use(ginsession.Middleware(sessions)) before the route is added")
	}
	return session.From(r)
}

type (
	visitKey    struct{ sessions *session.Manager }
	anyVisitKey struct{}
)

// visit is one request's way through one manager. It is the context through which the manager's
// handler gets from the request to Gin's context.
type visit struct {
	context.Context
	sessions *session.Manager
	c        *gin.Context
	inner    writer // what the handlers write to
	outer    outer  // what the manager writes to
}

func (v *visit) Value(key any) any {
	if key == (visitKey{v.sessions}) || key == (anyVisitKey{}) {
		return v
	}
	return v.Context.Value(key)
}

// String keeps what the visit points to out of a context that is printed.
func (v *visit) String() string { return "ginsession.visit" }

// serve is called by the manager's handler. The request stays in Gin's context when serve ends,
// because the middlewares outside may ask who the visitor is.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	v.inner = writer{w: w, outer: &v.outer, status: v.outer.w.Status(), size: unwritten}
	v.c.Request = r
	v.c.Writer = &v.inner
	v.c.Next()
	if v.outer.w.Written() && !v.outer.used && session.From(r).Modified() {
		_ = v.c.Error(errPassedBy)
	}
}

// settle leaves the writer beneath as the handlers would have left it. Gin writes a header late: a
// status may be set there and not written, for example for the engine's page for 404.
func (v *visit) settle() {
	switch {
	case !v.outer.used && v.failed():
		v.outer.w.WriteHeader(http.StatusOK) // as under net/http, of an ErrorHandler that writes nothing
	case !v.outer.used:
		v.outer.w.WriteHeader(v.inner.status)
	case !v.outer.wrote:
		v.outer.w.WriteHeaderNow()
	}
}

// failed reports whether the response is not the handlers', because the session was not saved. It
// is called if nothing was sent.
func (v *visit) failed() bool {
	if v.inner.w == nil {
		return false
	}
	v.outer.closed = true
	defer func() { v.outer.closed = false }()
	_, err := v.inner.w.Write(nil)
	return err != nil
}

// again serves a request that the manager serves already: through a second middleware in the chain,
// or through Gin's HandleContext. HandleContext has put the engine's own writer back, and sends its
// header when the handlers have returned.
func (v *visit) again(c *gin.Context) {
	if c.Writer != v.outer.w || v.outer.used {
		c.Next()
		return
	}
	if !v.inner.Written() { // engines give 404 and 405 beforehand
		v.inner.status = v.outer.w.Status()
	}
	c.Writer = &v.inner
	returned := false
	defer func() {
		c.Writer = v.outer.w
		v.outer.closed = !returned // a Recovery within HandleContext answers
	}()
	c.Next()
	returned = true
	v.inner.Flush()
}

package ginsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/session"
)

// errPassedBy is put into c.Errors: see the package's comment on HandleContext.
var errPassedBy = errors.New("ginsession: the response was not written through the session's middleware, so a change of the session may not reach the visitor; " +
	"where this is HandleContext, have the middleware serve the route that it leads to")

// Middleware returns a Gin middleware that gives each request its session,
// found with [From], and writes it back as the response's header leaves. It
// serves an engine, a group or a route: r.Use, g.Use and r.GET take it.
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
		answered := true // or somebody panicked
		defer func() {
			if answered {
				c.Writer = v.outer.w
			}
		}()
		handler.ServeHTTP(&v.outer, c.Request.WithContext(v))
		v.settle()
		// Where nothing was written, somebody before us may do it yet, such as the
		// engine its page for 404. A compressor after us wants to see that.
		answered = v.outer.used
	}
}

// From returns the session of the request. It panics where no [Middleware]
// ran: that is a mistake in the program's wiring, and an empty session would
// hide it. Where there may be none, ask [session.Manager.Load]. For code that
// has c.Request, or its context, there are [session.From] and
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

// visit is one request's way through one manager. It is the context through
// which the manager's handler gets from the request to Gin's context.
type visit struct {
	context.Context
	sessions *session.Manager
	c        *gin.Context
	inner    writer // is what the handlers after us write to,
	outer    outer  // and what the manager writes to
}

func (v *visit) Value(key any) any {
	if key == (visitKey{v.sessions}) || key == (anyVisitKey{}) {
		return v
	}
	return v.Context.Value(key)
}

// String keeps what the visit points to out of a context that is printed.
func (v *visit) String() string { return "ginsession.visit" }

// serve is called by the manager's handler. The request stays when it ends,
// for the middlewares before us: they may ask who the visitor is.
func (v *visit) serve(w http.ResponseWriter, r *http.Request) {
	v.inner = writer{w: w, outer: &v.outer, status: v.outer.w.Status(), size: unwritten}
	v.c.Request = r
	v.c.Writer = &v.inner
	v.c.Next()
	if v.outer.w.Written() && !v.outer.used && session.From(r).Modified() {
		_ = v.c.Error(errPassedBy)
	}
}

// settle leaves the writer beneath as the handlers would have left it. Gin
// writes a header late: a status may stand there unwritten, for a page of 404
// to be written by the engine, say.
func (v *visit) settle() {
	switch {
	case !v.outer.used:
		v.outer.w.WriteHeader(v.inner.status)
	case !v.outer.wrote:
		v.outer.w.WriteHeaderNow()
	}
}

// again serves a request that has passed by before: by a second middleware in
// the chain, or by Gin's HandleContext. That has put the engine's own writer
// back, and will send its header when the handlers have returned.
func (v *visit) again(c *gin.Context) {
	if c != v.c || c.Writer != v.outer.w || v.outer.used {
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

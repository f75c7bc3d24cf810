package fibersession

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/session"
)

// Middleware returns a Fiber middleware that gives each request its session, found with [From], and
// saves it when the handlers after it have returned. Two middlewares of one manager in one chain
// act as one. Of two managers, From returns the session of the inner one.
func Middleware(sessions *session.Manager) fiber.Handler {
	handler := sessions.Handler(http.HandlerFunc(next))
	return func(c fiber.Ctx) error {
		outer, _ := c.Locals(visitKey{}).(*visit)
		for v := outer; v != nil; v = v.outer {
			if v.sessions == sessions && !v.returned.Load() {
				return c.Next()
			}
		}
		v := &visit{sessions: sessions, outer: outer, c: c}
		v.serve(handler)
		return nil
	}
}

// From returns the session of the request. It panics if no [Middleware] ran: that is a mistake in
// the program's wiring, and an empty session would hide it. Code that has only the request's
// context calls session.FromContext(c.Context()). From does not write to the response, so a handler
// that a timeout has abandoned may call it.
func From(c fiber.Ctx) *session.Session {
	v, ok := c.Locals(visitKey{}).(*visit)
	if !ok {
		panic("fibersession: From: no session for " + c.Method() + " " + c.Path() +
			"; call app.Use(fibersession.Middleware(sessions)) before its route is added")
	}
	return v.session
}

type visitKey struct{}

// visit is one request's way through one manager. The manager writes to it as to any
// http.ResponseWriter. Because it is a value of the request, fasthttp closes it when the response
// has been written.
type visit struct {
	sessions *session.Manager
	outer    *visit // of another manager, whose Middleware ran before
	session  *session.Session
	release  func() // of the session, when the response has been written
	context  context.Context

	c        fiber.Ctx           // until the handlers have returned, because Fiber reuses it
	w        http.ResponseWriter // the manager's, around this one
	header   http.Header         // nil until the manager asks for it
	was      http.Header         // what header was when it was read from the response
	page     page
	failed   bool        // the session was not saved, or the handlers panicked
	returned atomic.Bool // the handlers returned, and the response is Fiber's
}

// serve runs the handlers that follow within the manager's.
func (v *visit) serve(handler http.Handler) {
	c, parent := v.c, v.c.Context()
	if !v.answeredOutside(c, parent) {
		v.header = copyHeader(c.Response().Header.All(), fiber.HeaderContentType) // which is fasthttp's default
	}
	if v.header == nil {
		v.header = make(http.Header)
	}
	v.failed = true // if a handler panics
	defer func() {
		if v.answeredOutside(c, parent) {
			v.header = make(http.Header) // what the manager sets is not used
		} else {
			v.answer(c)
			if !c.IsAbandoned() {
				c.SetContext(parent)
			}
		}
		v.c = nil
		v.returned.Store(true)
	}()
	handler.ServeHTTP(v, newRequest(c, parent))
	_, err := v.w.Write(nil)
	v.failed = err != nil // the page is that of the error, not the handlers'
}

// answeredOutside reports whether a timeout middleware outside has answered. The response, which it
// may still be sending, is not ours then. If it answers at the very moment at which this middleware
// writes, as it does before and after the handlers, nothing keeps the two apart: Fiber has them use
// one response in two goroutines.
func (v *visit) answeredOutside(c fiber.Ctx, parent context.Context) bool {
	return c.IsAbandoned() && parent.Err() != nil
}

// next is what the manager's handler calls.
func next(w http.ResponseWriter, r *http.Request) {
	v, within := w.(*visit) // within a handler of the same manager, whose session it is
	if !within {
		v = w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(*visit)
	}
	v.session, v.context, v.w = session.From(r), r.Context(), w
	v.release = v.session.Hold()
	c, parent := v.c, v.c.Context()
	c.Locals(visitKey{}, v)
	c.SetContext(v.context)
	if !v.answeredOutside(c, parent) {
		markVary(&c.Response().Header)
		v.header = nil // the handlers' is read if the manager asks for it
	}
	defer func() {
		if v.answeredOutside(c, parent) {
			v.header = make(http.Header) // what the manager sets is not used
		}
	}()
	err := c.Next()
	if err == nil || v.answeredOutside(c, parent) || c.RequestCtx().LastTimeoutErrorResponse() != nil {
		return // or a timeout has answered, and its handler may still write to the response
	}
	if c.App().ErrorHandler(c, err) != nil {
		_ = c.SendStatus(http.StatusInternalServerError) // as Fiber does
	}
}

// Close is called when the response has been written, a stream's to its end, or when a hijacked
// connection is given back. It saves what was changed since the handlers returned, if the session
// has a record to save it in.
func (v *visit) Close() error {
	if v.outer != nil {
		_ = v.outer.Close()
	}
	if !v.failed && v.release != nil {
		v.release()
	}
	return nil
}

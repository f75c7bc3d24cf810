package fibersession

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/session"
)

// Middleware returns a Fiber middleware that gives each request its session,
// found with [From], and writes it back when the handlers after it have
// returned. Two of one manager in one chain act as one. Of two managers, From
// gives the session of the inner one.
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

// From returns the session of the request. It panics where no [Middleware]
// ran: that is a mistake in the program's wiring, and an empty session would
// hide it. Code that has the request's context alone finds the session with
// session.FromContext(c.Context()).
//
// The response is given "Vary: Cookie" at once, and not only when the session is
// touched, so that Fiber's cache does not give one visitor's page to another
// where it stands after the middleware. It had better stand before: it then sees
// too that a response which sets the cookie is not to be kept.
func From(c fiber.Ctx) *session.Session {
	v, ok := c.Locals(visitKey{}).(*visit)
	if !ok {
		panic("fibersession: From: no session for " + c.Method() + " " + c.Path() +
			"; call app.Use(fibersession.Middleware(sessions)) before its route is added")
	}
	// Once, so that goroutines of a handler may call From at the same time.
	if v.varied.CompareAndSwap(false, true) && !c.IsAbandoned() && string(c.Response().Header.Peek(fiber.HeaderVary)) != "*" {
		c.Vary("Cookie")
	}
	return v.session
}

type visitKey struct{}

// visit is one request's way through one manager. The manager writes to it as
// to any http.ResponseWriter. As a value of the request, it is closed by
// fasthttp when the response has been written.
type visit struct {
	sessions *session.Manager
	outer    *visit // of another manager, whose Middleware ran before
	session  *session.Session
	context  context.Context

	c        fiber.Ctx           // until the handlers have returned, for Fiber uses it again
	w        http.ResponseWriter // the manager's, around this one
	header   http.Header
	was      http.Header // what header was when it was read from the response
	page     page
	failed   bool        // the session could not be written, or the handlers panicked
	varied   atomic.Bool // the response has Vary: Cookie
	returned atomic.Bool // the handlers returned, and the response is Fiber's
}

// serve runs the handlers that follow within the manager's.
func (v *visit) serve(handler http.Handler) {
	c, parent := v.c, v.c.Context()
	// Its Content-Type is but fasthttp's default.
	v.header = copyHeader(c.Response().Header.All(), fiber.HeaderContentType)
	v.failed = true // if somebody panics
	defer func() {
		v.c = nil
		v.varied.Store(true) // it is too late for a From that comes later
		v.returned.Store(true)
		if c.IsAbandoned() && parent.Err() != nil {
			return // a timeout outside has answered: the response is not ours
		}
		v.answer(c)
		if !c.IsAbandoned() {
			c.SetContext(parent)
		}
	}()
	handler.ServeHTTP(v, newRequest(c).WithContext(parent))
	_, err := v.w.Write(nil)
	v.failed = err != nil // the page is not the handlers', but that of the error
}

// next is what the manager's handler calls.
func next(w http.ResponseWriter, r *http.Request) {
	v, within := w.(*visit) // within a handler of the same manager, whose session it is
	if !within {
		v = w.(interface{ Unwrap() http.ResponseWriter }).Unwrap().(*visit)
	}
	v.session, v.context, v.w = session.From(r), r.Context(), w
	c := v.c
	c.Locals(visitKey{}, v)
	c.SetContext(v.context)
	defer func() {
		v.header = copyHeader(v.response(c).Header.All(), "")
		v.was = cloneHeader(v.header)
	}()
	if err := c.Next(); err != nil {
		if c.App().ErrorHandler(c, err) != nil {
			_ = c.SendStatus(http.StatusInternalServerError) // as Fiber does
		}
	}
}

// Close is called when the response has been written, a stream's to its end, or
// a hijacked connection given back. What was changed since the handlers returned
// is saved then, where there is a record to save it in.
func (v *visit) Close() error {
	if v.outer != nil {
		_ = v.outer.Close()
	}
	if v.failed || !v.session.Modified() {
		return nil
	}
	err := v.session.Save(context.WithoutCancel(v.context))
	if err != nil && !errors.Is(err, session.ErrTooLate) { // which was reported when the change was made
		report(v.context, fmt.Errorf("fibersession: what was changed while the response was sent is not saved: %w", err))
	}
	return nil
}

package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/caching"
	"github.com/wafer-go/wafer/session/internal/hold"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// Handler returns a handler that gives each request its session, found with [From], calls next, and
// saves the session just before the response's header is sent. Handlers of one manager within each
// other act as one. Of two managers, From returns the session of the inner one, and each manager's
// Load its own; if both have one cookie name, the inner one's cookie is lost, which is warned of.
//
// Outside of [Cookie.Path], where browsers do not send the cookie, the session is empty and changes
// have no effect: a cookie set there would replace the one that browsers have. If a handler uses
// it, that is warned of.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if outer, ok := Lookup(r.Context()); ok {
			if m.session(r.Context()) != nil {
				next.ServeHTTP(w, r)
				return
			}
			m.noteOuter(r, outer.m)
		}
		e := &exchange{parent: r.Context()}
		r = r.WithContext(e)
		e.session.m, e.session.r = m, r
		if !m.o.Cookie.rules().Covers(r) {
			e.session.phase = view
		}
		e.writer.Init(w, (*committer)(&e.session), m.o.BufferSize)
		defer e.finish(w)
		next.ServeHTTP(e.writer.ResponseWriter(), r)
		e.returned = true
		e.writer.Finish(true)
	})
}

// exchange is all that a request needs of its own, in one allocation: it is the context that
// carries the session, and has the writer.
type exchange struct {
	parent   context.Context
	session  Session
	writer   hold.Writer
	returned bool // the handler returned, rather than panicked
}

// Deadline, Done and Err are the request's.
func (e *exchange) Deadline() (time.Time, bool) { return e.parent.Deadline() }

func (e *exchange) Done() <-chan struct{} { return e.parent.Done() }

func (e *exchange) Err() error { return e.parent.Err() }

// Format keeps the session out of a context that is printed.
func (e *exchange) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, "session.exchange(redacted)")
}

// Value finds the session of the innermost manager, or of a certain one.
func (e *exchange) Value(key any) any {
	if e.session.m.isKey(key) {
		return &e.session
	}
	return e.parent.Value(key)
}

// finish ends the exchange after the handler has returned, or panicked.
func (e *exchange) finish(w http.ResponseWriter) {
	s := &e.session
	if !e.returned {
		e.writer.Finish(false)
		if !e.writer.Sent() {
			s.abandon(w.Header())
		}
		if e.writer.Failed() == nil {
			s.reportDropped()
		}
	} else if e.writer.Failed() == nil {
		s.end(false)
		return
	}
	s.mu.Lock()
	s.phase = over
	s.mu.Unlock()
}

// Hold keeps the session in use after the handler has returned, for an adapter whose framework
// writes the response later, a stream for example. Call what it returns once the response has been
// written: it saves what was changed since, as the handler's return does otherwise.
func (s *Session) Hold() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = true
	return func() { s.end(true) }
}

// end saves what can still be saved when the handler returns or, if the session is held, is
// released: what a handler changed after the header was sent, and a record can keep.
func (s *Session) end(released bool) {
	s.mu.Lock()
	held := s.held && !released
	due := !held && s.state != nil && s.failure == nil && s.from.Record != nil && s.unsaved()
	if !held && !due {
		s.phase = over
	}
	s.mu.Unlock()
	if !due {
		return
	}
	if err := s.Save(s.r.Context()); err != nil {
		s.reportLost(err)
	}
	s.mu.Lock()
	s.phase = max(s.phase, over)
	s.mu.Unlock()
}

// abandon gives up a response that was not sent, because the handler panicked.
func (s *Session) abandon(h http.Header) {
	s.mu.Lock()
	if s.state != nil {
		s.await()
		s.unclaim()
		if s.touched {
			caching.AddVary(h, s.m.arrivesIn, &s.vary)
		}
	}
	s.unlock()
	s.sendKept(h)
}

// Context is the request's.
func (c *committer) Context() context.Context { return c.r.Context() }

// Fail writes the error page.
func (c *committer) Fail(w http.ResponseWriter, err error) {
	s := (*Session)(c)
	s.mu.Lock()
	s.use()
	s.await()
	s.unclaim()
	event := Event{Kind: EventFailed, Err: err}
	if s.rare != nil && errors.Is(err, ErrUnavailable) { // else it is of a Save before
		event.Duration, event.Stored = s.rare.cost.duration, s.rare.cost.inStore
	}
	caching.AddVary(w.Header(), s.m.arrivesIn, &s.vary) // what failed depends on the cookie
	s.unlock()
	if !errors.Is(err, ErrEnded) { // its cookie would replace that of the session which goes on
		s.sendKept(w.Header())
	}
	if errors.Is(err, driver.ErrNotBound) && s.m.askForProof(w, s.r) {
		return
	}
	s.m.observe(s.r.Context(), event)
	s.m.fail(w, s.r, err)
}

// Resume undoes that the header was sent.
func (c *committer) Resume() {
	c.mu.Lock()
	c.phase = open
	c.mu.Unlock()
}

// Hijacked warns if a cookie was to go with a header that may never be sent.
func (c *committer) Hijacked() {
	s := (*Session)(c)
	s.mu.Lock()
	cookie := s.tokenSet()
	s.mu.Unlock()
	if cookie {
		s.m.warn(s.r, inspect.TakenOver)
	}
}

// Superfluous logs a second WriteHeader.
func (c *committer) Superfluous(status, ignored int) {
	s := (*Session)(c)
	s.m.o.logger().LogAttrs(s.r.Context(), slog.LevelWarn, "session: superfluous WriteHeader call, the first one counts",
		slog.Int("status", status), slog.Int("ignored", ignored), slog.String("call", logtext.Caller()))
}

// From returns the session of the request. It panics if no [Manager.Handler] ran: that is a mistake
// in the program's wiring, and an empty session would hide it.
func From(r *http.Request) *Session {
	s, ok := Lookup(r.Context())
	if !ok {
		panic("session: From: no session in the context of " + logtext.Describe(r) +
			"; serve it through a manager: sessions.Handler(mux)")
	}
	return s
}

// FromContext is [From] for code that has only the request's context.
func FromContext(ctx context.Context) *Session {
	s, ok := Lookup(ctx)
	if !ok {
		panic("session: FromContext: no session in the context; use a request's context, and serve it through a manager: sessions.Handler(mux)")
	}
	return s
}

// Lookup is [FromContext] for code that may also run outside of a Handler, such as a logger's:
// there it returns false.
func Lookup(ctx context.Context) (*Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(*Session)
	return s, ok
}

// Load returns the session of a request without [Manager.Handler], or the one that Handler made. If
// the backend could not tell, the error wraps [ErrUnavailable]. A refused cookie is not an error:
// the session is empty then.
//
// Without Handler nothing is buffered: call [Manager.Commit] before the first byte is written.
func (m *Manager) Load(r *http.Request) (*Session, error) {
	s := m.session(r.Context())
	if s == nil {
		s = &Session{m: m, r: r}
	}
	s.lock()
	defer s.unlock()
	return s, s.failure
}

// Commit saves a session and writes its cookie into w's header. It belongs to [Manager.Load];
// Handler commits by itself. Call it again after more changes to replace the cookie. Commit cannot
// know whether w has sent its header already: then the cookie is lost, and it returns nil. If it is
// known that no cookie can be set, because Handler has sent the header, or the session is one of
// [Manager.Sessions], Commit does what [Session.Save] does.
//
// The error is a [ValueError], a [TooLargeError], [ErrEnded], [ErrOvertaken], or wraps
// [ErrUnavailable]; then no cookie was set.
func (m *Manager) Commit(w http.ResponseWriter, r *http.Request, s *Session) error {
	if s.m != m {
		return fmt.Errorf("session: Commit: the session of %s belongs to another manager", logtext.Describe(r))
	}
	if !s.phaseIs(open) {
		return s.Save(r.Context())
	}
	err := (*committer)(s).Commit(w.Header(), http.StatusOK)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = open
	if s.state != nil && s.flashes != nil {
		s.flashes.settled = false
	}
	return err
}

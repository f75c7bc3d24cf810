package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// A Manager gives the requests of a program their sessions. It is made by
// [New] and used by many goroutines at once.
type Manager struct {
	o      Options
	keeper Keeper
	former []Keeper // the same for each of Options.FormerCookies
	format Format

	prefix, before, after string // of a Set-Cookie line, around value and expiry

	diagnostics diagnostics
	queues      [queues]chan struct{} // see enter
}

// New returns a Manager that keeps sessions in backend. Nil options are the
// safe defaults; the struct is copied. The error names all options that cannot
// work, or what the backend lacks.
func New(backend Backend, opts *Options) (*Manager, error) {
	if backend == nil {
		return nil, errors.New("session: New needs a backend, such as session.Signed(key)")
	}
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	keeper, err := backend.Open(o.binding(&o.Cookie))
	if err != nil {
		return nil, err
	}
	m := &Manager{o: o, keeper: keeper, format: keeper.Format(), prefix: o.Cookie.Name + "="}
	for i := range o.FormerCookies {
		former, err := backend.Open(o.binding(&o.FormerCookies[i]))
		if err != nil {
			return nil, fmt.Errorf("%w; that is for Options.FormerCookies %d", err, i+1)
		}
		m.former = append(m.former, former)
	}
	m.before, m.after = o.Cookie.attributes()
	for i := range m.queues {
		m.queues[i] = make(chan struct{}, 1)
	}
	return m, nil
}

// Handler returns a handler that gives each request its session, found with
// [From], calls next, and commits the session as the response's header leaves.
// Handlers of one manager within each other act as one. Of two managers, From
// gives the session of the inner one, and each manager's Load its own.
func (m *Manager) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if m.session(r.Context()) != nil {
			next.ServeHTTP(w, r)
			return
		}
		q := &request{Context: r.Context()}
		r = r.WithContext(q)
		q.session.m, q.session.r = m, r
		q.response.w, q.response.s = w, &q.session
		if h := w.Header(); len(h) > 0 {
			q.response.before = h.Clone()
		}
		defer q.response.finish()
		next.ServeHTTP(q.response.withInterfaces(), r)
		q.response.returned = true
	})
}

// request is all that a request needs of its own, in one allocation: it is
// the context that carries the session.
type request struct {
	context.Context
	session  Session
	response response
}

// Format keeps the session out of a context that is printed.
func (q *request) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session.request(redacted)") }

type (
	sessionKey        struct{}
	managerSessionKey struct{ m *Manager }
)

// Value finds the session of the innermost manager, or of a certain one.
func (q *request) Value(key any) any {
	switch key := key.(type) {
	case sessionKey:
		return &q.session
	case managerSessionKey:
		if key.m == q.session.m {
			return &q.session
		}
	}
	return q.Context.Value(key)
}

// session returns the session that m's Handler put into ctx, or nil.
func (m *Manager) session(ctx context.Context) *Session {
	s, _ := ctx.Value(managerSessionKey{m}).(*Session)
	return s
}

// From returns the session of the request. It panics where no
// [Manager.Handler] ran: that is a mistake in the program's wiring, and an
// empty session would hide it.
func From(r *http.Request) *Session {
	s, ok := r.Context().Value(sessionKey{}).(*Session)
	if !ok {
		panic("session: From: no session in the context of " + describe(r) +
			"; serve it through a manager: sessions.Handler(mux)")
	}
	return s
}

// FromContext is [From] for code that has the request's context alone.
func FromContext(ctx context.Context) *Session {
	s, ok := ctx.Value(sessionKey{}).(*Session)
	if !ok {
		panic("session: FromContext: no session in the context; use a request's context, and serve it through a manager: sessions.Handler(mux)")
	}
	return s
}

// Lookup is [FromContext] for code that may also run where no Handler did, such
// as a logger's: it returns false there.
func Lookup(ctx context.Context) (*Session, bool) {
	s, ok := ctx.Value(sessionKey{}).(*Session)
	return s, ok
}

// Load returns the session of a request without [Manager.Handler], or the one
// that Handler made. The error wraps [ErrUnavailable] where the backend could
// not be asked. A refused cookie is no error: the session is empty then.
//
// Without Handler nothing is held back: call [Manager.Commit] before the first
// byte is written.
func (m *Manager) Load(r *http.Request) (*Session, error) {
	s := m.session(r.Context())
	if s == nil {
		s = &Session{m: m, r: r}
	}
	defer s.ready().Unlock()
	return s, s.failure
}

// Commit writes a session back, and its cookie into w's header. It belongs to
// [Manager.Load]; Handler commits by itself. Calling it again after more
// changes replaces the cookie. That w has sent its header already Commit cannot
// know: the cookie then reaches nobody, and it returns nil.
//
// The error is a [ValueError], a [TooLargeError], or wraps [ErrUnavailable];
// then no cookie was set.
func (m *Manager) Commit(w http.ResponseWriter, r *http.Request, s *Session) error {
	if s.m != m {
		return fmt.Errorf("session: Commit: the session of %s belongs to another manager", describe(r))
	}
	_, err := m.commit(r.Context(), w.Header(), s, false)
	return err
}

package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/moving"
	"github.com/wafer-go/wafer/session/internal/queue"
)

// A Manager gives the requests of a program their sessions. [New] makes it. It is safe for
// concurrent use by multiple goroutines.
type Manager struct {
	o           Options
	driver      driver.Driver
	info        driver.Info
	codec       driver.Codec
	limits      content.Limits // of messages
	toucher     driver.Toucher // the driver, if it is one
	owners      driver.Owners  // the same
	moving      *moving.Driver // the driver, if there are Options.FormerCookies
	firstCookie bool           // see driver.Info
	refreshes   bool           // a session may have to be saved that nothing used

	prefix, before, after string // of a Set-Cookie line, around value and expiry

	warnings warned
	queues   queue.Queues
}

// New returns a Manager that keeps sessions in backend. If opts is nil, the defaults apply; the
// struct is copied. The error names all options that cannot work, or what the backend lacks.
func New(backend Backend, opts *Options) (*Manager, error) {
	if backend == nil {
		return nil, errors.New("session: New needs a backend, such as session.Signed(key)")
	}
	o, err := opts.withDefaults()
	if err != nil {
		return nil, err
	}
	m := &Manager{o: o, prefix: o.Cookie.Name + "=", limits: content.Limits{Count: o.MaxFlashes, Bytes: o.MaxFlashBytes}}
	if m.driver, err = backend.Open(o.config(&o.Cookie)); err != nil {
		return nil, err
	}
	if len(o.FormerCookies) > 0 {
		m.moving = moving.New(o.config(&o.Cookie), m.driver)
		m.driver = m.moving
	}
	for i := range o.FormerCookies {
		former := &o.FormerCookies[i]
		d, err := backend.Open(o.config(former))
		if err != nil {
			return nil, fmt.Errorf("%w; that is for Options.FormerCookies[%d]", err, i)
		}
		m.moving.Add(d, "the former cookie "+former.Name)
	}
	m.info = m.driver.Info()
	m.codec, m.firstCookie = m.info.Codec, m.info.FirstCookie
	m.toucher, _ = m.driver.(driver.Toucher)
	m.owners, _ = m.driver.(driver.Owners)
	m.refreshes = o.RefreshEachRequest || o.IdleTimeout != 0
	m.before, m.after = o.Cookie.rules().Attributes()
	return m, nil
}

// session returns the session that m's Handler put into ctx, or nil.
func (m *Manager) session(ctx context.Context) *Session {
	s, _ := ctx.Value(managerSessionKey{m}).(*Session)
	return s
}

// From returns the session of the request. It panics if no [Manager.Handler] ran: that is a mistake
// in the program's wiring, and an empty session would hide it.
func From(r *http.Request) *Session {
	s, ok := Lookup(r.Context())
	if !ok {
		panic("session: From: no session in the context of " + describe(r) +
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
		return fmt.Errorf("session: Commit: the session of %s belongs to another manager", describe(r))
	}
	if !s.phaseIs(open) {
		return s.Save(r.Context())
	}
	err := (*committer)(s).Commit(w.Header(), http.StatusOK)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = open
	if s.state != nil && s.changed != nil {
		s.flashes.settled = false
	}
	return err
}

package session

import (
	"context"
	"errors"
	"net/http"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
	"github.com/wafer-go/wafer/session/internal/setcookie"
)

func init() {
	guard.Install = func(manager any, open func(guard.Host) (guard.Hooks, error)) error {
		return manager.(*Manager).install(open)
	}
}

// install has the hooks that open returns judge the manager's sessions.
func (m *Manager) install(open func(guard.Host) (guard.Hooks, error)) error {
	if m.guard != nil {
		return errors.New("session: the manager has a guard already; call dbsc.New once for each manager")
	}
	hooks, err := open(m.host())
	if err == nil {
		m.guard = hooks
	}
	return err
}

func (m *Manager) host() guard.Host {
	c := &m.o.Cookie
	return guard.Host{
		Cookie: c.Name, Scope: m.o.config(c).Scope(), Domain: c.Domain, Path: c.Path,
		Attributes: m.before + m.after, Partition: c.Partitioned, InHeader: m.o.TokenHeader != "",
		Now: m.o.Clock,
		Observe: func(ctx context.Context, action string, err error) {
			m.observe(ctx, Event{Kind: EventBound, Name: action, Err: err})
		},
		Fail: func(w http.ResponseWriter, r *http.Request, err error) {
			if !m.askForProof(w, r) {
				m.fail(w, r, err)
			}
		},
		Outside: func(r *http.Request) *http.Request {
			return r.WithContext(showing{r.Context(), m, nil})
		},
	}
}

// offer returns the binding that a sign-in sets.
func (m *Manager) offer() rawjson.Member {
	if m.guard == nil {
		return rawjson.Member{}
	}
	return m.bindingMember(m.guard.Offer())
}

// bindingMember returns a binding as a session keeps it.
func (m *Manager) bindingMember(binding string) rawjson.Member {
	raw, err := m.codec.AppendValue(nil, binding)
	return rawjson.Member{Key: driver.BindingKey, Raw: string(raw), Err: err}
}

// admit asks the guard about the session that was found at a time. It is called without the lock.
func (s *Session) admit(at int64) (heal string, err error) {
	binding, ok := s.binding()
	if !ok || s.from.Superseded {
		return "", nil
	}
	if c, ok := s.r.Context().(showing); ok && c.s == nil {
		return "", nil // a request to the guard's own endpoints
	}
	return s.m.guard.Admit(s.r, binding, at)
}

// binding returns the session's binding.
func (s *Session) binding() (string, bool) {
	return s.now.Text(driver.BindingKey, s.m.codec)
}

// heal restores a binding that an older response had overwritten, as an edit of the request.
// The caller holds the lock, and has loaded the session.
func (s *Session) heal(binding string) {
	if binding == "" || s.phase != open {
		return
	}
	m := s.m.bindingMember(binding)
	e := content.ToSet(m.Key, m.Raw, m.Err)
	_, _ = e.Apply(&s.now) // it sets a value
	s.keepEdit(e)
}

// announce tells the browser, in the header of a response that sets the cookie, that a binding
// begins or ends. The caller holds the lock.
func (s *Session) announce(h http.Header) {
	if s.m.guard == nil {
		return
	}
	switch binding, ok := s.binding(); {
	case ok && s.did(signedIn):
		s.m.guard.SignedIn(h, binding)
		s.note(Event{Kind: EventBound, Name: guard.Offered})
	case !ok && s.did(destroyed):
		s.m.guard.SignedOut(h, s.r)
	}
}

// askForProof answers a request that the guard did not admit, and reports whether it did. If not,
// an error page does.
func (m *Manager) askForProof(w http.ResponseWriter, r *http.Request) bool {
	answered, forget := m.guard.Answer(w, r)
	if forget {
		w.Header().Add("Set-Cookie", string(setcookie.AppendDeletion([]byte(m.prefix+m.before)))+m.after)
	}
	return answered
}

package session

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// noteAnothers warns if a cookie that m refused is another manager's of this program, which has the
// same name for it. Managers whose sessions are in a store are not asked: it would cost a question
// to the store.
func (m *Manager) noteAnothers(r *http.Request, reason error) {
	if !errors.Is(reason, ErrBadSignature) && !errors.Is(reason, ErrMalformed) ||
		m.seen.Logged(inspect.OtherManager) || !m.seen.AskOthers() {
		return
	}
	cookies := m.cookies(r.Header, m.o.Cookie.Name, make([]string, 0, 1))
	known.Lock()
	last := known.last
	known.Unlock()
	for _, p := range last {
		other := p.Value()
		if other == nil || other == m || other.o.Cookie.Name != m.o.Cookie.Name || other.info.Store != nil {
			continue
		}
		for _, value := range cookies {
			if len(value) > other.o.MaxCookieSize { // that manager never set a cookie of this size
				continue
			}
			if _, err := other.driver.Load(r.Context(), value); err == nil {
				m.warn(r, inspect.OtherManager, slog.String("request", logtext.Describe(r)))
				return
			}
		}
	}
}

// noteOuter warns of a manager around m that has the same cookie: one of the two will lose it.
func (m *Manager) noteOuter(r *http.Request, outer *Manager) {
	if m.o.TokenHeader == outer.o.TokenHeader && (m.o.TokenHeader != "" || m.o.Cookie.Name == outer.o.Cookie.Name) {
		outer.warn(r, inspect.TwoManagers, slog.String("request", logtext.Describe(r)))
	}
}

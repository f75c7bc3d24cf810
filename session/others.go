package session

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/logtext"
	"github.com/wafer-go/wafer/session/internal/seen"
)

// noteAnothers warns if a cookie that m refused is that of a rival: another manager of this program
// that sets the same cookie, keeps sessions in it, and has served requests after m began to. One
// that has not may be what the program replaced by m. No store of another manager is asked for
// this: its time is not m's to spend.
func (m *Manager) noteAnothers(r *http.Request, reason error) {
	if !m.rivals.Load() || m.seen.Logged(inspect.OtherManager) ||
		!errors.Is(reason, ErrBadSignature) && !errors.Is(reason, ErrMalformed) && !errors.Is(reason, ErrUnknown) {
		return
	}
	known.Lock()
	last := known.last
	known.Unlock()
	for _, p := range last {
		other := p.Value()
		if other == nil || other == m || other.info.Store != nil || !other.sharesCookie(m) || other.lastUse.Load() < m.firstUse.Load() {
			continue
		}
		for _, value := range m.cookies(r.Header, m.o.Cookie.Name, make([]string, 0, 1)) {
			if other.reads(r.Context(), value, &m.seen) {
				m.warn(r, inspect.OtherManager, slog.String("request", logtext.Describe(r)))
				return
			}
		}
	}
}

// reads reports whether m has a session for a cookie that a rival refused, unless that would be one
// question too many.
func (m *Manager) reads(ctx context.Context, value string, rival *seen.Seen) bool {
	if len(value) > m.o.MaxCookieSize || !rival.AskOthers() { // m never set a cookie of that size
		return false
	}
	_, err := m.driver.Load(ctx, value)
	return err == nil
}

// noteOuter warns of a manager around m that has the same cookie: one of the two will lose it.
func (m *Manager) noteOuter(r *http.Request, outer *Manager) {
	if m.o.TokenHeader == outer.o.TokenHeader && (m.o.TokenHeader != "" || m.o.Cookie.Name == outer.o.Cookie.Name) {
		outer.warn(r, inspect.TwoManagers, slog.String("request", logtext.Describe(r)))
	}
}

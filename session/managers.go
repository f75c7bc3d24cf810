package session

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"weak"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// managersKnown is how many managers of this program can be asked about a cookie: those that New
// made last.
const managersKnown = 16

// known are the managers of this program. Nothing depends on them, except a warning.
var known struct {
	sync.Mutex
	last [managersKnown]weak.Pointer[Manager]
	next int
}

// makeKnown lets other managers ask m about a cookie.
func (m *Manager) makeKnown() {
	known.Lock()
	defer known.Unlock()
	known.last[known.next%managersKnown] = weak.Make(m)
	known.next++
}

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

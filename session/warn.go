package session

import (
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wafer-go/wafer/session/inspect"

	"github.com/wafer-go/wafer/session/internal/browser"
	"github.com/wafer-go/wafer/session/internal/caching"
)

const (
	// returnsExpected is how many cookies are set before it is odd that none has come back:
	// visitors that ask once, such as bots, return none.
	returnsExpected = 50

	// largeLine is the bytes of a Set-Cookie line from which little room is left beside it in the
	// 4096 of nginx's proxy_buffer_size.
	largeLine = 3700

	// warnedHosts is for how many hosts one mistake is logged: the first may be one that only a
	// scanner asks for.
	warnedHosts = 5
)

// warned is what a manager has seen and logged. Each mistake is logged once or, if it depends on
// the host, once for each of a few hosts.
type warned struct {
	mu       sync.Mutex
	said     map[Warning][]string // the hosts for which it was logged
	set      atomic.Int64
	returned atomic.Bool
	accepted sync.Map // names of keys and backends that were logged as still needed
}

// first reports whether a mistake is to be logged, and notes that it is.
func (w *warned) first(code Warning, host string, hosts int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	said := w.said[code]
	if len(said) >= hosts || slices.Contains(said, host) {
		return false
	}
	if w.said == nil {
		w.said = make(map[Warning][]string)
	}
	w.said[code] = append(said, host)
	return true
}

// logged reports whether a mistake was logged.
func (w *warned) logged(code Warning) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.said[code]) > 0
}

// warn logs a mistake once.
func (m *Manager) warn(r *http.Request, w Warning, args ...slog.Attr) {
	if m.warnings.first(w, "", 1) {
		m.logWarning(r, w, args)
	}
}

// warnOfHost logs a mistake once for each of the first few hosts.
func (m *Manager) warnOfHost(r *http.Request, w Warning, args ...slog.Attr) {
	if host := browser.Hostname(r.Host); m.warnings.first(w, host, warnedHosts) {
		m.logWarning(r, w, append(args, slog.String("host", shown(host))))
	}
}

func (m *Manager) logWarning(r *http.Request, w Warning, args []slog.Attr) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelWarn, w.Text(), append(args, slog.String("cookie", m.o.Cookie.Name))...)
	m.observe(r.Context(), Event{Kind: EventWarned, Name: string(w)})
}

// applies reports whether the request and the options alone show a mistake.
func (m *Manager) applies(w Warning, r *http.Request) bool {
	c := &m.o.Cookie
	switch w {
	case inspect.PlainHTTP:
		return c.rules().Secure() && !browser.OverHTTPS(r) && !browser.TrustedOverHTTP(browser.Hostname(r.Host))
	case inspect.WebKitLocalhost:
		return c.rules().Secure() && !browser.OverHTTPS(r) && browser.TrustedOverHTTP(browser.Hostname(r.Host)) && browser.IsWebKit(r)
	case inspect.ForeignDomain:
		return c.Domain != "" && r.Host != "" && !browser.Within(browser.Hostname(r.Host), c.Domain)
	}
	return false
}

// noteCookie looks at a response that sets the cookie, with a line of size bytes. The caller holds
// the lock.
func (s *Session) noteCookie(h http.Header, size int, deleted bool) {
	m, r := s.m, s.r
	for _, w := range []Warning{inspect.PlainHTTP, inspect.WebKitLocalhost} {
		if m.applies(w, r) {
			s.tell(func() { m.warnOfHost(r, w) })
		}
	}
	if m.applies(inspect.ForeignDomain, r) {
		s.tell(func() { m.warnOfHost(r, inspect.ForeignDomain, slog.String("domain", m.o.Cookie.Domain)) })
	}
	if size >= largeLine {
		s.tell(func() { m.warn(r, inspect.LargeHeader, slog.Int("bytes", size)) })
	}
	if caching.Shared(h) {
		s.tell(func() { m.warn(r, inspect.SharedResponse, slog.String("request", describe(r))) })
	}
	if s.arrived == "" && !deleted && r.Method == http.MethodPost && r.Header.Get("Sec-Fetch-Site") == "cross-site" &&
		m.o.Cookie.SameSite != http.SameSiteNoneMode {
		s.tell(func() { m.warn(r, inspect.CrossSitePost, slog.String("request", describe(r))) })
	}
	if !deleted && !m.warnings.returned.Load() && m.warnings.set.Add(1) >= returnsExpected {
		s.tell(func() { m.warn(r, inspect.NeverReturned) })
	}
}

// noteDropped reports messages that gave way. The caller holds the lock.
func (s *Session) noteDropped(count int) {
	if count == 0 {
		return
	}
	s.note(Event{Kind: EventFlashesDropped, Count: count})
	s.tell(func() {
		s.m.warn(s.r, inspect.FlashesDropped, slog.String("request", describe(s.r)), slog.Int("count", count))
	})
}

// noteLoaded reports that the session was loaded. The caller holds the lock.
func (s *Session) noteLoaded(took cost) {
	if s.m.o.Observe == nil {
		return
	}
	s.note(Event{
		Kind: EventLoaded, Duration: took.duration, Size: len(s.arrived), Found: s.arrived != "", Stored: s.from.Record != nil,
	})
}

// cookieReturned notes that a request brought the cookie.
func (w *warned) cookieReturned() {
	if !w.returned.Load() {
		w.returned.Store(true)
	}
}

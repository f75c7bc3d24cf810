package session

import (
	"log/slog"
	"net/http"

	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/browser"
	"github.com/wafer-go/wafer/session/internal/caching"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

const (
	// largeLine is the bytes of a Set-Cookie line from which little room is left beside it in the
	// 4096 of nginx's proxy_buffer_size.
	largeLine = 3700

	// warnedHosts is for how many hosts one mistake is logged: the first may be one that only a
	// scanner asks for.
	warnedHosts = 5
)

// warn logs a mistake once.
func (m *Manager) warn(r *http.Request, w inspect.Warning, args ...slog.Attr) {
	if m.seen.First(w, "", 1) {
		m.logWarning(r, w, args)
	}
}

// warnOfHost logs a mistake once for each of the first few hosts.
func (m *Manager) warnOfHost(r *http.Request, w inspect.Warning) {
	var args []slog.Attr
	if w == inspect.ForeignDomain {
		args = append(args, slog.String("domain", m.o.Cookie.Domain))
	}
	if host := browser.Hostname(r.Host); m.seen.First(w, host, warnedHosts) {
		m.logWarning(r, w, append(args, slog.String("host", logtext.Shown(host))))
	}
}

func (m *Manager) logWarning(r *http.Request, w inspect.Warning, args []slog.Attr) {
	m.o.logger().LogAttrs(r.Context(), slog.LevelWarn, w.Text(), append(args, slog.String("cookie", m.o.Cookie.Name))...)
	m.observe(r.Context(), Event{Kind: EventWarned, Name: string(w)})
}

// noteToken looks at a response that has the token, in a line of size bytes. The caller holds the
// lock.
func (s *Session) noteToken(h http.Header, size int, deleted bool) {
	m, r := s.m, s.r
	if size >= largeLine {
		s.tell(func() { m.warn(r, inspect.LargeHeader, slog.Int("bytes", size)) })
	}
	s.noteShared(h)
	if m.o.TokenHeader == "" {
		s.noteCookie(deleted)
	}
}

// noteShared looks at a response that is one visitor's alone. The caller holds the lock.
func (s *Session) noteShared(h http.Header) {
	if caching.Shared(h) {
		s.tell(func() { s.m.warn(s.r, inspect.SharedResponse, slog.String("request", logtext.Describe(s.r))) })
	}
}

// noteCookie looks at a response that sets the cookie. The caller holds the lock.
func (s *Session) noteCookie(deleted bool) {
	m, r := s.m, s.r
	for _, w := range m.o.Cookie.rules().Dropped(r) {
		s.tell(func() { m.warnOfHost(r, w) })
	}
	if s.arrived == "" && !deleted && browser.IsCrossSitePost(r) && m.o.Cookie.SameSite != http.SameSiteNoneMode {
		s.tell(func() { m.warn(r, inspect.CrossSitePost, slog.String("request", logtext.Describe(r))) })
	}
	if !deleted && m.seen.CookieSet() {
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
		s.m.warn(s.r, inspect.FlashesDropped, slog.String("request", logtext.Describe(s.r)), slog.Int("count", count))
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

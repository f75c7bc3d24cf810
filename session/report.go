package session

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/inspect"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/logtext"
)

// reportRefused says why a visitor's cookie was refused, to everyone except the visitor.
func (m *Manager) reportRefused(s *Session, reason error) {
	level := slog.LevelDebug
	switch {
	case errors.Is(reason, ErrBadPayload):
		level = slog.LevelError // someone with the key wrote it
	case errors.Is(reason, ErrDuplicateCookie):
		m.warn(s.r, inspect.TwoCookies)
	case errors.Is(reason, ErrFromFuture):
		m.warn(s.r, inspect.ClocksDiffer)
	}
	m.noteAnothers(s.r, reason)
	ctx := s.r.Context()
	m.o.logger().LogAttrs(ctx, level, "session: cookie refused; the visitor starts with an empty session",
		slog.String("cookie", m.o.Cookie.Name), slog.Any("reason", reason))
	m.observe(ctx, Event{Kind: EventRefused, Err: reason})
}

// reportAccepted says that an accepted key, a previous backend or a former name is still needed:
// once for each at the level that is usually seen.
func (m *Manager) reportAccepted(s *Session, name string) {
	ctx, level := s.r.Context(), slog.LevelDebug
	if m.seen.Accepted(name) {
		level = slog.LevelInfo
	}
	m.o.logger().LogAttrs(ctx, level,
		"session: cookie was written with an accepted key, a previous backend or a former name; the next save uses the current one",
		slog.String("cookie", m.o.Cookie.Name), slog.String("by", name))
	m.observe(ctx, Event{Kind: EventAccepted, Name: name})
}

// logUnreadable says that a value does not fit the type that was asked for: once for each key,
// because a logger may read the value too. The caller does not hold the lock.
func (s *Session) logUnreadable(key string, into any, err error) {
	s.mu.Lock()
	logged := &s.useRare().unreadable
	again := slices.Contains(*logged, key)
	if !again {
		*logged = append(*logged, key)
	}
	s.mu.Unlock()
	if again {
		return
	}
	s.m.o.logger().LogAttrs(s.r.Context(), slog.LevelDebug, "session: value cannot be read, it counts as missing",
		slog.String("name", logtext.Shown(key)), slog.String("type", strings.TrimPrefix(fmt.Sprintf("%T", into), "*")), slog.Any("reason", err))
}

// reportLate says that an edit is lost, and where in the program it was made.
func (m *Manager) reportLate(s *Session, e *content.Edit, call string, err error) {
	s.mu.Lock()
	reporting := &s.useRare().reporting
	depth := *reporting
	*reporting++
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		*reporting--
		s.mu.Unlock()
	}()
	// What is told of a late change may change the session, which is late again: that is logged,
	// and not reported to an ErrorHandler; and it has an end.
	if depth >= maxReporting {
		return
	}
	m.observe(s.r.Context(), Event{Kind: EventLate, Name: string(e.Kind), Err: err})
	m.o.logger().LogAttrs(s.r.Context(), slog.LevelError, err.Error(), slog.String("request", logtext.Describe(s.r)),
		slog.String("change", string(e.Kind)), slog.String("name", logtext.Shown(e.Member.Key)), slog.String("call", call))
	if depth == 0 && m.o.ErrorHandler != nil {
		m.o.ErrorHandler(&discard{}, s.r, fmt.Errorf("%w (%s at %s)", err, e, call))
	}
}

// maxReporting is how many late changes of one session are reported at the same moment.
const maxReporting = 4

// reportLost says that changes made after the header was sent could not be saved in their record.
func (s *Session) reportLost(err error) {
	s.mu.Lock()
	var lost []string
	for i := range s.edits {
		lost = append(lost, string(s.edits[i].Kind))
	}
	s.mu.Unlock()
	m, ctx := s.m, s.r.Context()
	for _, name := range lost {
		m.observe(ctx, Event{Kind: EventLate, Name: name, Err: err})
	}
	m.o.logger().LogAttrs(ctx, slog.LevelError, "session: what was changed after the response header was sent could not be saved",
		slog.String("request", logtext.Describe(s.r)), slog.Any("error", err))
	if f := m.o.ErrorHandler; f != nil {
		f(&discard{}, s.r, err)
	}
}

// reportDropped says that a handler panicked, and which changes of the session are lost with it.
func (s *Session) reportDropped() {
	s.mu.Lock()
	var changes []string
	if s.state != nil && (s.phase != sent || s.from.Record != nil) { // else each was reported when it was made
		for _, e := range s.unsent() {
			changes = append(changes, e.String())
		}
	}
	s.mu.Unlock()
	if changes != nil {
		s.m.o.logger().LogAttrs(s.r.Context(), slog.LevelWarn, "session: the handler panicked, its changes are dropped",
			slog.String("request", logtext.Describe(s.r)), slog.Any("changes", changes))
	}
}

// fail answers a request whose session could not be loaded or saved.
func (m *Manager) fail(w http.ResponseWriter, r *http.Request, err error) {
	if f := m.o.ErrorHandler; f != nil {
		f(w, r, err)
		return
	}
	status, level := http.StatusInternalServerError, slog.LevelError
	switch {
	case errors.Is(err, ErrUnavailable):
		status = http.StatusServiceUnavailable
	case errors.Is(err, ErrEnded), errors.Is(err, ErrOvertaken):
		status, level = http.StatusConflict, slog.LevelWarn // it is not a mistake
	case errors.Is(err, driver.ErrNotBound):
		status, level = http.StatusForbidden, slog.LevelWarn
	}
	m.o.logger().LogAttrs(r.Context(), level, "session: the request failed",
		slog.String("request", logtext.Describe(r)), slog.Any("error", err))
	http.Error(w, http.StatusText(status), status)
}

// discard is what an ErrorHandler writes to when the response was sent.
type discard struct{ h http.Header }

func (w *discard) Header() http.Header {
	if w.h == nil {
		w.h = make(http.Header)
	}
	return w.h
}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }

func (*discard) WriteHeader(int) {}

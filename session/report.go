package session

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"slices"
	"strings"
)

// reportRefused says why a visitor's cookie was not taken, to everybody but
// the visitor.
func (m *Manager) reportRefused(s *Session, reason error) {
	level := slog.LevelDebug
	switch {
	case errors.Is(reason, ErrBadPayload):
		level = slog.LevelError // somebody who has the key wrote it
	case errors.Is(reason, ErrDuplicateCookie):
		m.warn(s, twoCookies)
	case errors.Is(reason, ErrFromFuture):
		m.warn(s, clocksDiffer)
	}
	ctx := s.r.Context()
	m.o.logger().LogAttrs(ctx, level, "session: cookie refused, the visitor starts with an empty session",
		slog.String("cookie", m.o.Cookie.Name), slog.Any("reason", reason))
	m.observe(ctx, Event{Kind: EventRefused, Err: reason})
}

// reportAccepted says that a key or backend which is merely accepted is still
// needed: once for each where it is seen, and each time where it is looked for.
func (m *Manager) reportAccepted(s *Session) {
	ctx, name := s.r.Context(), s.from.By
	level := slog.LevelDebug
	if _, said := m.diagnostics.accepted.LoadOrStore(name, true); !said {
		level = slog.LevelInfo
	}
	m.o.logger().LogAttrs(ctx, level, "session: cookie of an accepted key or an old backend, its next write will be with the current one",
		slog.String("cookie", m.o.Cookie.Name), slog.String("by", name))
	m.observe(ctx, Event{Kind: EventAccepted, Name: name})
}

// logUnreadable says that a value does not fit where it was asked for.
func (m *Manager) logUnreadable(s *Session, key string, into any, err error) {
	m.o.logger().LogAttrs(s.r.Context(), slog.LevelDebug, "session: value cannot be read, it counts as missing",
		slog.String("key", key), slog.String("wanted", strings.TrimPrefix(fmt.Sprintf("%T", into), "*")), slog.Any("reason", err))
}

// reportLate says that a change cannot reach the visitor, and where in the
// program it was made.
func (m *Manager) reportLate(s *Session, o op) {
	call := caller()
	m.observe(s.r.Context(), Event{Kind: EventLate, Name: o.name, Err: ErrTooLate})
	m.o.logger().LogAttrs(s.r.Context(), slog.LevelError, ErrTooLate.Error(), slog.String("request", describe(s.r)),
		slog.String("change", o.name), slog.String("key", o.entry.key), slog.String("call", call))
	// An ErrorHandler that changes the session is late again: that is logged,
	// and not told to it once more.
	s.mu.Lock()
	nested := s.reporting
	s.reporting = true
	s.mu.Unlock()
	if nested {
		return
	}
	defer func() {
		s.mu.Lock()
		s.reporting = false
		s.mu.Unlock()
	}()
	if f := m.o.ErrorHandler; f != nil {
		f(&deafWriter{}, s.r, fmt.Errorf("%w (%s at %s)", ErrTooLate, strings.TrimSpace(o.name+" "+o.entry.key), call))
	}
}

// observeUnsaved tells of the changes that a record did not take after the
// header had left.
func (m *Manager) observeUnsaved(s *Session, err error) {
	s.mu.Lock()
	lost := slices.Clone(s.ops)
	s.mu.Unlock()
	for _, o := range lost {
		m.observe(s.r.Context(), Event{Kind: EventLate, Name: o.name, Err: err})
	}
}

// reportDropped says that a handler panicked, and what of the session went
// with it.
func (m *Manager) reportDropped(s *Session) {
	s.mu.Lock()
	s.begin()
	unsaved := s.ops[s.sentOps:]
	if s.gone && s.from.Record == nil {
		unsaved = nil // each was reported when it was made
	}
	var changes []string
	for _, o := range unsaved {
		changes = append(changes, strings.TrimSpace(o.name+" "+o.entry.key))
	}
	s.mu.Unlock()
	if changes != nil {
		m.o.logger().LogAttrs(s.r.Context(), slog.LevelWarn, "session: the handler panicked, its changes are dropped", slog.String("request", describe(s.r)),
			slog.Any("changes", changes))
	}
}

// fail answers a request whose session could not be read or written.
func (m *Manager) fail(w http.ResponseWriter, s *Session, err error) {
	r := s.r
	s.mu.Lock()
	event := Event{Kind: EventFailed, Err: err}
	if w := s.writing(); errors.Is(err, ErrUnavailable) { // else it is of a Save before
		event.Duration, event.Stored = w.took, w.inStore
	}
	s.mu.Unlock()
	m.observe(r.Context(), event)
	if f := m.o.ErrorHandler; f != nil {
		f(w, r, err)
		return
	}
	status, level := http.StatusInternalServerError, slog.LevelError
	switch {
	case errors.Is(err, ErrUnavailable):
		status = http.StatusServiceUnavailable
	case errors.Is(err, ErrEnded):
		status, level = http.StatusConflict, slog.LevelWarn // it is nobody's mistake
	}
	m.o.logger().LogAttrs(r.Context(), level, "session: the request failed",
		slog.String("request", describe(r)), slog.Any("error", err))
	http.Error(w, http.StatusText(status), status)
}

// describe names a request without its query, which may hold what logs should
// not.
func describe(r *http.Request) string {
	if r.URL == nil {
		return r.Method
	}
	return r.Method + " " + r.URL.Path
}

// caller returns the file and line of the innermost call that is not in this
// package.
func caller() string {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if !strings.HasPrefix(f.Function, "github.com/wafer-go/wafer/session.") || strings.HasSuffix(f.File, "_test.go") {
			return fmt.Sprintf("%s:%d", f.File, f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}

// deafWriter is what an ErrorHandler writes to when the response has left.
type deafWriter struct{ h http.Header }

func (w *deafWriter) Header() http.Header {
	if w.h == nil {
		w.h = make(http.Header)
	}
	return w.h
}

func (*deafWriter) Write(p []byte) (int, error) { return len(p), nil }

func (*deafWriter) WriteHeader(int) {}

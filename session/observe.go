package session

import (
	"context"
	"time"
)

// An EventKind says what happened to a session.
type EventKind int

// The kinds of events. Their names, as String gives them, do not change.
const (
	// EventLoaded: the session of a request was read, or there was none.
	EventLoaded EventKind = iota + 1

	// EventRefused: a cookie was refused, for Err.
	EventRefused

	// EventAccepted: a session needed the accepted key, or the old backend,
	// that Name names.
	EventAccepted

	// EventSaved: the session was written, or its age begun anew.
	EventSaved

	// EventDropped: the session was destroyed or cleared, and is gone.
	EventDropped

	// EventFlashed: a message was flashed. Name is its category.
	EventFlashed

	// EventLate: a change came after the header had left, and is lost. Name
	// says which. Err is ErrTooLate, or why its record could not be saved.
	EventLate

	// EventFailed: the session could not be read or written, for Err, and the
	// request was answered with an error.
	EventFailed

	// EventWarned: a mistake was found that visitors' browsers punish in
	// silence. It is made as often as the log says it, which is once for each
	// mistake, or for each of a few hosts. Name is its word, such as
	// "plain_http"; they do not change.
	EventWarned
)

var eventNames = [...]string{
	EventLoaded: "loaded", EventRefused: "refused", EventAccepted: "accepted", EventSaved: "saved",
	EventDropped: "dropped", EventFlashed: "flashed", EventLate: "late", EventFailed: "failed", EventWarned: "warned",
}

// String returns the kind's name, such as "saved".
func (k EventKind) String() string {
	if k <= 0 || int(k) >= len(eventNames) {
		return "unknown"
	}
	return eventNames[k]
}

// An Event is something that happened to a session, for [Options.Observe]: to
// be counted and timed. It holds no value, no token and no id of a visitor's.
type Event struct {
	Kind EventKind

	// Duration is how long the backend took, of a session loaded, saved or
	// dropped, and of one for which the request failed.
	Duration time.Duration

	// Size is how many bytes the cookie's name and value take, of a session
	// saved; of one loaded, those of its value.
	Size int

	// Found says that a request came with a session, of one loaded; of one
	// saved, that it was there before.
	Found bool

	// Stored says that the session has a record in a store; of one for which the
	// request failed, also that it was the store which failed.
	Stored bool

	// Conflicts is how many times it was saved again because another request
	// had been faster, of a session saved.
	Conflicts int

	// Renewed says that it was given a new identity, of a session saved.
	Renewed bool

	// Name and Err are what the kind says of them. [Reason] has a word for Err.
	Name string
	Err  error
}

// observe tells the program of an event. The caller does not hold the session's
// lock.
func (m *Manager) observe(ctx context.Context, e Event) {
	if f := m.o.Observe; f != nil {
		f(ctx, e)
	}
}

// observeLater tells the program of an event once the session's lock, which the
// caller holds, is given back.
func (s *Session) observeLater(e Event) {
	if s.m.o.Observe != nil {
		s.unsaid = append(s.unsaid, func() { s.m.observe(s.r.Context(), e) })
	}
}

// failed notes, for the event that follows if the request fails for it, how long
// the backend took and whether it is a store. The caller holds the session's
// lock.
func (s *Session) failed(took time.Duration, inStore bool) {
	w := s.writing()
	w.took, w.inStore = took, inStore
}

// stopwatch starts a clock if somebody will ask for it.
func (m *Manager) stopwatch() (elapsed func() time.Duration) {
	if m.o.Observe == nil {
		return func() time.Duration { return 0 }
	}
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

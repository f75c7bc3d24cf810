package session

import "time"

// An EventKind says what happened to a session.
type EventKind int

// The kinds of events. Their names, as String returns them, do not change.
const (
	// EventLoaded: the session of a request was loaded, or there was none.
	EventLoaded EventKind = iota + 1

	// EventRefused: a cookie was refused, for Err.
	EventRefused

	// EventAccepted: a session needed the accepted key, the previous backend or the former name
	// that Name names.
	EventAccepted

	// EventSaved: the session was saved, or its life extended.
	EventSaved

	// EventDropped: the session was destroyed or cleared, and is gone.
	EventDropped

	// EventFlashed: a message was flashed. Name is its category.
	EventFlashed

	// EventFlashesDropped: Count messages were dropped that no page had shown, because too many
	// waited.
	EventFlashesDropped

	// EventLate: a change came too late, and is lost. Name says which. Err is ErrTooLate, or why
	// its record could not be saved.
	EventLate

	// EventFailed: the session could not be loaded or saved, for Err, and the request was answered
	// with an error.
	EventFailed

	// EventWarned: a mistake was found, and logged; once for each mistake, or for each of a few
	// hosts. Name is its word, an [inspect.Warning].
	EventWarned

	// EventBound: something happened to the binding of a session to a device; see package dbsc.
	// Name is one of dbsc.Actions. Err is why a proof was not accepted.
	EventBound
)

var eventNames = [...]string{
	EventLoaded: "loaded", EventRefused: "refused", EventAccepted: "accepted", EventSaved: "saved",
	EventDropped: "dropped", EventFlashed: "flashed", EventFlashesDropped: "flashes_dropped", EventLate: "late",
	EventFailed: "failed", EventWarned: "warned", EventBound: "bound",
}

// String returns the kind's name, such as "saved"; for an unknown one "unknown".
func (k EventKind) String() string {
	if k <= 0 || int(k) >= len(eventNames) {
		return "unknown"
	}
	return eventNames[k]
}

// An Event is something that happened to a session, for [Options.Observe] to count and time. It
// contains no value, no token and no ID of a visitor.
type Event struct {
	Kind EventKind

	// Duration is how long the backend took, if the session was loaded, saved or dropped, or the
	// request failed.
	Duration time.Duration

	// Size is the number of bytes of the cookie's name and value, in EventSaved; in EventLoaded, of
	// its value alone.
	Size int

	// Found reports, for EventLoaded, whether the request had a valid session; for EventSaved,
	// whether the session existed before.
	Found bool

	// Stored reports whether the session has a record in a store; for EventFailed, whether it was
	// the store that failed.
	Stored bool

	// Conflicts is how many times the session was saved again because another request was first.
	Conflicts int

	// Renewed reports whether the session got a new ID.
	Renewed bool

	// Count is a number that the kind explains.
	Count int

	// Name and Err are what the kind says of them. [Reason] has a word for Err.
	Name string
	Err  error
}

package session

import (
	"errors"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/age"
	"github.com/wafer-go/wafer/session/internal/content"
)

// ErrRefused is what every reason for refusing a cookie wraps. A refused cookie never fails a
// request: the visitor has an empty session, and the reason goes to [Options.Logger] and
// [Options.Observe], never to the visitor.
var ErrRefused = driver.ErrRefused

// The reasons for refusing a cookie. Each wraps [ErrRefused].
var (
	// ErrMalformed: the value does not have the form of the backend's values.
	ErrMalformed = driver.ErrMalformed

	// ErrBadSignature: no accepted key made the signature. The cookie was forged or cut, or the key
	// has changed.
	ErrBadSignature = driver.ErrBadSignature

	// ErrExpired: the session is older than its lifetime, idle timeout or absolute timeout.
	ErrExpired = driver.ErrExpired

	// ErrFromFuture: the session was saved later than this server's clock shows, by more than
	// [Options.ClockSkew].
	ErrFromFuture = age.ErrFromFuture

	// ErrBadPayload: the signature is valid, and the signed payload is not a session. Someone with
	// the key wrote it, so it is logged as an error.
	ErrBadPayload = driver.ErrBadPayload

	// ErrDuplicateCookie: the request has several cookies of the name, of which not exactly one is
	// a session, or more than eight.
	ErrDuplicateCookie = driver.Refusal("there are several of its name")

	// ErrUnknown: no record has the ID that the cookie names. It expired, was ended or renewed, or
	// never existed.
	ErrUnknown = driver.ErrUnknown

	// ErrInvalidated: [Options.Validate] refused it, with this error or one that wraps it.
	ErrInvalidated = driver.Refusal("it is not valid anymore")
)

// The reasons for failing a request.
var (
	// ErrUnavailable: the backend could not load or save the session.
	ErrUnavailable = errors.New("session: the backend is not available")

	// ErrConflict: other requests kept changing the session's record for as long as
	// [Options.BackendTimeout], so this one's changes were not saved. It comes wrapped together
	// with ErrUnavailable.
	ErrConflict = driver.ErrConflict

	// ErrEnded: another request ended or renewed the session, or it expired, while this one was
	// changing it. The changes are not kept, because an ended session does not come back.
	ErrEnded = driver.ErrEnded

	// ErrOvertaken: another request was first, and a change of this one cannot be applied anymore:
	// it popped the same value, or the change of a [Field.TryUpdate] then refused. Nothing is
	// saved.
	ErrOvertaken = content.ErrOvertaken

	// ErrTooLarge: the cookie would be larger than browsers keep, and the error is a
	// *[TooLargeError]; or the session is larger than its backend can hold.
	ErrTooLarge = driver.ErrTooLarge

	// ErrTooLate: the session was changed after the response header was sent.
	ErrTooLate = errors.New("session: changed after the response header was sent, so the change is lost; change it before the first Flush and before writing more than Options.BufferSize bytes")
)

// A ValueError says which value cannot be kept, and why. Nothing of the session was saved.
type ValueError = driver.ValueError

// A TooLargeError says that a cookie would be larger than browsers keep. They would drop it
// silently, so nothing was sent. Or the backend cannot hold the session. It matches [ErrTooLarge].
type TooLargeError = driver.TooLargeError

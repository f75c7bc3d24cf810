package session

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// ErrRefused is what every reason for not taking a cookie wraps. A refused
// cookie never fails a request: the visitor has an empty session, and the
// reason goes to [Options.Logger] and [Options.Observe], never to the
// visitor.
var ErrRefused = errors.New("session: the cookie was refused")

// The reasons for refusing a cookie. Each wraps [ErrRefused].
var (
	// ErrMalformed: the value is no token of the backend's.
	ErrMalformed = refusal("it is not a token")

	// ErrBadSignature: no key that is accepted made the signature. The
	// cookie was forged or cut, or the key has changed.
	ErrBadSignature = refusal("the signature does not match")

	// ErrExpired: the session was last written longer than
	// [Options.Lifetime] ago.
	ErrExpired = refusal("it has expired")

	// ErrFromFuture: the session was written later than this server's clock
	// says it is now, and [Options.ClockSkew] does not cover it.
	ErrFromFuture = refusal("it was written in the future")

	// ErrBadPayload: the signature holds, but what it signs is no session.
	// Whoever has the key wrote it, so this is logged as an error.
	ErrBadPayload = refusal("its signed contents are no session")

	// ErrDuplicateCookie: the request brought several cookies of the name, and
	// not exactly one of them is a session, or there are more than eight.
	ErrDuplicateCookie = refusal("there are several of its name")

	// ErrUnknown: no record has the id that the cookie names: it has expired,
	// was destroyed or renewed, or somebody made the id up.
	ErrUnknown = refusal("no session has its id")

	// ErrInvalidated: [Options.Validate] turned it down, with this error or one
	// that wraps it.
	ErrInvalidated = refusal("it is not valid any more")
)

func refusal(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

// The reasons for failing a request.
var (
	// ErrUnavailable: the backend could not be asked for the session, or
	// could not keep it.
	ErrUnavailable = errors.New("session: the backend is not available")

	// ErrConflict: other requests kept changing the session's record for as
	// long as [Options.BackendTimeout], so this one's changes were not saved. It
	// comes wrapped together with ErrUnavailable.
	ErrConflict = errors.New("session: other requests kept changing it")

	// ErrEnded: another request destroyed, cleared or renewed the session, or
	// it expired, while this one was changing it. These changes are not kept,
	// for a session that was ended does not come back.
	ErrEnded = errors.New("session: it was ended while this request was changing it, so the changes are not kept")

	// ErrTooLarge: the cookie would be larger than browsers keep, and the error
	// is a *[TooLargeError]; or the session is larger than its backend reads
	// again, however small its compressed cookie.
	ErrTooLarge = errors.New("session: the cookie is too large")

	// ErrTooLate: the session was changed after the response header had left
	// with its cookie.
	ErrTooLate = errors.New("session: changed after the response header had left, so the visitor will not see it; change it before the first Flush, or before more than Options.BufferSize bytes are written")
)

func payloadTooLarge(size, limit int) error {
	return fmt.Errorf("%w: its values take %d bytes, and no more than %d are read again", ErrTooLarge, size, limit)
}

// A ValueError says which value could not be encoded, and why. Nothing of the
// session was written.
type ValueError struct {
	Key string
	Err error
}

// Error names the key, and of the value what its encoder says of it.
func (e *ValueError) Error() string {
	return fmt.Sprintf("session: the value of %q cannot be kept: %v", e.Key, e.Err)
}

// Unwrap returns Err.
func (e *ValueError) Unwrap() error { return e.Err }

// A TooLargeError says that a cookie would be larger than browsers keep. They
// would drop it without a word, so nothing was sent. It matches [ErrTooLarge].
type TooLargeError struct {
	Cookie  string    // the cookie's name
	Size    int       // bytes of name and value
	Limit   int       // bytes of name and value; see Options.MaxCookieSize
	Largest []KeySize // the largest values, largest first, three at most
	Values  int       // how many values there are
}

// KeySize is how many bytes a key and its value take as JSON.
type KeySize struct {
	Key  string
	Size int // bytes, before the cookie's base64 makes four of three
}

// maxShownKey is how many bytes of a key an error shows.
const maxShownKey = 64

// Error names the sizes and the largest keys.
func (e *TooLargeError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "session: the cookie %s would be %d bytes and browsers keep %d", e.Cookie, e.Size, e.Limit)
	for i, k := range e.Largest {
		if i > 0 {
			b.WriteString(", ")
		} else if e.Values > len(e.Largest) {
			fmt.Fprintf(&b, "; the largest of its %d values are ", e.Values)
		} else {
			b.WriteString("; the largest values are ")
		}
		key := k.Key
		if len(key) > maxShownKey {
			key = strings.ToValidUTF8(key[:maxShownKey], "") + "…"
		}
		if strings.ContainsFunc(key, func(r rune) bool { return !unicode.IsPrint(r) }) {
			key = strconv.Quote(key) // a key from a visitor must not forge a line of the log
		}
		fmt.Fprintf(&b, "%s (%d bytes)", key, k.Size)
	}
	b.WriteString("; keep less in the session, such as a record's id in place of the record, or use session.Overflow")
	return b.String()
}

// Is reports whether target is [ErrTooLarge].
func (e *TooLargeError) Is(target error) bool { return target == ErrTooLarge }

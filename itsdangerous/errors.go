package itsdangerous

import (
	"errors"
	"fmt"
	"time"
)

// The kinds of error, in Python's hierarchy: each wraps the one named in its
// text. Match them with [errors.Is]; the details are in an [*Error].
var (
	// ErrBadData is what all others wrap.
	ErrBadData = errors.New("itsdangerous: bad data")

	// ErrBadSignature: the token was not signed with an accepted key, salt
	// and digest. It wraps ErrBadData.
	ErrBadSignature = fmt.Errorf("%w: bad signature", ErrBadData)

	// ErrBadTimeSignature: the signature holds and the timestamp is missing
	// or no timestamp. It wraps ErrBadSignature. (Python raises it for every
	// bad signature of a timed token. Here that is ErrBadSignature, so that
	// the two can be told apart.)
	ErrBadTimeSignature = fmt.Errorf("%w: bad timestamp", ErrBadSignature)

	// ErrSignatureExpired: the token is older than the maximum age, or signed
	// in the future. It wraps ErrBadTimeSignature.
	ErrSignatureExpired = fmt.Errorf("%w: signature expired", ErrBadTimeSignature)

	// ErrBadPayload: the signature holds and what it signs cannot be decoded.
	// It wraps ErrBadData.
	ErrBadPayload = fmt.Errorf("%w: bad payload", ErrBadData)
)

// An Error says why a token was refused. What it carries of the token was not
// verified, unless Kind is ErrSignatureExpired or ErrBadPayload.
type Error struct {
	Kind     error     // one of the errors above
	Reason   string    // in words
	Payload  string    // the part of the token that holds the value, if it was found
	SignedAt time.Time // when the token says it was signed; zero if it does not say
	Err      error     // what decoding the payload gave, if that failed
}

// Error returns kind and reason, and nothing of the token.
func (e *Error) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("%v: %s: %v", e.Kind, e.Reason, e.Err)
	}
	return fmt.Sprintf("%v: %s", e.Kind, e.Reason)
}

// Unwrap returns Kind, and Err if there is one.
func (e *Error) Unwrap() []error {
	if e.Err != nil {
		return []error{e.Kind, e.Err}
	}
	return []error{e.Kind}
}

package itsdangerous

import "time"

// The kinds of error, in Python's hierarchy. Match them with [errors.Is]; the
// details are in an [*Error], for [errors.As].
var (
	// ErrBadData is what all others wrap.
	ErrBadData error = &kind{"bad data", nil}

	// ErrBadSignature: no accepted key, with this salt, digest and derivation, made the signature,
	// or the token has no signature. It wraps ErrBadData.
	ErrBadSignature error = &kind{"bad signature", ErrBadData}

	// ErrBadTimeSignature: the signature matches and the timestamp is missing or malformed. It
	// wraps ErrBadSignature. (Python raises it for every bad signature of a timed token. Here that
	// is ErrBadSignature, so that the two can be told apart.)
	ErrBadTimeSignature error = &kind{"bad timestamp", ErrBadSignature}

	// ErrSignatureExpired: the signature matches and the token is older than the maximum age, or
	// dated in the future. It wraps ErrBadTimeSignature.
	ErrSignatureExpired error = &kind{"signature expired", ErrBadTimeSignature}

	// ErrBadPayload: the signature matches and the signed payload cannot be decoded. It wraps
	// ErrBadData.
	ErrBadPayload error = &kind{"bad payload", ErrBadData}
)

// A kind is one class of Python's hierarchy, and parent the class it extends.
type kind struct {
	text   string
	parent error
}

func (k *kind) Error() string { return "itsdangerous: " + k.text }
func (k *kind) Unwrap() error { return k.parent }

// An Error says why a token was refused. Nothing in it is to be trusted
// unless Kind is ErrSignatureExpired, ErrBadTimeSignature or ErrBadPayload and
// it came from Unsign or Load: only then did the signature hold.
type Error struct {
	Kind     error     // one of the errors above
	Reason   string    // in words, without anything from the token
	Payload  string    // the part of the token that holds the value; empty if it was not found
	SignedAt time.Time // when the token says it was signed; zero if it does not say
	Err      error     // what decoding the payload gave, if that failed
}

// Error returns kind and reason. It repeats nothing of the token except what
// Err says of a payload.
func (e *Error) Error() string {
	text := e.Kind.Error() + ": " + e.Reason
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns Kind, and Err if there is one.
func (e *Error) Unwrap() []error {
	if e.Err != nil {
		return []error{e.Kind, e.Err}
	}
	return []error{e.Kind}
}

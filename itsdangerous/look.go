package itsdangerous

import (
	"errors"
	"strings"
	"time"
)

// A Look is what a token says, be it true or not.
type Look struct {
	// Payload is what the token holds: JSON, if Dump made it. Nil if there is
	// none or it cannot be decoded.
	Payload []byte

	// SignedAt is the token's time of signing. Zero if it has none.
	SignedAt time.Time

	// Refusal is why Load would refuse the token, for every type, and nil if it would not. It is an
	// [*Error].
	Refusal error
}

// SignatureHolds reports whether a holder of the secret made the token. It may still have expired,
// or have a payload that cannot be decoded. If it is false, anyone may have written the rest.
func (l Look) SignatureHolds() bool {
	return !errors.Is(l.Refusal, ErrBadSignature) || errors.Is(l.Refusal, ErrBadTimeSignature)
}

// LoadUnsafe returns what a token says without trusting it, for debugging, and
// never fails. Do nothing with the payload that its author should not decide.
func (s *Serializer) LoadUnsafe(token string) Look {
	value, err := s.open(token)
	if err != nil {
		var e *Error
		errors.As(err, &e)
		if e.Payload == "" {
			return Look{Refusal: err}
		}
		value = e.Payload
	}
	return s.payload.look(value, time.Time{}, err)
}

// LoadUnsafe returns what a token says without trusting it, for debugging, and
// never fails. Do nothing with the payload that its author should not decide.
func (s *TimedSerializer) LoadUnsafe(token string, maxAge time.Duration) Look {
	signed, err := s.open(token, maxAge)
	if err != nil {
		var e *Error
		errors.As(err, &e)
		if e.Payload == "" {
			return Look{Refusal: err, SignedAt: e.SignedAt}
		}
		signed.Value, signed.SignedAt = e.Payload, e.SignedAt
	}
	return s.payload.look(signed.Value, signed.SignedAt, err)
}

// LookUnsafe splits a token of a timed serializer or [TimestampSigner] with the separator "."
// without trusting it: no key is needed, and nothing is verified. Key is -1. The error is an
// [*Error] of the kind ErrBadSignature if a part is missing, and ErrBadTimeSignature if the
// timestamp is malformed.
func LookUnsafe(token string) (Signed, error) {
	if strings.Count(token, ".") < 2 {
		return Signed{}, &Error{Kind: ErrBadSignature, Reason: "a token has three parts, payload, timestamp and signature, separated by dots"}
	}
	i := strings.LastIndexByte(token, '.')
	value, at, ok := splitTimestamp(token[:i], ".")
	if !ok {
		return Signed{}, &Error{Kind: ErrBadTimeSignature, Reason: "the timestamp is malformed", Payload: token[:strings.LastIndexByte(token[:i], '.')]}
	}
	return Signed{Value: value, SignedAt: at, Key: -1}, nil
}

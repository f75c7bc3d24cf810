package itsdangerous

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultMaxPayload is how many bytes a URL-safe payload may have at most.
const DefaultMaxPayload = 1 << 20

// SerializerOptions are what both sides of a serializer's tokens must agree
// on. The zero value is Python's defaults.
type SerializerOptions struct {
	Options

	// Fallback are other options under which tokens are taken, though none is
	// made: to change the digest, say, while old tokens are about. Their
	// secrets are the serializer's; an empty Salt means the serializer's.
	Fallback []Options

	// MaxPayload is how many bytes a URL-safe payload may have, once it is
	// inflated. Zero means DefaultMaxPayload.
	MaxPayload int
}

// A Serializer signs values as JSON. It is used by many goroutines at once.
//
// JSON is spelled as Python spells it, to the byte for strings, integers,
// booleans, nil, and slices and maps of them. A whole float64 is written without
// a fraction, and so is an int in Python.
type Serializer struct {
	payload payloadFormat
	signers []*Signer
}

// A TimedSerializer signs values as JSON, and the time.
type TimedSerializer struct {
	payload payloadFormat
	signers []*TimestampSigner
}

// NewSerializer returns a Serializer whose tokens hold plain JSON. The error
// says which option cannot work, or that a secret is empty.
func NewSerializer(secret []byte, opts *SerializerOptions) (*Serializer, error) {
	return newSerializer(secret, opts, false)
}

// NewURLSafeSerializer is [NewSerializer] for tokens that can stand in a URL.
func NewURLSafeSerializer(secret []byte, opts *SerializerOptions) (*Serializer, error) {
	return newSerializer(secret, opts, true)
}

// NewTimedSerializer is [NewSerializer] for tokens that carry the time.
func NewTimedSerializer(secret []byte, opts *SerializerOptions) (*TimedSerializer, error) {
	return newTimedSerializer(secret, opts, false)
}

// NewURLSafeTimedSerializer is [NewTimedSerializer] for tokens that can stand
// in a URL.
func NewURLSafeTimedSerializer(secret []byte, opts *SerializerOptions) (*TimedSerializer, error) {
	return newTimedSerializer(secret, opts, true)
}

func newSerializer(secret []byte, opts *SerializerOptions, urlSafe bool) (*Serializer, error) {
	signers, err := eachSigner(secret, opts, newSigner)
	if err != nil {
		return nil, err
	}
	return &Serializer{newPayloadFormat(opts, urlSafe), signers}, nil
}

func newTimedSerializer(secret []byte, opts *SerializerOptions, urlSafe bool) (*TimedSerializer, error) {
	signers, err := eachSigner(secret, opts, newTimestampSigner)
	if err != nil {
		return nil, err
	}
	return &TimedSerializer{newPayloadFormat(opts, urlSafe), signers}, nil
}

// eachSigner makes the signer that signs, and those merely accepted.
func eachSigner[S any](secret []byte, opts *SerializerOptions, make func([]byte, *Options, string) (S, error)) ([]S, error) {
	if opts == nil {
		opts = &SerializerOptions{}
	}
	first, err := make(secret, &opts.Options, DefaultSerializerSalt)
	if err != nil {
		return nil, err
	}
	signers := []S{first}
	for i, o := range opts.Fallback {
		if o.Salt == "" {
			o.Salt = opts.Salt
		}
		o.Accept, o.Clock, o.Skew = opts.Accept, opts.Clock, opts.Skew
		s, err := make(secret, &o, DefaultSerializerSalt)
		if err != nil {
			return nil, fmt.Errorf("SerializerOptions.Fallback[%d]: %w", i, err)
		}
		signers = append(signers, s)
	}
	return signers, nil
}

// Dump returns a token that holds v. The error is encoding/json's, for a v
// that it cannot encode.
func (s *Serializer) Dump(v any) (string, error) {
	payload, err := s.payload.encode(v)
	if err != nil {
		return "", err
	}
	return string(s.signers[0].signTail(payload, 0)), nil
}

// Load decodes what a token holds into v, as encoding/json does. The error is
// an [*Error] of the kind ErrBadSignature or ErrBadPayload.
func (s *Serializer) Load(token string, v any) error {
	var first error
	for _, signer := range s.signers {
		value, err := signer.Unsign(token)
		if err == nil {
			return s.payload.decode(value, time.Time{}, v)
		}
		first = firstOf(first, err)
	}
	return first
}

// Dump returns a token that holds v and the time. The error is
// encoding/json's, for a v that it cannot encode.
func (s *TimedSerializer) Dump(v any) (string, error) {
	payload, err := s.payload.encode(v)
	if err != nil {
		return "", err
	}
	return string(s.signers[0].SignTail(payload, 0, s.signers[0].s.o.Clock())), nil
}

// Load decodes what a token that is not older than maxAge holds into v, as
// encoding/json does, and returns when it was signed. The error is an [*Error]
// of the kind ErrBadSignature, ErrBadTimeSignature, ErrSignatureExpired or
// ErrBadPayload.
func (s *TimedSerializer) Load(token string, maxAge time.Duration, v any) (time.Time, error) {
	var first error
	for _, signer := range s.signers {
		signed, err := signer.Unsign(token, maxAge)
		if err == nil {
			return signed.SignedAt, s.payload.decode(signed.Value, signed.SignedAt, v)
		}
		if errors.Is(err, ErrSignatureExpired) {
			return time.Time{}, err // the signature holds: no other need be tried
		}
		first = firstOf(first, err)
	}
	return time.Time{}, first
}

func firstOf(first, err error) error {
	if first != nil {
		return first
	}
	return err
}

// LoadUnsafe decodes what a token holds into v without trusting it, for
// debugging, and reports whether the signature holds. The error is an
// [*Error] of the kind ErrBadSignature for what is no token at all, and of
// ErrBadPayload where the payload cannot be decoded.
func (s *Serializer) LoadUnsafe(token string, v any) (trusted bool, err error) {
	value, err := s.signers[0].Unsign(token)
	if err != nil {
		var e *Error
		if !errors.As(err, &e) || e.Payload == token {
			return false, err
		}
		value = e.Payload
	} else {
		trusted = true
	}
	return trusted, s.payload.decode(value, time.Time{}, v)
}

// LookUnsafe splits a token of a timed serializer or [TimestampSigner] with
// the separator "." without trusting it: no key is needed, and nothing is
// verified. Key is -1. The error is an [*Error] of the kind ErrBadSignature
// where a part is missing, and ErrBadTimeSignature where the timestamp is
// malformed.
func LookUnsafe(token string) (Signed, error) {
	i := strings.LastIndexByte(token, '.')
	if i < 0 || strings.LastIndexByte(token[:i], '.') < 0 {
		return Signed{}, &Error{Kind: ErrBadSignature, Reason: "a token has three parts, payload, timestamp and signature, separated by dots", Payload: token}
	}
	value, at, ok := splitTimestamp(token[:i], ".")
	if !ok {
		return Signed{}, &Error{Kind: ErrBadTimeSignature, Reason: "the timestamp is malformed", Payload: token[:strings.LastIndexByte(token[:i], '.')]}
	}
	return Signed{Value: value, SignedAt: at, Key: -1}, nil
}

// A payloadFormat is how values stand in tokens.
type payloadFormat struct {
	urlSafe bool
	limit   int
}

func newPayloadFormat(opts *SerializerOptions, urlSafe bool) payloadFormat {
	f := payloadFormat{urlSafe, DefaultMaxPayload}
	if opts != nil && opts.MaxPayload != 0 {
		f.limit = opts.MaxPayload
	}
	return f
}

func (f payloadFormat) encode(v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("itsdangerous: the value cannot be encoded: %w", err)
	}
	if f.urlSafe {
		return AppendURLSafe(nil, urlSafeStyle.append(nil, text), 0), nil
	}
	return plainStyle.append(nil, text), nil
}

func (f payloadFormat) decode(value string, at time.Time, v any) error {
	text := []byte(value)
	if f.urlSafe {
		var err error
		if text, err = AppendDecodedURLSafe(nil, value, f.limit); err != nil {
			return &Error{Kind: ErrBadPayload, Reason: "it is not URL-safe text", Payload: value, SignedAt: at, Err: err}
		}
	}
	if err := json.Unmarshal(text, v); err != nil {
		return &Error{Kind: ErrBadPayload, Reason: "it is not the JSON that was wanted", Payload: value, SignedAt: at, Err: err}
	}
	return nil
}

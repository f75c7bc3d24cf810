package itsdangerous

import (
	"errors"
	"fmt"
	"time"
)

// DefaultMaxPayload is how many bytes a URL-safe payload may have at most.
const DefaultMaxPayload = 1 << 20

// SerializerOptions are what both sides of a serializer's tokens must agree
// on. The zero value is Python's defaults.
type SerializerOptions struct {
	Options

	// Fallback are other options under which tokens are accepted, but not made, for example to
	// change the digest while old tokens are in use. Without Salt and EmptySalt they have the
	// serializer's salt. Their Clock and Skew are ignored; the serializer's apply.
	Fallback []Options

	// MaxPayload is how many bytes the payload of a URL-safe token that is
	// loaded may have, once it is inflated. Zero means DefaultMaxPayload.
	MaxPayload int
}

// A Serializer signs values as JSON. It is safe for concurrent use by multiple goroutines.
//
// JSON is spelled as Python spells it, to the byte for strings, integers, booleans, nil, and
// slices, structs and maps of them: with spaces after commas and colons and in ASCII, or in a
// URL-safe token without spaces and in UTF-8. encoding/json sorts a map's keys and keeps the order
// of a struct's fields, where Python keeps the order in which a dict was filled. A whole float64 is
// written without a fraction, so Python reads it as an int. To write or read numbers and spelling
// unchanged, use [encoding/json.RawMessage], or DumpBytes and LoadBytes.
type Serializer struct {
	payload payloadFormat
	signers []*Signer
}

// A TimedSerializer signs values as JSON, and the time.
type TimedSerializer struct {
	payload payloadFormat
	signers []*TimestampSigner
}

// NewSerializer returns a Serializer whose tokens hold plain JSON. accept are older secrets, as
// those of [NewSigner]; [SerializerOptions.Fallback] accepts them too. The error says which option
// cannot work, or that a secret is empty.
func NewSerializer(secret []byte, opts *SerializerOptions, accept ...[]byte) (*Serializer, error) {
	return newSerializer(secret, accept, opts, false)
}

// NewURLSafeSerializer is [NewSerializer] for tokens that can be part of a URL.
func NewURLSafeSerializer(secret []byte, opts *SerializerOptions, accept ...[]byte) (*Serializer, error) {
	return newSerializer(secret, accept, opts, true)
}

// NewTimedSerializer is [NewSerializer] for tokens that carry the time.
func NewTimedSerializer(secret []byte, opts *SerializerOptions, accept ...[]byte) (*TimedSerializer, error) {
	return newTimedSerializer(secret, accept, opts, false)
}

// NewURLSafeTimedSerializer is [NewTimedSerializer] for tokens that can be part of a URL.
func NewURLSafeTimedSerializer(secret []byte, opts *SerializerOptions, accept ...[]byte) (*TimedSerializer, error) {
	return newTimedSerializer(secret, accept, opts, true)
}

func newSerializer(secret []byte, accept [][]byte, opts *SerializerOptions, urlSafe bool) (*Serializer, error) {
	payload, err := newPayloadFormat(opts, urlSafe)
	if err != nil {
		return nil, err
	}
	signers, err := eachSigner(secret, accept, opts, newSigner)
	if err != nil {
		return nil, err
	}
	return &Serializer{payload, signers}, nil
}

func newTimedSerializer(secret []byte, accept [][]byte, opts *SerializerOptions, urlSafe bool) (*TimedSerializer, error) {
	payload, err := newPayloadFormat(opts, urlSafe)
	if err != nil {
		return nil, err
	}
	signers, err := eachSigner(secret, accept, opts, newTimestampSigner)
	if err != nil {
		return nil, err
	}
	return &TimedSerializer{payload, signers}, nil
}

// eachSigner makes the signer that signs, and those that only verify.
func eachSigner[S any](secret []byte, accept [][]byte, opts *SerializerOptions, make func([]byte, [][]byte, *Options, string) (S, error)) ([]S, error) {
	if opts == nil {
		opts = &SerializerOptions{}
	}
	first, err := make(secret, accept, &opts.Options, DefaultSerializerSalt)
	if err != nil {
		return nil, err
	}
	signers := []S{first}
	for i, o := range opts.Fallback {
		if o.Salt == "" && !o.EmptySalt {
			o.Salt, o.EmptySalt = opts.Salt, opts.EmptySalt
		}
		o.Clock, o.Skew = opts.Clock, opts.Skew
		s, err := make(secret, accept, &o, DefaultSerializerSalt)
		if err != nil {
			return nil, fmt.Errorf("SerializerOptions.Fallback[%d]: %w", i, err)
		}
		signers = append(signers, s)
	}
	return signers, nil
}

// Dump returns a token that contains v. If encoding/json cannot encode v, the error is
// encoding/json's.
func (s *Serializer) Dump(v any) (string, error) {
	b := getScratch()
	defer b.free()
	var err error
	if b.text, err = s.payload.appendJSON(b.text, v); err != nil {
		return "", err
	}
	b.text = s.signers[0].signTail(b.text, 0)
	return string(b.text), nil
}

// DumpBytes returns a token that holds payload as it is, JSON or not.
func (s *Serializer) DumpBytes(payload []byte) string {
	b := getScratch()
	defer b.free()
	b.text = s.signers[0].signTail(s.payload.appendBytes(b.text, payload), 0)
	return string(b.text)
}

// Load decodes what a token holds into v, as encoding/json does. The error is
// an [*Error] of the kind ErrBadSignature or ErrBadPayload.
func (s *Serializer) Load(token string, v any) error {
	value, err := s.open(token)
	if err != nil {
		return err
	}
	return s.payload.json(value, time.Time{}, v)
}

// LoadBytes returns the payload of a token as it is. The error is as Load's.
func (s *Serializer) LoadBytes(token string) ([]byte, error) {
	value, err := s.open(token)
	if err != nil {
		return nil, err
	}
	return s.payload.bytes(value, time.Time{})
}

// open returns what a token signs. The error is that of the signer that signs.
func (s *Serializer) open(token string) (string, error) {
	var first error
	for _, signer := range s.signers {
		value, err := signer.Unsign(token)
		if err == nil {
			return value, nil
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

// Dump returns a token that contains v and the time. If encoding/json cannot encode v, the error is
// encoding/json's.
func (s *TimedSerializer) Dump(v any) (string, error) {
	b := getScratch()
	defer b.free()
	var err error
	if b.text, err = s.payload.appendJSON(b.text, v); err != nil {
		return "", err
	}
	b.text = s.signTail(b.text)
	return string(b.text), nil
}

// DumpBytes returns a token that holds the time and payload as it is, JSON or
// not.
func (s *TimedSerializer) DumpBytes(payload []byte) string {
	b := getScratch()
	defer b.free()
	b.text = s.signTail(s.payload.appendBytes(b.text, payload))
	return string(b.text)
}

func (s *TimedSerializer) signTail(dst []byte) []byte {
	signer := s.signers[0]
	return signer.SignTail(dst, 0, signer.s.o.Clock())
}

// Load decodes what a token that is not older than maxAge holds into v, as encoding/json does, and
// returns when it was signed. [AnyAge] accepts a token of any age. The error is an [*Error] of the
// kind ErrBadSignature, ErrBadTimeSignature, ErrSignatureExpired or ErrBadPayload.
func (s *TimedSerializer) Load(token string, maxAge time.Duration, v any) (time.Time, error) {
	signed, err := s.open(token, maxAge)
	if err != nil {
		return time.Time{}, err
	}
	if err := s.payload.json(signed.Value, signed.SignedAt, v); err != nil {
		return time.Time{}, err
	}
	return signed.SignedAt, nil
}

// LoadBytes returns the payload of a token as it is, and when it was signed.
// The error is as Load's.
func (s *TimedSerializer) LoadBytes(token string, maxAge time.Duration) ([]byte, time.Time, error) {
	signed, err := s.open(token, maxAge)
	if err != nil {
		return nil, time.Time{}, err
	}
	payload, err := s.payload.bytes(signed.Value, signed.SignedAt)
	if err != nil {
		return nil, time.Time{}, err
	}
	return payload, signed.SignedAt, nil
}

// open returns what a token signs. The error is that of the signer that
// signs, unless another found the signature good and the token too old.
func (s *TimedSerializer) open(token string, maxAge time.Duration) (Signed, error) {
	var first error
	for _, signer := range s.signers {
		signed, err := signer.Unsign(token, maxAge)
		if err == nil {
			return signed, nil
		}
		if errors.Is(err, ErrBadTimeSignature) {
			return Signed{}, err // the signature holds: no other need be tried
		}
		if first == nil {
			first = err
		}
	}
	return Signed{}, first
}

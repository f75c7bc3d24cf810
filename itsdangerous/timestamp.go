package itsdangerous

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"
)

// maxTimestamp is the last second that Python's datetime knows, of the year
// 9999.
const maxTimestamp = 253402300799

// A TimestampSigner signs text and the time: value, separator, timestamp,
// separator, signature. It is safe for concurrent use by multiple goroutines.
type TimestampSigner struct{ s *Signer }

// Signed is what a token says, once its signature has been found good.
type Signed struct {
	Value    string    // a part of the token, not a copy
	SignedAt time.Time // in whole seconds, UTC
	Key      int       // 0 if the current secret signed it, n if accept[n-1] did
}

// NewTimestampSigner is [NewSigner] for tokens that carry the time.
func NewTimestampSigner(secret []byte, opts *Options, accept ...[]byte) (*TimestampSigner, error) {
	return newTimestampSigner(secret, accept, opts, DefaultSignerSalt)
}

func newTimestampSigner(secret []byte, accept [][]byte, opts *Options, salt string) (*TimestampSigner, error) {
	s, err := newSigner(secret, accept, opts, salt)
	if err != nil {
		return nil, err
	}
	return &TimestampSigner{s}, nil
}

// Sign returns value with the time and a signature, which is all that it
// allocates.
func (t *TimestampSigner) Sign(value string) string {
	b := getScratch()
	defer b.free()
	b.text = t.SignTail(append(b.text, value...), 0, t.s.o.Clock())
	return string(b.text)
}

// SignTail signs dst[start:], which is not copied, and appends separator,
// timestamp, separator and signature. It allocates nothing where dst has the
// room. A time before 1970 counts as 1970, one after the year 9999 as its end.
func (t *TimestampSigner) SignTail(dst []byte, start int, at time.Time) []byte {
	dst = append(dst, t.s.o.Separator...)
	dst = appendTimestamp(dst, at.Unix())
	return t.s.signTail(dst, start)
}

// Open verifies a token without judging its age. The error is
// ErrBadSignature or ErrBadTimeSignature itself, without the details of an
// [*Error]: it does not allocate, also if it refuses the token.
func (t *TimestampSigner) Open(token string) (Signed, error) {
	// All signatures have one length, and none has the separator in it, so
	// there is no need to look for that.
	end := len(token) - t.s.macs[0].length
	signed, ok := strings.CutSuffix(token[:max(end, 0)], t.s.o.Separator)
	if !ok {
		return Signed{}, ErrBadSignature
	}
	key := t.s.keyOf(signed, token[end:])
	if key < 0 {
		return Signed{}, ErrBadSignature
	}
	value, at, ok := splitTimestamp(signed, t.s.o.Separator)
	if !ok {
		return Signed{}, ErrBadTimeSignature
	}
	return Signed{value, at, key}, nil
}

// AnyAge, as a maximum age, turns the judgement of age off, as max_age=None
// does in Python: a token of any age is accepted, and also one dated in the future.
const AnyAge time.Duration = math.MaxInt64

// Unsign verifies a token and that it is not older than maxAge, in whole seconds: an age equal to
// it is valid, and one below zero is not, except within [Options.Skew]. The error is an [*Error] of
// the kind ErrBadSignature, ErrBadTimeSignature or ErrSignatureExpired.
func (t *TimestampSigner) Unsign(token string, maxAge time.Duration) (Signed, error) {
	signed, err := t.Open(token)
	if err != nil {
		return Signed{}, t.explain(token, err)
	}
	if reason := t.judgeAge(signed.SignedAt, maxAge); reason != "" {
		return Signed{}, &Error{Kind: ErrSignatureExpired, Reason: reason, Payload: signed.Value, SignedAt: signed.SignedAt}
	}
	return signed, nil
}

// explain returns the details of what Open refused.
func (t *TimestampSigner) explain(token string, kind error) error {
	e := &Error{Kind: kind, Reason: noKey}
	signed, _, ok := t.s.split(token)
	if !ok {
		e.Reason = noSeparator
		return e
	}
	if kind == ErrBadTimeSignature {
		e.Reason = "the timestamp is missing or malformed"
	}
	e.Payload = signed
	if i := strings.LastIndex(signed, t.s.o.Separator); i >= 0 {
		e.Payload = signed[:i]
	}
	_, e.SignedAt, _ = splitTimestamp(signed, t.s.o.Separator)
	return e
}

// judgeAge returns why a token of that time is refused, or nothing.
func (t *TimestampSigner) judgeAge(at time.Time, maxAge time.Duration) string {
	if maxAge == AnyAge {
		return ""
	}
	limit := int64(maxAge / time.Second)
	if maxAge < 0 && maxAge%time.Second != 0 {
		limit-- // a fraction below zero is below zero
	}
	age := t.s.o.Clock().Unix() - at.Unix()
	switch {
	case age > limit:
		return fmt.Sprintf("it is %d seconds old, and %d are allowed", age, limit)
	case age < -int64(t.s.o.Skew/time.Second):
		return fmt.Sprintf("it is dated %d seconds in the future; where clocks differ so much, set Options.Skew", -age)
	}
	return ""
}

// appendTimestamp appends Unix seconds as Python does: big-endian, without
// leading zero bytes, so that 0 is nothing at all.
func appendTimestamp(dst []byte, seconds int64) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(min(max(seconds, 0), maxTimestamp)))
	i := 0
	for i < len(b) && b[i] == 0 {
		i++
	}
	return encoding.AppendEncode(dst, b[i:])
}

// splitTimestamp splits what was signed into value and time. It refuses a
// timestamp in another spelling than Python's, such as one with a leading zero
// byte. The signature covers the timestamp, so only a holder of the secret could
// make one; Python never does.
func splitTimestamp(signed, separator string) (value string, at time.Time, ok bool) {
	i := lastIndex(signed, separator)
	if i < 0 {
		return "", time.Time{}, false
	}
	value, text := signed[:i], signed[i+len(separator):]
	if len(text) > 11 {
		return "", time.Time{}, false
	}
	var in, out [11]byte
	n, err := encoding.Decode(out[:], in[:copy(in[:], text)])
	// The decoder skips newlines: what it made is then too short for the text.
	if err != nil || n > 8 || encoding.EncodedLen(n) != len(text) || n > 0 && out[0] == 0 {
		return "", time.Time{}, false
	}
	var seconds uint64
	for _, b := range out[:n] {
		seconds = seconds<<8 | uint64(b)
	}
	if seconds > maxTimestamp {
		return "", time.Time{}, false
	}
	return value, time.Unix(int64(seconds), 0).UTC(), true
}

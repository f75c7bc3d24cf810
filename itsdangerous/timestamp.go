package itsdangerous

import (
	"encoding/binary"
	"strings"
	"time"
)

// maxTimestamp is the last second that Python's datetime knows, of the year
// 9999.
const maxTimestamp = 253402300799

// A TimestampSigner signs text and the time: value, separator, timestamp,
// separator, signature. It is used by many goroutines at once.
type TimestampSigner struct{ s *Signer }

// Signed is what a token says, once its signature has been found good.
type Signed struct {
	Value    string    // a part of the token, not a copy
	SignedAt time.Time // in whole seconds, UTC
	Key      int       // 0 if the current secret signed it, n if Accept[n-1] did
}

// NewTimestampSigner is [NewSigner] for tokens that carry the time.
func NewTimestampSigner(secret []byte, opts *Options) (*TimestampSigner, error) {
	return newTimestampSigner(secret, opts, DefaultSignerSalt)
}

func newTimestampSigner(secret []byte, opts *Options, salt string) (*TimestampSigner, error) {
	s, err := newSigner(secret, opts, salt)
	if err != nil {
		return nil, err
	}
	return &TimestampSigner{s}, nil
}

// Sign returns value with the time and a signature.
func (t *TimestampSigner) Sign(value string) string {
	token := make([]byte, 0, len(value)+2*len(t.s.o.Separator)+11+t.s.macs[0].length)
	return string(t.SignTail(append(token, value...), 0, t.s.o.Clock()))
}

// SignTail signs dst[start:], which is not copied, and appends separator,
// timestamp, separator and signature. A time before 1970 counts as 1970, one
// after 9999 as the end of 9999.
func (t *TimestampSigner) SignTail(dst []byte, start int, at time.Time) []byte {
	dst = append(dst, t.s.o.Separator...)
	dst = appendTimestamp(dst, at.Unix())
	return t.s.signTail(dst, start)
}

// Open verifies a token without judging its age. The error is an [*Error] of
// the kind ErrBadSignature or ErrBadTimeSignature.
func (t *TimestampSigner) Open(token string) (Signed, error) {
	signed, key, err := t.s.unsign(token)
	if err != nil {
		e := err.(*Error)
		if value, at, ok := splitTimestamp(e.Payload, t.s.o.Separator); ok {
			e.Payload, e.SignedAt = value, at
		}
		return Signed{}, e
	}
	value, at, ok := splitTimestamp(signed, t.s.o.Separator)
	if !ok {
		return Signed{}, &Error{Kind: ErrBadTimeSignature, Reason: "the timestamp is missing or malformed", Payload: signed}
	}
	return Signed{value, at, key}, nil
}

// Unsign verifies a token and that it is not older than maxAge, in whole
// seconds: an age equal to it is good. The error is an [*Error] of the kind
// ErrBadSignature, ErrBadTimeSignature or ErrSignatureExpired.
func (t *TimestampSigner) Unsign(token string, maxAge time.Duration) (Signed, error) {
	signed, err := t.Open(token)
	if err != nil {
		return Signed{}, err
	}
	if err := t.checkAge(signed, maxAge); err != nil {
		return Signed{}, err
	}
	return signed, nil
}

func (t *TimestampSigner) checkAge(signed Signed, maxAge time.Duration) error {
	age := t.s.o.Clock().Unix() - signed.SignedAt.Unix()
	reason := ""
	switch {
	case age > int64(maxAge/time.Second):
		reason = "it is older than allowed"
	case age < -int64(t.s.o.Skew/time.Second):
		reason = "it was signed in the future"
	default:
		return nil
	}
	return &Error{Kind: ErrSignatureExpired, Reason: reason, Payload: signed.Value, SignedAt: signed.SignedAt}
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

// splitTimestamp splits what was signed into value and time. A timestamp in
// another spelling than Python's is refused.
func splitTimestamp(signed, separator string) (value string, at time.Time, ok bool) {
	i := strings.LastIndex(signed, separator)
	if i < 0 {
		return "", time.Time{}, false
	}
	value, text := signed[:i], signed[i+len(separator):]
	if len(text) > 11 {
		return "", time.Time{}, false
	}
	var in, out [11]byte
	n, err := encoding.Decode(out[:], in[:copy(in[:], text)])
	if err != nil || n > 8 {
		return "", time.Time{}, false
	}
	var seconds uint64
	for _, b := range out[:n] {
		seconds = seconds<<8 | uint64(b)
	}
	if seconds > maxTimestamp || string(appendTimestamp(in[:0], int64(seconds))) != text {
		return "", time.Time{}, false
	}
	return value, time.Unix(int64(seconds), 0).UTC(), true
}

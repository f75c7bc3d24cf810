package itsdangerous

import (
	"crypto/fips140"
	"crypto/hmac"
	"encoding/base64"
	"fmt"
	"hash"
	"sync"
)

// encoding is base64 with exactly one spelling a value, except the newlines that the decoder skips:
// see appendBase64.
var encoding = base64.RawURLEncoding.Strict()

// A mac makes and checks signatures under one key. The key's HMAC state is computed once and then
// reset, never computed again.
type mac struct {
	length int // of a signature's text
	states sync.Pool
}

// macState is what one signature needs.
type macState struct {
	h     hash.Hash
	sum   []byte
	given []byte // what sum is compared with
	chunk [512]byte
}

// newMAC prepares a key and signs once with it, so that a digest that cannot
// be used is found here.
func newMAC(digest func() hash.Hash, key []byte) *mac {
	size := digest().Size()
	m := &mac{length: encoding.EncodedLen(size)}
	m.states.New = func() any {
		return &macState{h: hmac.New(digest, key), sum: make([]byte, 0, size), given: make([]byte, size)}
	}
	s := m.states.New().(*macState)
	s.sign()
	m.states.Put(s)
	return m
}

// newSecretMAC derives a secret's key and prepares it. The crypto packages
// panic for a digest that is not a hash, and under GODEBUG=fips140=only for SHA-1
// and short keys; here that becomes an error.
func newSecretMAC(o *Options, secret []byte) (m *mac, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			m, err = nil, fmt.Errorf("itsdangerous: Options.Digest cannot sign with this secret: %v", reason)
			if fips140.Enforced() {
				err = fmt.Errorf("%w; GODEBUG=fips140=only needs sha256.New or another approved digest, and secrets of 14 bytes or more", err)
			}
		}
	}()
	key, err := o.derive(secret)
	if err != nil {
		return nil, err
	}
	return newMAC(o.Digest, key), nil
}

// sign sets s.sum to the signature of what was written since the last time.
func (s *macState) sign() {
	s.sum = s.h.Sum(s.sum[:0])
	s.h.Reset()
}

// append appends the signature of message to dst, which may hold message.
func (m *mac) append(dst, message []byte) []byte {
	s := m.states.Get().(*macState)
	s.h.Write(message)
	s.sign()
	dst = encoding.AppendEncode(dst, s.sum)
	m.states.Put(s)
	return dst
}

// verify compares two signatures, of which the text has one spelling, in time that does not depend
// on the first difference.
func (m *mac) verify(message, signature string) bool {
	if len(signature) != m.length {
		return false
	}
	s := m.states.Get().(*macState)
	for len(message) > 0 { // in pieces, because a hash accepts no string
		n := copy(s.chunk[:], message)
		s.h.Write(s.chunk[:n])
		message = message[n:]
	}
	s.sign()
	n, err := encoding.Decode(s.given, append(s.chunk[:0], signature...)) // chunk is spent
	ok := err == nil && hmac.Equal(s.sum, s.given[:n])
	m.states.Put(s)
	return ok
}

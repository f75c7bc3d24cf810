package itsdangerous

import (
	"crypto/hmac"
	"crypto/subtle"
	"encoding/base64"
	"hash"
	"sync"
)

// encoding is base64 with exactly one spelling a value, but for the newlines
// that the decoder skips: see decodedLen.
var encoding = base64.RawURLEncoding.Strict()

// A mac makes and checks signatures under one key. The key's HMAC state is
// computed once and then reset, never computed anew.
type mac struct {
	length int // of a signature's text
	states sync.Pool
}

// macState is what one signature needs.
type macState struct {
	h     hash.Hash
	sum   []byte
	text  []byte
	chunk [512]byte
}

func newMAC(digest func() hash.Hash, key []byte) *mac {
	size := digest().Size()
	m := &mac{length: encoding.EncodedLen(size)}
	m.states.New = func() any {
		return &macState{h: hmac.New(digest, key), sum: make([]byte, 0, size), text: make([]byte, m.length)}
	}
	return m
}

// sign sets s.text to the signature of what was written since the last reset.
func (s *macState) sign() {
	s.sum = s.h.Sum(s.sum[:0])
	encoding.Encode(s.text, s.sum)
	s.h.Reset()
}

// append appends the signature of message to dst, which may hold message.
func (m *mac) append(dst, message []byte) []byte {
	s := m.states.Get().(*macState)
	s.h.Write(message)
	s.sign()
	dst = append(dst, s.text...)
	m.states.Put(s)
	return dst
}

// verify compares the texts of the signatures, so that no other spelling of
// the same bytes is taken, in time that does not depend on where they differ.
func (m *mac) verify(message, signature string) bool {
	if len(signature) != m.length {
		return false
	}
	s := m.states.Get().(*macState)
	for len(message) > 0 {
		n := copy(s.chunk[:], message)
		s.h.Write(s.chunk[:n])
		message = message[n:]
	}
	s.sign()
	given := append(s.sum[:0], signature...) // the sum is spent: its space is free
	ok := subtle.ConstantTimeCompare(s.text, given) == 1
	s.sum = given
	m.states.Put(s)
	return ok
}

package itsdangerous

import (
	"strings"
	"sync"
)

// A Signer signs text: value, separator, signature. It is safe for concurrent use by multiple
// goroutines.
type Signer struct {
	macs []*mac // of the current secret, then of the accepted ones
	o    Options
}

// NewSigner returns a Signer that signs with secret. If opts is nil, Python's defaults apply; the
// struct is copied. The error says which option cannot work, or that a secret is empty.
//
// accept are older secrets, newest first. A token signed with an older secret is accepted; no token
// is signed with it. (In Python they precede the current one in the list of secret keys, oldest
// first.)
func NewSigner(secret []byte, opts *Options, accept ...[]byte) (*Signer, error) {
	return newSigner(secret, accept, opts, DefaultSignerSalt)
}

func newSigner(secret []byte, accept [][]byte, opts *Options, salt string) (*Signer, error) {
	o, err := opts.withDefaults(salt)
	if err != nil {
		return nil, err
	}
	macs, err := o.macs(secret, accept)
	if err != nil {
		return nil, err
	}
	return &Signer{macs, o}, nil
}

// Sign returns value with its signature, which is all that it allocates.
func (s *Signer) Sign(value string) string {
	b := getScratch()
	defer b.free()
	b.text = s.signTail(append(b.text, value...), 0)
	return string(b.text)
}

// signTail appends the signature of dst[start:].
func (s *Signer) signTail(dst []byte, start int) []byte {
	end := len(dst)
	dst = append(dst, s.o.Separator...)
	return s.macs[0].append(dst, dst[start:end])
}

// Unsign returns the value of a token. The error is an [*Error] of the kind
// ErrBadSignature.
func (s *Signer) Unsign(token string) (string, error) {
	value, signature, ok := s.split(token)
	if !ok {
		return "", &Error{Kind: ErrBadSignature, Reason: noSeparator}
	}
	if s.keyOf(value, signature) < 0 {
		return "", &Error{Kind: ErrBadSignature, Reason: noKey, Payload: value}
	}
	return value, nil
}

const (
	noSeparator = "the separator is missing"
	noKey       = "the signature does not match"
)

// split splits a token from the right, since a value may hold the separator.
func (s *Signer) split(token string) (value, signature string, ok bool) {
	i := lastIndex(token, s.o.Separator)
	if i < 0 {
		return "", "", false
	}
	return token[:i], token[i+len(s.o.Separator):], true
}

// lastIndex is strings.LastIndex, which is slow for one byte.
func lastIndex(s, separator string) int {
	if len(separator) == 1 {
		return strings.LastIndexByte(s, separator[0])
	}
	return strings.LastIndex(s, separator)
}

// keyOf returns which key made the signature: 0 is the current secret's, n
// that of accept[n-1], and -1 is none.
func (s *Signer) keyOf(value, signature string) int {
	for key, m := range s.macs {
		if m.verify(value, signature) {
			return key
		}
	}
	return -1
}

// A scratch is space to build a token in, before it becomes a string.
type scratch struct{ text []byte }

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// maxKept is how many bytes of space a pool keeps for the next use, so that
// one large token does not hold its memory for good.
const maxKept = 64 << 10

func getScratch() *scratch { return scratches.Get().(*scratch) }

func (b *scratch) free() {
	if cap(b.text) > maxKept {
		b.text = nil
	}
	b.text = b.text[:0]
	scratches.Put(b)
}

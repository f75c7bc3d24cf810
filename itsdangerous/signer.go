package itsdangerous

import "strings"

// A Signer signs text: value, separator, signature. It is used by many
// goroutines at once.
type Signer struct {
	macs []*mac
	o    Options
}

// NewSigner returns a Signer that signs with secret. Nil options are Python's
// defaults; the struct is copied. The error says which option cannot work, or
// that a secret is empty.
func NewSigner(secret []byte, opts *Options) (*Signer, error) {
	return newSigner(secret, opts, DefaultSignerSalt)
}

func newSigner(secret []byte, opts *Options, salt string) (*Signer, error) {
	o, err := opts.withDefaults(salt)
	if err != nil {
		return nil, err
	}
	macs, err := o.macs(secret)
	if err != nil {
		return nil, err
	}
	return &Signer{macs, o}, nil
}

// Sign returns value with its signature.
func (s *Signer) Sign(value string) string {
	token := make([]byte, 0, len(value)+len(s.o.Separator)+s.macs[0].length)
	return string(s.signTail(append(token, value...), 0))
}

// signTail appends the signature of dst[start:].
func (s *Signer) signTail(dst []byte, start int) []byte {
	end := len(dst)
	dst = append(dst, s.o.Separator...)
	return s.macs[0].append(dst, dst[start:end])
}

// Unsign returns the value of a token, or an [*Error] of the kind
// ErrBadSignature.
func (s *Signer) Unsign(token string) (string, error) {
	value, _, err := s.unsign(token)
	return value, err
}

// unsign also returns which key made the signature: 0 is the current one.
func (s *Signer) unsign(token string) (value string, key int, err error) {
	i := strings.LastIndex(token, s.o.Separator)
	if i < 0 {
		return "", 0, &Error{Kind: ErrBadSignature, Reason: "the separator is missing", Payload: token}
	}
	value, signature := token[:i], token[i+len(s.o.Separator):]
	for key, m := range s.macs {
		if m.verify(value, signature) {
			return value, key, nil
		}
	}
	return "", 0, &Error{Kind: ErrBadSignature, Reason: "the signature does not match", Payload: value}
}

package session

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
)

const (
	// signedSalt and the cookie's name are what the keys of signed sessions
	// are derived with, so that a token of one cookie is refused in another.
	signedSalt = "wafer.session:"

	// compressFrom is the size in bytes from which a payload is compressed if
	// that makes it shorter. Below it the time, twenty times that of all else,
	// is not worth the bytes: some 2,900 fit into a cookie as they are.
	compressFrom = 2 << 10

	// maxPayload bounds in bytes what a compressed payload may grow to.
	maxPayload = 1 << 20
)

// Signed keeps the session in its cookie, signed: the visitor can read it and
// cannot change it. New cookies are signed with current. Those signed with one
// of accept are read too, and are signed with current at their next write.
//
// The token has the layout of Python's itsdangerous,
// payload.timestamp.signature, with HMAC-SHA-256 and the salt "wafer.session:"
// followed by the cookie's name, and by ":" and [Options.Purpose] if there is
// one, so Python reads it with
//
//	URLSafeTimedSerializer(key, salt="wafer.session:__Host-session", signer_kwargs={
//	    "key_derivation": "hmac", "digest_method": hashlib.sha256})
//
// [New] fails if a key is the zero Key, or is given twice.
func Signed(current secret.Key, accept ...secret.Key) Backend {
	return &signedBackend{current, accept}
}

type signedBackend struct {
	current secret.Key
	accept  []secret.Key
}

var _ Backend = (*signedBackend)(nil)

// Open derives the keys for the cookie's name.
func (b *signedBackend) Open(binding Binding) (Keeper, error) {
	accept := make([][]byte, len(b.accept))
	names := make([]string, len(b.accept)+1)
	for i, key := range b.accept {
		if key.IsZero() {
			return nil, fmt.Errorf("session: Signed: the accepted key %d is the zero Key; make one with secret.New or secret.FromEnv", i+1)
		}
		if key.Equal(b.current) || slices.ContainsFunc(b.accept[:i], key.Equal) {
			return nil, fmt.Errorf("session: Signed: the accepted key %d, with the id %s, is given twice", i+1, key.ID())
		}
		accept[i] = key.Bytes()
		names[i+1] = "key " + key.ID()
	}
	names[0] = "key " + b.current.ID()
	if b.current.IsZero() {
		return nil, errors.New("session: Signed: the current key is the zero Key; make one with secret.New or secret.FromEnv")
	}
	signer, err := itsdangerous.NewTimestampSigner(b.current.Bytes(), &itsdangerous.Options{
		Salt:       signedSalt + binding.scope(),
		Digest:     sha256.New,
		Derivation: itsdangerous.HMAC,
		Accept:     accept,
	})
	if err != nil {
		return nil, fmt.Errorf("session: Signed: %w", err)
	}
	return &signedKeeper{signer, names}, nil
}

type signedKeeper struct {
	signer *itsdangerous.TimestampSigner
	names  []string // of the keys, in the signer's order
}

var _ Keeper = (*signedKeeper)(nil)

func (*signedKeeper) Format() Format { return plainJSON{} }

func (*signedKeeper) FirstCookie() bool { return false }

func (k *signedKeeper) Load(_ context.Context, value string) (Loaded, error) {
	token, err := k.signer.Open(value)
	switch {
	case errors.Is(err, itsdangerous.ErrBadTimeSignature):
		return Loaded{}, ErrMalformed
	case err != nil:
		return Loaded{}, ErrBadSignature
	}
	buf := getBuffer()
	defer buf.free()
	if buf.b, err = itsdangerous.AppendDecodedURLSafe(buf.b, token.Value, maxPayload); err != nil {
		return Loaded{}, fmt.Errorf("%w: %w", ErrBadPayload, err)
	}
	return Loaded{Payload: string(buf.b), WrittenAt: token.SignedAt, Accepted: token.Key > 0, By: k.names[token.Key]}, nil
}

func (k *signedKeeper) Save(_ context.Context, dst []byte, c Change) ([]byte, Record, error) {
	if len(c.Payload) > maxPayload {
		return dst, nil, payloadTooLarge(len(c.Payload), maxPayload) // Load would refuse it
	}
	start := len(dst)
	dst = itsdangerous.AppendURLSafe(dst, c.Payload, compressFrom)
	return k.signer.SignTail(dst, start, c.At), nil, nil
}

func (*signedKeeper) Drop(context.Context, Loaded) error { return nil }

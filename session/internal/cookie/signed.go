// Package cookie keeps a session in its cookie: signed, or encrypted.
package cookie

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
)

const (
	// signedSalt, the cookie's name and the purpose derive the keys of signed sessions, so that a
	// token of one cookie is refused in another.
	signedSalt = "wafer.session:"

	// compressFrom is the size in bytes from which a payload is compressed if that makes it
	// shorter. Below it the time, twenty times that of all else, is not worth the bytes: some 2,900
	// fit into a cookie as they are.
	compressFrom = 2 << 10
)

// Signed is the backend of session.Signed.
func Signed(current secret.Key, accept ...secret.Key) driver.Backend {
	return &signedBackend{keys{"Signed", current, accept}}
}

type signedBackend struct{ keys }

// Open derives the keys for the cookie's name.
func (b *signedBackend) Open(c driver.Config) (driver.Driver, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	accept := make([][]byte, len(b.accept))
	for i, key := range b.accept {
		accept[i] = key.Bytes()
	}
	signer, err := itsdangerous.NewTimestampSigner(b.current.Bytes(), &itsdangerous.Options{
		Salt:       signedSalt + c.Scope(),
		Digest:     sha256.New,
		Derivation: itsdangerous.HMAC,
	}, accept...)
	if err != nil {
		return nil, fmt.Errorf("session: Signed: %w", err)
	}
	return &signed{signer, b.names(), c.MaxPayload()}, nil
}

type signed struct {
	signer     *itsdangerous.TimestampSigner
	names      []string // of the keys, in the signer's order
	maxPayload int      // bytes
}

var _ driver.Driver = (*signed)(nil)

func (*signed) Info() driver.Info { return driver.Info{Name: "signed", Codec: driver.JSON} }

func (d *signed) Load(_ context.Context, value string) (driver.Snapshot, error) {
	token, err := d.signer.Open(value)
	switch {
	case errors.Is(err, itsdangerous.ErrBadTimeSignature):
		return driver.Snapshot{}, driver.ErrMalformed
	case err != nil:
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	found := driver.Snapshot{SavedAt: token.SignedAt, Accepted: token.Key > 0, By: d.names[token.Key]}
	buf := buffer.Get()
	defer buf.Free()
	if buf.B, err = itsdangerous.AppendDecodedURLSafe(buf.B, token.Value, d.maxPayload); err != nil {
		return found, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	found.Payload = string(buf.B)
	return found, nil
}

func (d *signed) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	if len(w.Payload) > d.maxPayload {
		// However small compression makes its cookie, Load would refuse it.
		return dst, nil, fmt.Errorf("%w: its values have %d bytes, and a signed cookie is read up to %d",
			driver.ErrTooLarge, len(w.Payload), d.maxPayload)
	}
	start := len(dst)
	dst = itsdangerous.AppendURLSafe(dst, w.Payload, compressFrom)
	return d.signer.SignTail(dst, start, w.At), nil, nil
}

func (*signed) Delete(context.Context, driver.Snapshot) error { return nil }

// keys are the secret keys of a backend. They print as nothing of themselves, because a secret.Key
// does.
type keys struct {
	backend string
	current secret.Key
	accept  []secret.Key
}

// check returns an error if a key is missing or is there twice.
func (k *keys) check() error {
	const remedy = "make one with secret.New or secret.FromEnv"
	if k.current.IsZero() {
		return fmt.Errorf("session: %s: the current key is the zero Key; %s", k.backend, remedy)
	}
	for i, key := range k.accept {
		if key.IsZero() {
			return fmt.Errorf("session: %s: the accepted key %d is the zero Key; %s", k.backend, i+1, remedy)
		}
		if key.Equal(k.current) || slices.ContainsFunc(k.accept[:i], key.Equal) {
			return fmt.Errorf("session: %s: the accepted key %d, with the ID %s, is given twice",
				k.backend, i+1, key.ID())
		}
	}
	return nil
}

// names returns what logs call the keys.
func (k *keys) names() []string {
	names := []string{"key " + k.current.ID()}
	for _, key := range k.accept {
		names = append(names, "key "+key.ID())
	}
	return names
}

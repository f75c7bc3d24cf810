package session

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/seal"
	"github.com/wafer-go/wafer/secret"
)

// sealedPurpose tells sealed sessions from all else that a key may seal.
const sealedPurpose = "wafer session"

// Sealed keeps the session in its cookie, encrypted: the visitor can neither
// read nor change it. New cookies are sealed with current. Those sealed with
// one of accept are read too, and are sealed with current at their next write.
//
// A token is bound to the cookie's name and [Options.Purpose], and carries the time at which it
// expires: [Options.Lifetime] after it was written. It is longer than a signed
// one by some 110 bytes and a third of the payload, which is padded to a
// multiple of 32 bytes and never compressed, since both its length and its
// compressed length would tell of its contents. The package seal says what it
// consists of. Nothing weaker than the standard library's FIPS 140-3 module is
// used, so it works under GODEBUG=fips140=only.
//
// As with [Signed], a copy of a cookie works for as long as it is used, up to
// [Options.AbsoluteTimeout] if there is one.
//
// [New] fails if a key is the zero Key, or is given twice.
func Sealed(current secret.Key, accept ...secret.Key) Backend {
	return &sealedBackend{current, accept}
}

type sealedBackend struct {
	current secret.Key
	accept  []secret.Key
}

var _ Backend = (*sealedBackend)(nil)

// Open prepares the keys for the cookie's name.
func (b *sealedBackend) Open(binding Binding) (Keeper, error) {
	o := seal.Options{Purpose: sealedPurpose, Name: binding.scope(), Pad: true}
	names := []string{"key " + b.current.ID()}
	for i, key := range b.accept {
		if key.IsZero() {
			return nil, fmt.Errorf("session: Sealed: the accepted key %d is the zero Key; make one with secret.New or secret.FromEnv", i+1)
		}
		o.Accept = append(o.Accept, sealKey(key))
		names = append(names, "key "+key.ID())
	}
	if b.current.IsZero() {
		return nil, errors.New("session: Sealed: the current key is the zero Key; make one with secret.New or secret.FromEnv")
	}
	sealer, err := seal.New(sealKey(b.current), o)
	if err != nil {
		return nil, fmt.Errorf("session: Sealed: %w", err)
	}
	return &sealedKeeper{sealer, names, binding.Lifetime}, nil
}

// sealKey gives a key the id that it has in tokens: the bytes of its public
// one.
func sealKey(key secret.Key) seal.Key {
	k := seal.Key{Material: key.Bytes()}
	if n, err := hex.Decode(k.ID[:], []byte(key.ID())); err != nil || n != len(k.ID) {
		panic("session: a key's id is not eight hex digits") // secret.Key.ID promises that
	}
	return k
}

type sealedKeeper struct {
	sealer   *seal.Sealer
	names    []string // of the keys, in the sealer's order
	lifetime time.Duration
}

var _ Keeper = (*sealedKeeper)(nil)

func (*sealedKeeper) Format() Format { return plainJSON{} }

func (*sealedKeeper) FirstCookie() bool { return false }

func (k *sealedKeeper) Load(_ context.Context, value string) (Loaded, error) {
	token, err := k.sealer.Open(value)
	if err != nil {
		return Loaded{}, ErrBadSignature
	}
	return Loaded{Payload: string(token.Payload), WrittenAt: token.Issued, ExpiresAt: token.Expires, Accepted: token.Key > 0, By: k.names[token.Key]}, nil
}

func (k *sealedKeeper) Save(_ context.Context, dst []byte, c Change) ([]byte, Record, error) {
	dst, err := k.sealer.Append(dst, c.Payload, c.At, c.At.Add(k.lifetime))
	return dst, nil, err
}

func (*sealedKeeper) Drop(context.Context, Loaded) error { return nil }

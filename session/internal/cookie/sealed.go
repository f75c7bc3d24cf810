package cookie

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/wafer-go/wafer/seal"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
)

// sealedPurpose separates sealed sessions from all else that a key may encrypt.
const sealedPurpose = "wafer session"

// Sealed is the backend of session.Sealed.
func Sealed(current secret.Key, accept ...secret.Key) driver.Backend {
	return &sealedBackend{keys{"Sealed", current, accept}}
}

type sealedBackend struct{ keys }

// Open prepares the keys for the cookie's name.
func (b *sealedBackend) Open(c driver.Config) (driver.Driver, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	o := seal.Options{Purpose: sealedPurpose, Name: c.Scope(), Pad: true}
	for _, key := range b.accept {
		o.Accept = append(o.Accept, sealKey(key))
	}
	sealer, err := seal.New(sealKey(b.current), o)
	if err != nil {
		return nil, fmt.Errorf("session: Sealed: %w", err)
	}
	return &sealed{sealer, b.names()}, nil
}

// sealKey gives a key the ID that it has in tokens: the bytes of its public one.
func sealKey(key secret.Key) seal.Key {
	var id [4]byte
	if n, err := hex.Decode(id[:], []byte(key.ID())); err != nil || n != len(id) {
		panic("session: a key's ID is not eight hex digits") // secret.Key.ID promises that
	}
	return seal.NewKey(id, key.Bytes())
}

type sealed struct {
	sealer *seal.Sealer
	names  []string // of the keys, in the sealer's order
}

var _ driver.Driver = (*sealed)(nil)

func (*sealed) Info() driver.Info { return driver.Info{Name: "sealed", Codec: driver.JSON} }

func (d *sealed) Load(_ context.Context, value string) (driver.Snapshot, error) {
	token, err := d.sealer.Open(value)
	if err != nil {
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	return driver.Snapshot{
		Payload: string(token.Payload), SavedAt: token.Issued, ExpiresAt: token.Expires,
		Accepted: token.Key > 0, By: d.names[token.Key],
	}, nil
}

func (d *sealed) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	dst, err := d.sealer.Append(dst, w.Payload, w.At, w.Expires)
	return dst, nil, err
}

func (*sealed) Delete(context.Context, driver.Snapshot) error { return nil }

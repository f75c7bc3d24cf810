package scs

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// records is the driver of one manager.
type records struct {
	store   Store
	o       Options
	timeout time.Duration
}

var (
	_ driver.Driver  = (*records)(nil)
	_ driver.Retirer = (*records)(nil)
)

// Info has the codec of Wafer's own backends. Unlike in scs, the first of several cookies does not
// count: a sibling subdomain could have planted it.
func (d *records) Info() driver.Info {
	return driver.Info{Name: "scs", Codec: driver.JSON, Store: d.store}
}

// Load reads the record that a token names.
func (d *records) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if !isToken(value) {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	if err := driver.Spend(ctx); err != nil {
		return driver.Snapshot{}, err
	}
	return d.load(ctx, value)
}

func (d *records) load(ctx context.Context, token string) (driver.Snapshot, error) {
	raw, found, err := d.find(ctx, d.keyOf(token))
	switch {
	case err != nil:
		return driver.Snapshot{}, storeError(err)
	case !found:
		return driver.Snapshot{}, driver.ErrUnknown
	}
	s, err := d.read(raw)
	if err == nil {
		s.Record = &record{d, token, s.Payload, s.ExpiresAt}
	}
	return s, err
}

var errReadOnly = fmt.Errorf("scs: its sessions are only read; give session.New a session.Migrate(session.Stored(st), scs.Records(...)), which writes them as Wafer's (%w)", errors.ErrUnsupported)

// Save fails with an error that wraps [errors.ErrUnsupported].
func (*records) Save(_ context.Context, dst []byte, _ driver.Write) ([]byte, driver.Record, error) {
	return dst, nil, errReadOnly
}

// Delete deletes the record.
func (d *records) Delete(ctx context.Context, from driver.Snapshot) error {
	r, ok := from.Record.(*record)
	if !ok {
		return nil
	}
	if st, ok := d.store.(contextStore); ok {
		ctx, cancel := d.bound(ctx)
		defer cancel()
		return storeError(st.DeleteCtx(ctx, d.keyOf(r.token)))
	}
	return storeError(d.store.Delete(d.keyOf(r.token)))
}

func storeError(err error) error {
	if err != nil {
		return fmt.Errorf("scs: its store: %w", err)
	}
	return nil
}

// keyOf returns what the store knows a token by.
func (d *records) keyOf(token string) string {
	if !d.o.HashTokenInStore {
		return token
	}
	sum := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// tokenLength is that of 32 bytes in base64.
const tokenLength = 43

func isToken(value string) bool {
	if len(value) != tokenLength {
		return false
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(value)
	return err == nil && len(b) == 32 // not so if it has line ends
}

func (d *records) find(ctx context.Context, token string) ([]byte, bool, error) {
	if st, ok := d.store.(contextStore); ok {
		ctx, cancel := d.bound(ctx)
		defer cancel()
		return st.FindCtx(ctx, token)
	}
	return d.store.Find(token)
}

// bound lets a call end in its own time rather than with the request's.
func (d *records) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if d.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.timeout)
}

// record is one of the store's, as it was loaded.
type record struct {
	d        *records
	token    string
	payload  string
	deadline time.Time
}

var _ driver.Record = (*record)(nil)

// ID is the token's hash, in another spelling than a store's.
func (r *record) ID() string {
	sum := sha256.Sum256([]byte(r.token))
	return hex.EncodeToString(sum[:])
}

// Reload reads the record again.
func (r *record) Reload(ctx context.Context) (driver.Snapshot, error) { return r.d.Load(ctx, r.token) }

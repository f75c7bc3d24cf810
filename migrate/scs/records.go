package scs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

const (
	// DefaultMaxSize is the limit in bytes on a record.
	DefaultMaxSize = 1 << 20

	// rememberKey is where scs keeps what RememberMe was told.
	rememberKey = "__rememberMe"
)

// Store is what is needed of scs's stores; each of them has it. If it has
// FindCtx and DeleteCtx too, these are called, with the request's context.
type Store interface {
	// Find returns a token's record, and false if there is none or it has
	// expired.
	Find(token string) (record []byte, found bool, err error)

	// Delete deletes a token's record, if there is one.
	Delete(token string) error
}

// contextStore is a Store whose calls can be given up.
type contextStore interface {
	FindCtx(ctx context.Context, token string) ([]byte, bool, error)
	DeleteCtx(ctx context.Context, token string) error
}

// keepingStore and keepingContextStore are what scs's own stores have too. With it
// a record can be left for a while.
type keepingStore interface {
	Commit(token string, record []byte, expiry time.Time) error
}

type keepingContextStore interface {
	CommitCtx(ctx context.Context, token string, record []byte, expiry time.Time) error
}

// Options describe a program that differs from scs's defaults, which are the
// zero value of each field.
type Options struct {
	// HashTokenInStore is the SessionManager's.
	HashTokenInStore bool

	// NotPersisted says that the SessionManager's Cookie.Persist was false, so
	// that only the sessions of RememberMe(true) outlived the browser's closing.
	NotPersisted bool

	// Lifetime is the SessionManager's, 24 hours unless the program changed it.
	// It is needed only where session.Options.AbsoluteTimeout is set: a
	// session's beginning is its deadline less this. Zero means that the timeout
	// counts from the move.
	Lifetime time.Duration

	// MaxSize is how many bytes a record may have. Zero means DefaultMaxSize.
	MaxSize int

	// Decode reads a record: the Decode method of the SessionManager's Codec, if
	// the program gave it one. Nil means encoding/gob.
	Decode func(record []byte) (deadline time.Time, values map[string]any, err error)

	// Encode writes a record: the Encode method of the same Codec. It is called for a session that
	// has moved, whose record stays for a minute. If there is Decode and no Encode, the record is
	// deleted at once.
	Encode func(deadline time.Time, values map[string]any) (record []byte, err error)

	// Convert is asked of each value and returns the key and the value to keep,
	// or false to drop it. It may be called by several goroutines at once. Nil
	// keeps all values under their own keys.
	Convert func(key string, value any) (newKey string, newValue any, keep bool)
}

// Records reads the sessions that scs keeps in a store. It is one of the old
// backends of session.Migrate; a session saved through it alone is an error.
//
// session.New fails if there is no store. A store that cannot be reached fails the request, because
// it must not look like a new visitor.
func Records(store Store, opts *Options) driver.Backend {
	b := &backend{store: store}
	if opts != nil {
		b.o = *opts
	}
	return b
}

type backend struct {
	store Store
	o     Options
}

var _ driver.Backend = (*backend)(nil)

// Open checks the options.
func (b *backend) Open(c driver.Config) (driver.Driver, error) {
	if b.store == nil {
		return nil, errors.New("scs: Records needs the store that the SessionManager had")
	}
	o := b.o
	if o.MaxSize < 0 || o.Lifetime < 0 {
		return nil, fmt.Errorf("scs: Options.MaxSize is %d bytes and Lifetime %v; neither may be negative", o.MaxSize, o.Lifetime)
	}
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	if o.Decode == nil {
		o.Decode, o.Encode = decodeGob, encodeGob
	}
	return &records{store: b.store, o: o, timeout: c.Timeout}, nil
}

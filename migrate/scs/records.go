package scs

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/migrate/internal/gobvalues"
	"github.com/wafer-go/wafer/session"
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

// keepingStore and keepingContextStore are what scs's own stores have too. With
// it a record can be left for a while.
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
	// It is needed only where [session.Options.AbsoluteTimeout] is set: a
	// session's beginning is its deadline less this. Zero means that the timeout
	// counts from the move.
	Lifetime time.Duration

	// MaxSize is how many bytes a record may have. Zero means DefaultMaxSize.
	MaxSize int

	// Decode reads a record: the Decode method of the SessionManager's Codec, if
	// the program gave it one. Nil means encoding/gob.
	Decode func(record []byte) (deadline time.Time, values map[string]any, err error)

	// Convert is asked of each value and returns the key and the value to keep,
	// or false to drop it. It may be called by several goroutines at once. Nil
	// keeps all values under their own keys.
	Convert func(key string, value any) (newKey string, newValue any, keep bool)
}

// Records reads the sessions that scs keeps in a store. It is one of the old
// backends of [session.Migrate]; a session saved through it alone is an error.
//
// [session.New] fails if there is no store. A store that cannot be asked fails
// the request, for it must not look like a visitor who was never there.
func Records(store Store, opts *Options) session.Backend {
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

var _ session.Backend = (*backend)(nil)

// Open checks the options.
func (b *backend) Open(binding session.Binding) (session.Keeper, error) {
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
		o.Decode = decodeGob
	}
	format, err := gobvalues.Format()
	if err != nil {
		return nil, err
	}
	return &keeper{store: b.store, o: o, format: format, timeout: binding.Timeout}, nil
}

type keeper struct {
	store   Store
	o       Options
	format  session.Format
	timeout time.Duration // of each call
}

var (
	_ session.Keeper = (*keeper)(nil)
	_ session.Fader  = (*keeper)(nil)
)

// Format is that of Wafer's own backends.
func (k *keeper) Format() session.Format { return k.format }

// FirstCookie is false, unlike scs's: a cookie that a neighbour planted is not
// trusted.
func (*keeper) FirstCookie() bool { return false }

// Load reads the record that a token names.
func (k *keeper) Load(ctx context.Context, value string) (session.Loaded, error) {
	if !isToken(value) {
		return session.Loaded{}, session.ErrMalformed
	}
	raw, found, err := k.find(ctx, k.keyOf(value))
	switch {
	case err != nil:
		return session.Loaded{}, fmt.Errorf("scs: its store: %w", err)
	case !found:
		return session.Loaded{}, session.ErrUnknown
	}
	loaded, err := k.read(raw)
	if err == nil {
		loaded.Record = &record{k, value}
	}
	return loaded, err
}

// keyOf returns what the store knows a token by.
func (k *keeper) keyOf(token string) string {
	if !k.o.HashTokenInStore {
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
	return err == nil && len(b) == 32 // not so where it has line ends
}

func (k *keeper) find(ctx context.Context, token string) ([]byte, bool, error) {
	if st, ok := k.store.(contextStore); ok {
		ctx, cancel := k.bound(ctx)
		defer cancel()
		return st.FindCtx(ctx, token)
	}
	return k.store.Find(token)
}

// bound lets a call end in its own time rather than with the request's.
func (k *keeper) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if k.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, k.timeout)
}

var errReadOnly = errors.New("scs: its sessions are only read; give session.New a session.Migrate(session.Stored(st), scs.Records(...)), which writes them as Wafer's")

// Save fails.
func (*keeper) Save(_ context.Context, dst []byte, _ session.Change) ([]byte, session.Record, error) {
	return dst, nil, errReadOnly
}

// Drop deletes the record.
func (k *keeper) Drop(ctx context.Context, from session.Loaded) error {
	r, ok := from.Record.(*record)
	if !ok {
		return nil
	}
	var err error
	if st, ok := k.store.(contextStore); ok {
		ctx, cancel := k.bound(ctx)
		defer cancel()
		err = st.DeleteCtx(ctx, k.keyOf(r.token))
	} else {
		err = k.store.Delete(k.keyOf(r.token))
	}
	if err != nil {
		return fmt.Errorf("scs: its store: %w", err)
	}
	return nil
}

// Fade leaves the record as it is until a time that is near, for the requests
// that have its token still. A store that cannot, drops it.
func (k *keeper) Fade(ctx context.Context, from session.Loaded, at time.Time) error {
	r, ok := from.Record.(*record)
	if !ok {
		return nil
	}
	if end := from.ExpiresAt; !end.IsZero() && end.Before(at) {
		return nil
	}
	token := k.keyOf(r.token)
	withContext, ok := k.store.(keepingContextStore)
	plain, okPlain := k.store.(keepingStore)
	if !ok && !okPlain {
		return k.Drop(ctx, from)
	}
	raw, found, err := k.find(ctx, token)
	switch {
	case err != nil, !found:
	case ok:
		bound, cancel := k.bound(ctx)
		defer cancel()
		err = withContext.CommitCtx(bound, token, raw, at)
	default:
		err = plain.Commit(token, raw, at)
	}
	if err != nil {
		return fmt.Errorf("scs: its store: %w", err)
	}
	return nil
}

// record is one of the store's.
type record struct {
	k     *keeper
	token string
}

var _ session.Record = (*record)(nil)

// ID is the token's hash, in another spelling than a store's.
func (r *record) ID() string {
	sum := sha256.Sum256([]byte(r.token))
	return hex.EncodeToString(sum[:])
}

// Reload reads the record again.
func (r *record) Reload(ctx context.Context) (session.Loaded, error) { return r.k.Load(ctx, r.token) }

package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	// idSize is the size of an id in bytes: 256 bits, twice what OWASP ASVS
	// 7.2.3 asks for.
	idSize = 32

	// idLength is the length of an id in the cookie: its size in base64.
	idLength = 43

	// emptyLifetime is how long the record of a session outlives its last
	// value, so that a request which adds one meanwhile still finds it.
	emptyLifetime = 10 * time.Minute

	// graceLifetime is how long a record stays that has moved elsewhere: for
	// requests which the visitor sent before they had the answer.
	graceLifetime = time.Minute
)

// Stored keeps sessions in a store, and in the cookie only an id of 256 random
// bits. The store never sees the id itself but its SHA-256, together with the
// cookie's name and [Options.Purpose]: who reads the store, or copies it, has
// no cookie to show for it.
//
// Two requests that change one session at once lose nothing: where the record
// has changed since it was loaded, it is loaded again, and what this request
// did is done again to that. A session that was destroyed or renewed meanwhile
// does not come back; see [ErrEnded]. An id that the store does not know is
// never adopted. A store that cannot be asked fails the request with
// [ErrUnavailable], since it must not look like an empty session.
//
// Nothing is stored for a session without values. One that has lost its last
// value, otherwise than by Clear or Destroy, keeps its cookie, and its record
// for ten minutes.
//
// Managers with different cookies or purposes may share a store, but if they
// use [Session.SetOwner] they share the owners too.
func Stored(st store.Store) Backend { return &storedBackend{st} }

type storedBackend struct{ store store.Store }

var _ Backend = (*storedBackend)(nil)

// Open fails if there is no store.
func (b *storedBackend) Open(binding Binding) (Keeper, error) {
	return openStored("Stored", b.store, binding, plainJSON{})
}

func openStored(name string, st store.Store, binding Binding, format Format) (*storedKeeper, error) {
	if st == nil {
		return nil, fmt.Errorf("session: %s needs a store, such as memstore.New(nil)", name)
	}
	lifetime := binding.Lifetime
	if binding.IdleTimeout != 0 {
		lifetime = binding.IdleTimeout
	}
	if least := len(binding.CookieName) + idLength; binding.MaxCookieSize > 0 && binding.MaxCookieSize < least {
		return nil, fmt.Errorf("session: %s: Options.MaxCookieSize is %d, and the cookie of an id needs %d", name, binding.MaxCookieSize, least)
	}
	return &storedKeeper{st, format, signedSalt + binding.scope() + ":", lifetime, binding.Timeout}, nil
}

type storedKeeper struct {
	store    store.Store
	format   Format
	scope    string        // what is hashed with an id
	lifetime time.Duration // of a record that is not used
	timeout  time.Duration // of each call
}

var _ Keeper = (*storedKeeper)(nil)

func (k *storedKeeper) Format() Format { return k.format }

func (*storedKeeper) FirstCookie() bool { return false }

// record is what a session knows of its own record.
type record struct {
	k       *storedKeeper
	cookie  string // the id, or empty where only its hash is known
	id      store.ID
	version uint64 // 0 where the store did not tell
	missing bool   // the record is to be created under this id
	copy    bool   // it is what fade left of a session that is in its cookie
}

var _ Record = (*record)(nil)

func (r *record) ID() string { return r.id.String() }

// Reload reads the record again.
func (r *record) Reload(ctx context.Context) (Loaded, error) {
	return r.k.load(ctx, r.cookie, r.id)
}

// bound lets a call end in its own time rather than with the request's: a
// visitor who has left must not cost the program what it kept.
func (k *storedKeeper) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if k.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, k.timeout)
}

func (k *storedKeeper) hash(cookie string) store.ID {
	var space [160]byte
	return sha256.Sum256(append(append(space[:0], k.scope...), cookie...))
}

// newID makes an id in the one spelling that isID takes.
func newID() string {
	var random [idSize]byte
	_, _ = rand.Read(random[:]) // it never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(random[:])
}

const base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" // RFC 4648, section 5

// isID reports whether a cookie's value has the form of an id: 43 letters of
// base64url, in the one spelling, since the last carries four bits only.
func isID(value string) bool {
	if len(value) != idLength {
		return false
	}
	for i := 0; i < len(value); i++ {
		if strings.IndexByte(base64URL, value[i]) < 0 {
			return false
		}
	}
	return strings.IndexByte(base64URL, value[idLength-1])&3 == 0
}

func (k *storedKeeper) Load(ctx context.Context, value string) (Loaded, error) {
	if !isID(value) {
		return Loaded{}, ErrMalformed
	}
	return k.load(ctx, value, k.hash(value))
}

func (k *storedKeeper) load(ctx context.Context, cookie string, id store.ID) (Loaded, error) {
	ctx, cancel := k.bound(ctx)
	defer cancel()
	found, err := k.store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) || err == nil && ended(found) {
		return Loaded{}, ErrUnknown
	}
	if err != nil {
		return Loaded{}, err
	}
	return k.loaded(cookie, store.Entry{ID: id, Record: found}), nil
}

func (k *storedKeeper) loaded(cookie string, e store.Entry) Loaded {
	return Loaded{
		Payload:   string(e.Data),
		WrittenAt: e.Used,
		Record:    &record{k: k, cookie: cookie, id: e.ID, version: e.Version, copy: strings.HasPrefix(string(e.Data), copyMark)},
	}
}

// ended reports whether a record only says that its session has ended. No
// session is written without a byte.
func ended(r store.Record) bool { return len(r.Data) == 0 }

func (k *storedKeeper) Save(ctx context.Context, dst []byte, c Change) ([]byte, Record, error) {
	ctx, cancel := k.bound(ctx)
	defer cancel()
	from, _ := c.From.Record.(*record)
	var saved *record
	var err error
	switch {
	case from == nil, from.copy && !c.Unmodified:
		// A write to a copy is the beginning of another session, for the copy
		// must not live longer than it was to.
		saved, err = k.create(ctx, k.newRecord(), c)
	case c.Unmodified:
		saved, err = k.touch(ctx, from, c)
	case c.Destroyed:
		if err = k.store.Delete(ctx, from.id); err == nil {
			saved, err = k.create(ctx, k.newRecord(), c)
		}
	case from.missing && c.Renew:
		saved, err = k.create(ctx, k.newRecord(), c)
	case from.missing:
		saved, err = k.create(ctx, from, c)
	case from.version == 0:
		err = ErrConflict // what is there now has to be seen first
	case c.Renew:
		saved, err = k.renew(ctx, from, c)
	default:
		saved, err = k.replace(ctx, from, k.recordOf(c))
	}
	if err != nil {
		return dst, nil, storeError(err)
	}
	return append(dst, saved.cookie...), saved, nil
}

// recordOf is the record that a change asks for. An emptied session's is kept
// for a while, not for its lifetime.
func (k *storedKeeper) recordOf(c Change) store.Record {
	lifetime := k.lifetime
	if c.Empty {
		lifetime = min(lifetime, emptyLifetime)
	}
	return store.Record{Data: c.Payload, Used: c.At, Expires: expiry(c.At, lifetime), Owner: c.Owner}
}

// newRecord names a record that is not there yet.
func (k *storedKeeper) newRecord() *record {
	cookie := newID()
	return &record{k: k, cookie: cookie, id: k.hash(cookie), missing: true}
}

// expiry is when a record goes that may be lifetime old: an age equal to it is
// good, and a store's record is gone in the second that its expiry names.
func expiry(at time.Time, lifetime time.Duration) time.Time { return at.Add(lifetime + time.Second) }

func (k *storedKeeper) create(ctx context.Context, r *record, c Change) (*record, error) {
	version, err := k.store.Save(ctx, r.id, k.recordOf(c))
	return &record{k: k, cookie: r.cookie, id: r.id, version: version}, err
}

func (k *storedKeeper) replace(ctx context.Context, from *record, with store.Record) (*record, error) {
	with.Version = from.version
	version, err := k.store.Save(ctx, from.id, with)
	return &record{k: k, cookie: from.cookie, id: from.id, version: version}, err
}

// touch starts a record's lifetime anew. What has moved into a cookie is let go.
func (k *storedKeeper) touch(ctx context.Context, from *record, c Change) (*record, error) {
	if from.copy {
		return from, nil
	}
	if t, ok := k.store.(store.Toucher); ok {
		return from, t.Touch(ctx, from.id, from.version, c.At, expiry(c.At, k.lifetime))
	}
	saved, err := k.replace(ctx, from, k.recordOf(c))
	if errors.Is(err, store.ErrConflict) {
		return from, nil // somebody saved it at this very moment
	}
	return saved, err
}

// renew gives the session a new id. In a store that cannot do it in one step,
// the old record is marked as ended only if it is still as it was loaded, so
// that no change of another request is left behind in it.
func (k *storedKeeper) renew(ctx context.Context, from *record, c Change) (*record, error) {
	to := k.newRecord()
	r := k.recordOf(c)
	if mover, ok := k.store.(store.Mover); ok {
		moved := r
		moved.Version = from.version
		version, err := mover.Move(ctx, from.id, to.id, moved, store.Record{Used: c.At, Expires: c.At.Add(graceLifetime)})
		if !errors.Is(err, errors.ErrUnsupported) {
			to.version, to.missing = version, false
			return to, err
		}
	}
	to, err := k.create(ctx, to, c)
	if err != nil {
		return nil, err
	}
	if err := k.end(ctx, from, c.At); err != nil {
		// The visitor never hears of the new id. If its record cannot be
		// deleted either, it expires.
		_ = k.store.Delete(ctx, to.id)
		return nil, err
	}
	return to, nil
}

// end marks a record as ended, if it is as it was loaded.
func (k *storedKeeper) end(ctx context.Context, from *record, at time.Time) error {
	_, err := k.replace(ctx, from, store.Record{Used: at, Expires: at.Add(graceLifetime)})
	return err
}

// copyMark begins the data of a copy. JSON does not mind it.
const copyMark = " "

// fade leaves the record as a copy, for a while, of a session that has moved
// into its cookie, if it is as it was loaded.
func (k *storedKeeper) fade(ctx context.Context, from *record, c Change) error {
	switch {
	case from.missing, from.copy:
		return nil
	case from.version == 0:
		return ErrConflict
	}
	ctx, cancel := k.bound(ctx)
	defer cancel()
	if c.Renew {
		return storeError(k.end(ctx, from, c.At))
	}
	faded := store.Record{Data: append([]byte(copyMark), c.Payload...), Used: c.At, Expires: c.At.Add(graceLifetime)}
	_, err := k.replace(ctx, from, faded)
	return storeError(err)
}

func (k *storedKeeper) Drop(ctx context.Context, from Loaded) error {
	r, ok := from.Record.(*record)
	if !ok || r.missing {
		return nil
	}
	ctx, cancel := k.bound(ctx)
	defer cancel()
	return k.store.Delete(ctx, r.id)
}

// storeError says in the session's words what a store's error means to it.
func storeError(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		return ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return ErrEnded
	case errors.Is(err, store.ErrTooLarge):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	}
	return err
}

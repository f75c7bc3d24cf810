// Package record keeps sessions in a store: all of them, or those that outgrow their cookie.
package record

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

const (
	// graceLifetime is how long a request may still come with an ID that was renewed, or whose
	// session has moved: the browser sent it before it had the answer with the new cookie.
	graceLifetime = time.Minute

	// endedLifetime is how long a mark keeps an ended session from being created again by a request
	// that read it in another store before it ended.
	endedLifetime = 24 * time.Hour
)

// Stored is the backend of session.Stored.
func Stored(st store.Store) driver.Backend { return &storedBackend{st} }

type storedBackend struct{ store store.Store }

// Open fails if there is no store.
func (b *storedBackend) Open(c driver.Config) (driver.Driver, error) {
	return open("Stored", b.store, c, driver.JSON)
}

func open(name string, st store.Store, c driver.Config, codec driver.Codec) (*stored, error) {
	if st == nil {
		return nil, fmt.Errorf("session: %s needs a store, such as memstore.New(nil)", name)
	}
	if c.MaxCookieSize > 0 && c.Room() < driver.IDLength {
		return nil, fmt.Errorf("session: %s: Options.MaxCookieSize is %d bytes, and the cookie of a session ID needs %d",
			name, c.MaxCookieSize, len(c.CookieName)+driver.IDLength)
	}
	now := c.Clock
	if now == nil {
		now = time.Now
	}
	return &stored{store: st, codec: codec, scope: driver.RecordScope(c, codec), timeout: c.Timeout, room: max(0, c.Room()), now: now}, nil
}

// stored keeps each session in a record, and only its ID in the cookie.
type stored struct {
	store   store.Store
	codec   driver.Codec
	scope   driver.Scope
	timeout time.Duration // of each call
	room    int           // bytes of the cookie's value, 0 if there is no limit

	now    func() time.Time // the manager's clock
	behind atomic.Int64     // how long it was behind the store's at the last save
	ghosts ghosts
}

var (
	_ driver.Driver   = (*stored)(nil)
	_ driver.Toucher  = (*stored)(nil)
	_ driver.Adopter  = (*stored)(nil)
	_ driver.Retirer  = (*stored)(nil)
	_ driver.Departer = (*stored)(nil)
	_ driver.Owners   = (*stored)(nil)
	_ driver.Lister   = (*stored)(nil)
	_ driver.Sharer   = (*handle)(nil)
)

func (d *stored) Info() driver.Info {
	return driver.Info{Name: "stored", Codec: d.codec, Store: d.store}
}

// handle is what a session knows of its own record.
type handle struct {
	d       *stored
	cookie  string // the session ID, or empty if only the record's is known
	id      store.ID
	version uint64 // 0 if the store did not tell
	missing bool   // the record is to be created under this ID
	either  string // the cookie's value if it names two IDs
	gone    bool   // the session may have moved into the cookie, which the visitor has
	move    string // of a session that is moving here; see driver.Arrival

	// Of saves under this ID whose outcome is not known, unknown is how many there are, and nonce
	// that of the first. The nonces of the others follow it, so each content has its own. moved is
	// the nonce of such a move to the renewed ID of either, else 0.
	nonce, unknown, moved uint64
}

func (h *handle) ID() string { return h.id.String() }

func (h *handle) Move() string { return h.move }

func (h *handle) Reload(ctx context.Context) (driver.Snapshot, error) {
	if h.open() {
		return h.d.reloadOpen(ctx, h)
	}
	if renewed, old, ok := isEither(h.either); ok {
		return h.d.loadEither(context.WithValue(ctx, driver.BudgetKey, (*driver.Budget)(nil)), h.either, renewed, old)
	}
	return h.d.load(ctx, h.cookie, h.id)
}

// Share returns nil if the handle knows more or less than its record's cookie and version.
func (h *handle) Share() driver.Record {
	if h.cookie == "" || h.version == 0 || h.move != "" || h.either != "" || h.open() {
		return nil
	}
	return &handle{d: h.d, cookie: h.cookie, id: h.id, version: h.version}
}

// bound lets a call end in its own time, not with the request: a visitor who leaves must not cost
// the program what it saved.
func (d *stored) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if d.timeout <= 0 {
		return context.WithoutCancel(ctx), func() {}
	}
	t := newTimeout(ctx, d.timeout)
	return t, t.end
}

func (d *stored) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if renewed, old, ok := isEither(value); ok {
		return d.loadEither(ctx, value, renewed, old)
	}
	if !driver.IsID(value) {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	return d.ask(ctx, value)
}

var errEnded = fmt.Errorf("%w: %w", driver.ErrUnknown, driver.ErrEnded)

func (d *stored) load(ctx context.Context, cookie string, id store.ID) (driver.Snapshot, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	found, err := d.store.Load(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return driver.Snapshot{}, driver.ErrUnknown
	}
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.snapshot(cookie, store.Entry{ID: id, Record: found})
}

// snapshot returns what a record says of its session.
func (d *stored) snapshot(cookie string, e store.Entry) (driver.Snapshot, error) {
	state, payload := driver.ParseRecord(e.Data)
	h := &handle{d: d, cookie: cookie, id: e.ID, version: e.Version, move: driver.RecordMove(e.Data)}
	switch state {
	case driver.Ended:
		return driver.Snapshot{}, errEnded
	case driver.Moved:
		return driver.Snapshot{}, &driver.MovedError{Move: h.move}
	case driver.Live, driver.Superseded, driver.Arriving:
	}
	return driver.Snapshot{
		Payload: string(payload), SavedAt: e.Used, Superseded: state == driver.Superseded,
		Unconfirmed: e.Owner == "" && d.lasts(e.Record) <= driver.UnconfirmedLifetime+time.Second,
		Record:      h,
	}, nil
}

func (d *stored) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	saved, err := d.save(ctx, w)
	if saved == nil {
		return dst, nil, driverError(err)
	}
	if err == nil {
		d.notRenewed(w.From.Record)
		d.endGhosts(ctx)
	}
	return append(dst, saved.cookie...), saved, driverError(err)
}

// save returns a record beside an error if the session was saved to that all the same.
func (d *stored) save(ctx context.Context, w driver.Write) (*handle, error) {
	from, _ := w.From.Record.(*handle)
	switch {
	case from == nil, w.From.Superseded:
		return d.create(ctx, d.newHandle, live(w))
	case w.Life == driver.Begin:
		if err := d.end(ctx, from, w.At); err != nil {
			return nil, err
		}
		return d.create(ctx, d.newHandle, live(w))
	case from.open():
		return d.saveAgain(ctx, from, w)
	}
	return d.saveFrom(ctx, from, w)
}

// saveFrom saves a session that has a record.
func (d *stored) saveFrom(ctx context.Context, from *handle, w driver.Write) (*handle, error) {
	switch {
	case from.version == 0 && !from.missing:
		return nil, driver.ErrConflict // what is there now has to be seen first
	case w.Life == driver.Renew:
		return d.renew(ctx, from, w)
	}
	return d.put(ctx, from, live(w))
}

// live is the record of a session.
func live(w driver.Write) store.Record {
	end := w.Expires
	if soon := w.At.Add(driver.UnconfirmedLifetime); w.Unconfirmed && w.Owner == "" && soon.Before(end) {
		end = soon
	}
	data := w.Payload
	if w.Move != "" {
		data = driver.ArrivingRecord(w.Move, data)
	}
	return store.Record{Data: data, Used: w.At, Expires: expiry(end), Owner: w.Owner}
}

// expiry is when the record of a session goes that ends at the given time: an age equal to a limit
// is valid, and a store's record is gone in the second that its expiry names.
func expiry(end time.Time) time.Time { return end.Add(time.Second) }

// newHandle names a record that does not exist yet.
func (d *stored) newHandle() *handle {
	cookie := driver.NewID()
	return &handle{d: d, cookie: cookie, id: d.scope.RecordID(cookie), missing: true}
}

// renamed names a record that does not exist yet, to which a store that keeps its records in parts
// can move the one at an ID. Of 64 random names one is such. So a thief who knows which part it is
// in has to guess 250 bits instead of 256.
func (d *stored) renamed(id store.ID) *handle {
	for {
		cookie := driver.NewID()
		if to := d.scope.RecordID(cookie); to.Part() == id.Part() {
			return &handle{d: d, cookie: cookie, id: to, missing: true}
		}
	}
}

// put creates a record, or replaces the version that was loaded.
func (d *stored) put(ctx context.Context, h *handle, r store.Record) (*handle, error) {
	first := cmp.Or(h.nonce, nonce())
	r.Version, r.Nonce = h.version, first+h.unknown
	version, err := d.write(ctx, h.id, r)
	switch {
	case unknown(err):
		h.nonce, h.unknown = first, h.unknown+1
		return nil, err
	case errors.Is(err, store.ErrNotFound) && h.either != "":
		return nil, store.ErrConflict // it was renewed after all, so it has the other ID
	case err != nil:
		return nil, err
	}
	return &handle{d: d, cookie: h.cookie, id: h.id, version: version, move: driver.RecordMove(r.Data)}, nil
}

// renew gives the session a new ID, and leaves word of it at the old one: in one step if the store
// can. Else the old record is replaced when the new one is certain, and only if it is still as it
// was loaded, so that no change of another request is left behind in it. The new record is in the
// part of the old one, so that no sign-out that ends the owner's sessions in one part after the
// other misses both.
func (d *stored) renew(ctx context.Context, from *handle, w driver.Write) (*handle, error) {
	r := live(w)
	if mover, ok := d.store.(store.Mover); ok && !from.missing && from.either == "" {
		to, moved := d.renamed(from.id), r
		moved.Version, moved.Nonce = from.version, nonce()
		version, err := d.move(ctx, mover, from.id, to.id, moved, superseded(w))
		switch {
		case unknown(err):
			from.moved = moved.Nonce
			return nil, d.unsettled(from, to, err)
		case err == nil:
			return &handle{d: d, cookie: to.cookie, id: to.id, version: version}, nil
		case !errors.Is(err, errors.ErrUnsupported):
			return nil, err
		}
	}
	to, err := d.create(ctx, func() *handle { return d.renamed(from.id) }, r)
	if err != nil {
		return nil, err
	}
	before := *from
	switch _, err := d.put(ctx, from, superseded(w)); {
	case err == nil:
		return to, nil
	case errors.Is(err, errOverwritten):
		// Another request has saved the session under the old ID, so it was not renewed.
		from.nonce, from.unknown = before.nonce, before.unknown
		d.undo(ctx, to, w.Owner)
		return nil, store.ErrConflict
	case unknown(err):
		if !from.missing && from.either == "" {
			if unsettled := d.unsettled(from, to, err); unsettled != err {
				return nil, unsettled
			}
		}
		return to, err // the old ID may have ended, so the visitor gets the new one
	default:
		d.undo(ctx, to, w.Owner) // the visitor never hears of the new ID
		return nil, err
	}
}

// Touch extends a record's life.
func (d *stored) Touch(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
	h, ok := from.Record.(*handle)
	if !ok || h.missing || from.Superseded {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	if t, ok := d.store.(store.Toucher); ok && h.version != 0 {
		return driverError(t.Touch(ctx, h.id, h.version, at, d.until(ctx, expiry(expires))))
	}
	r, err := d.store.Load(ctx, h.id)
	if err == nil && h.version != 0 && r.Version != h.version {
		err = store.ErrConflict
	}
	if err == nil {
		if state, _ := driver.ParseRecord(r.Data); state != driver.Live && state != driver.Arriving {
			return driver.ErrConflict // a mark must not live longer
		}
		r.Used, r.Expires = later(r.Used, at), later(r.Expires, d.until(ctx, expiry(expires)))
		_, err = d.store.Save(ctx, h.id, r)
	}
	return driverError(err)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Adopt names the record of a session that another driver keeps under the same ID.
func (d *stored) Adopt(value string) (driver.Record, bool) {
	if !driver.IsID(value) {
		return nil, false
	}
	return &handle{d: d, cookie: value, id: d.scope.RecordID(value), missing: true}, true
}

// Delete ends a session.
func (d *stored) Delete(ctx context.Context, from driver.Snapshot) error {
	h, ok := from.Record.(*handle)
	if !ok || from.Superseded {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return d.end(ctx, h, time.Now())
}

// end deletes a record. At an adopted ID it leaves a mark, which a request meets that is about to
// create the record there.
func (d *stored) end(ctx context.Context, h *handle, at time.Time) error {
	if renewed, old, ok := isEither(h.either); ok {
		// In this order, what is under way finds nothing to renew.
		return errors.Join(d.remove(ctx, d.scope.RecordID(old)), d.remove(ctx, d.scope.RecordID(renewed)))
	}
	if !h.missing {
		return d.remove(ctx, h.id)
	}
	mark := store.Record{Data: driver.EndedRecord(), Used: at, Expires: at.Add(endedLifetime)}
	for range 8 {
		mark.Nonce = nonce()
		_, err := d.write(ctx, h.id, mark)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		found, err := d.store.Load(ctx, h.id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		mark.Version = found.Version // 0 if it is gone
	}
	return d.remove(ctx, h.id) // others keep saving it: then it is not about to be created
}

// driverError translates a store's error.
func driverError(err error) error {
	switch {
	case errors.Is(err, store.ErrConflict):
		return driver.ErrConflict
	case errors.Is(err, store.ErrNotFound):
		return driver.ErrEnded
	case errors.Is(err, store.ErrTooLarge):
		return fmt.Errorf("%w: %w", driver.ErrTooLarge, err)
	}
	return err
}

package flasksession

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// backend has what all drivers that it opens share.
type backend struct {
	records   Records
	format    format
	ids       ids
	prefix    string
	permanent bool
}

// Open returns the driver. It fails if a purpose is set: Flask-Session's keys have none.
func (b *backend) Open(c driver.Config) (driver.Driver, error) {
	if c.Purpose != "" {
		return nil, fmt.Errorf("flasksession: Flask-Session's records have no purpose, and Options.Purpose is %q; set another KeyPrefix here and SESSION_KEY_PREFIX in Python", c.Purpose)
	}
	return &opened{b, c.Timeout}, nil
}

type opened struct {
	*backend
	timeout time.Duration // of each call
}

var (
	_ driver.Backend = (*backend)(nil)
	_ driver.Driver  = (*opened)(nil)
	_ driver.Retirer = (*opened)(nil)
)

// A handle is a session's record as it was read or written.
type handle struct {
	d    *opened
	id   string // the session's, which is worth the session in a cookie
	data []byte
	doc  *document // nil if data was not read
}

// ID is a hash: the record's key has the session's ID in it.
func (h *handle) ID() string {
	sum := sha256.Sum256([]byte("wafer.flasksession:" + h.key()))
	return hex.EncodeToString(sum[:])
}

func (h *handle) key() string { return h.d.prefix + h.id }

func (h *handle) Reload(ctx context.Context) (driver.Snapshot, error) {
	return h.d.load(ctx, h.id, func() error { return nil })
}

func (d *opened) Info() driver.Info {
	return driver.Info{Name: "Flask-Session", Codec: d.format.codec(), Store: d.records}
}

// bound lets a call end in its own time, not with the request: a visitor who leaves must not cost
// the program what it saved.
func (d *opened) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx = context.WithoutCancel(ctx)
	if d.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, d.timeout)
}

// Load reads the record that a cookie names. One that is not a session of plain data is refused,
// and stays.
func (d *opened) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	id, err := d.ids.read(value)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.load(ctx, id, func() error { return driver.Spend(ctx) })
}

// load calls spend before each question to the records.
func (d *opened) load(ctx context.Context, id string, spend func() error) (driver.Snapshot, error) {
	h := &handle{d: d, id: id}
	if err := spend(); err != nil {
		return driver.Snapshot{}, err
	}
	r, err := d.ask(ctx, h.key())
	if err != nil {
		return driver.Snapshot{}, err
	}
	if r.Data == nil {
		return d.loadWord(ctx, h, spend)
	}
	if h.doc, err = read(r.Data); err != nil {
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	h.data = r.Data
	s := driver.Snapshot{Payload: h.doc.Payload, Record: h}
	if !r.Expires.IsZero() {
		s.ExpiresAt = r.Expires.Add(-time.Nanosecond).Truncate(time.Second)
	}
	if c := h.doc.format.codec(); c.Name() != d.format.codec().Name() {
		// The next save writes another format, which an older Flask-Session may not read.
		s.Codec, s.Accepted, s.By = c, true, c.Name()
	}
	return s, nil
}

// loadWord returns what may still be read of a session that was renewed.
func (d *opened) loadWord(ctx context.Context, h *handle, spend func() error) (driver.Snapshot, error) {
	if err := spend(); err != nil {
		return driver.Snapshot{}, err
	}
	left, moved, err := d.word(ctx, h)
	switch {
	case err != nil:
		return driver.Snapshot{}, err
	case !moved:
		return driver.Snapshot{}, driver.ErrUnknown
	}
	return driver.Snapshot{Payload: left, Superseded: true, Record: h}, nil
}

// word returns what a session left that was renewed or moved in the last minute.
func (d *opened) word(ctx context.Context, h *handle) (left string, moved bool, err error) {
	r, err := d.ask(ctx, wordName(h.key(), "moved"))
	if err != nil {
		return "", false, err
	}
	state, payload := driver.ParseRecord(r.Data)
	return string(payload), state == driver.Superseded, nil
}

// ask asks for a record that has not expired.
func (d *opened) ask(ctx context.Context, key string) (Record, error) {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	r, err := d.records.Load(ctx, key)
	if err == nil && !r.Expires.IsZero() && !time.Now().Before(r.Expires) {
		return Record{}, nil
	}
	return r, err
}

// Save writes the record that the session has, if it is as it was read, or a new one.
func (d *opened) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	from, _ := w.From.Record.(*handle)
	if w.From.Superseded {
		from = nil
	}
	data, err := d.encode(w.Payload, from)
	if err != nil {
		return dst, nil, err
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	saved, err := d.save(ctx, w, from, Record{data, goneAt(w.Expires)})
	if errors.Is(err, driver.ErrEnded) && from != nil {
		if _, moved, _ := d.word(ctx, from); moved { // this request may be a second click on "sign in"
			err = driver.ErrConflict
		}
	}
	if err != nil {
		return dst, nil, err
	}
	return append(dst, d.ids.write(saved.id)...), saved, nil
}

// goneAt is when the record of a session is gone that ends at the given time: the second that it
// names is part of the session.
func goneAt(end time.Time) time.Time { return end.Truncate(time.Second).Add(time.Second) }

func (d *opened) encode(payload []byte, from *handle) ([]byte, error) {
	all, err := members(string(payload))
	if err != nil {
		return nil, err
	}
	if d.permanent {
		all = withPermanent(all)
	}
	var doc *document
	if from != nil {
		if doc = from.doc; doc == nil {
			doc, _ = read(from.data) // it was written a moment ago
		}
	}
	data, err := d.format.write(all, doc)
	if err == nil && len(data) > maxRecord {
		err = fmt.Errorf("%w: its record would have %d bytes, and at most %d are kept", driver.ErrTooLarge, len(data), maxRecord)
	}
	return data, err
}

// withPermanent adds what Flask-Session gives each new session, with SESSION_PERMANENT. In an SQL
// database, Flask-Session before 0.7 cannot read a session again that it saved without it.
func withPermanent(all []member) []member {
	for _, m := range all {
		if m.key == driver.PermanentKey {
			return all
		}
	}
	return append(all, member{driver.PermanentKey, "true"})
}

func (d *opened) save(ctx context.Context, w driver.Write, from *handle, next Record) (*handle, error) {
	if from != nil && w.Life == driver.Keep {
		return &handle{d: d, id: from.id, data: next.Data}, d.records.Swap(ctx, from.key(), from.data, next)
	}
	if from != nil && w.Life == driver.Begin {
		if err := d.records.Delete(ctx, from.key()); err != nil {
			return nil, err
		}
	}
	to := &handle{d: d, id: driver.NewID(), data: next.Data}
	if err := d.records.Swap(ctx, to.key(), nil, next); err != nil {
		return nil, err
	}
	if from != nil && w.Life == driver.Renew {
		if err := d.retire(ctx, from, w); err != nil {
			// The visitor never hears of the new ID. If its record cannot be deleted either, it
			// expires.
			return nil, errors.Join(err, d.records.Delete(ctx, to.key()))
		}
	}
	return to, nil
}

// graceLifetime is how long a request may still come with an ID that was renewed.
const graceLifetime = time.Minute

func (d *opened) retire(ctx context.Context, from *handle, w driver.Write) error {
	word := Record{driver.SupersededRecord(w.Leave), w.At.Add(graceLifetime)}
	return d.records.Retire(ctx, from.key(), from.data, wordName(from.key(), "moved"), word)
}

// Retire leaves word that the session has moved to another place. Flask does not see it: to a
// Flask program the session has ended.
func (d *opened) Retire(ctx context.Context, w driver.Write) error {
	from, ok := w.From.Record.(*handle)
	if !ok || w.From.Superseded {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return d.retire(ctx, from, w)
}

// Delete removes the record, which ends the session in Flask too.
func (d *opened) Delete(ctx context.Context, from driver.Snapshot) error {
	h, ok := from.Record.(*handle)
	if !ok || from.Superseded {
		return nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return d.records.Delete(ctx, h.key())
}

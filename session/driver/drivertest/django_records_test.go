package drivertest_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// This file is a driver that keeps records, written with package driver alone: the table django_session of
// Django's session backend db, here a map, with a column for the owner and one for what has moved on.

// A djangoTable is the table django_session.
type djangoTable struct {
	mu   sync.Mutex
	rows map[string]djangoRow // by session_key
}

type djangoRow struct {
	data    string    // session_data, signed
	expires time.Time // expire_date
	owner   string
	moved   bool
}

// djangoRecords is what a program gives to session.New.
func djangoRecords(secretKey string, table *djangoTable) driver.Backend {
	return &djangoRecordBackend{newDjangoSigner(secretKey, "django.contrib.sessions.SessionStore"), table}
}

type djangoRecordBackend struct {
	signer *djangoSigner
	table  *djangoTable
}

func (b *djangoRecordBackend) Open(c driver.Config) (driver.Driver, error) {
	if c.Purpose != "" {
		return nil, fmt.Errorf("django: its keys have no purpose, and Options.Purpose is %q", c.Purpose)
	}
	return &djangoRecordDriver{b.signer, b.table}, nil
}

type djangoRecordDriver struct {
	signer *djangoSigner
	table  *djangoTable
}

var (
	_ driver.Driver  = (*djangoRecordDriver)(nil)
	_ driver.Owners  = (*djangoRecordDriver)(nil)
	_ driver.Retirer = (*djangoRecordDriver)(nil)
)

// A djangoHandle is one row, as it was when it was loaded: a row has no version, but its data has the time
// of the save, and is compared instead.
type djangoHandle struct {
	d         *djangoRecordDriver
	key, data string
}

// ID is not the key, which is worth a session in a cookie.
func (h *djangoHandle) ID() string {
	sum := sha256.Sum256([]byte(h.key))
	return hex.EncodeToString(sum[:])
}

func (h *djangoHandle) Reload(context.Context) (driver.Snapshot, error) { return h.d.load(h.key) }

func (d *djangoRecordDriver) Info() driver.Info {
	return driver.Info{Name: "Django's table", Codec: djangoCodec{driver.JSON}, Store: d.table}
}

const (
	djangoKeyLength = 32
	djangoLetters   = "abcdefghijklmnopqrstuvwxyz0123456789"
)

// newDjangoKey takes the random bits of an ID, in Django's letters.
func newDjangoKey() string {
	sum := sha256.Sum256([]byte(driver.NewID()))
	for i, b := range sum {
		sum[i] = djangoLetters[int(b)%len(djangoLetters)]
	}
	return string(sum[:djangoKeyLength])
}

func (d *djangoRecordDriver) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if len(value) != djangoKeyLength || strings.Trim(value, djangoLetters) != "" {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	if err := driver.Spend(ctx); err != nil {
		return driver.Snapshot{}, err
	}
	return d.load(value)
}

func (d *djangoRecordDriver) load(key string) (driver.Snapshot, error) {
	d.table.mu.Lock()
	row, ok := d.table.find(key)
	d.table.mu.Unlock()
	if !ok {
		return driver.Snapshot{}, driver.ErrUnknown
	}
	return d.snapshot(key, row)
}

func (d *djangoRecordDriver) snapshot(key string, row djangoRow) (driver.Snapshot, error) {
	payload, at, err := d.signer.open(row.data)
	return driver.Snapshot{Payload: payload, SavedAt: at, Superseded: row.moved, Record: &djangoHandle{d, key, row.data}}, err
}

// find returns a row that has not expired. The caller holds the lock.
func (t *djangoTable) find(key string) (djangoRow, bool) {
	row, ok := t.rows[key]
	return row, ok && time.Now().Unix() <= row.expires.Unix()
}

// check returns the error of a save or a retirement that comes too late. The caller holds the lock.
func (t *djangoTable) check(h *djangoHandle) error {
	switch row, ok := t.find(h.key); {
	case !ok:
		return driver.ErrEnded
	case row.moved || row.data != h.data:
		return driver.ErrConflict
	}
	return nil
}

func (d *djangoRecordDriver) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	data, err := d.signer.append(nil, w.Payload, w.At)
	if err != nil {
		return dst, nil, err
	}
	d.table.mu.Lock()
	defer d.table.mu.Unlock()
	to := &djangoHandle{d, newDjangoKey(), string(data)}
	if from, ok := w.From.Record.(*djangoHandle); ok && !w.From.Superseded {
		if err := d.table.check(from); err != nil && w.Life != driver.Begin {
			return dst, nil, err
		}
		switch w.Life {
		case driver.Begin:
			delete(d.table.rows, from.key)
		case driver.Renew:
			d.leave(from.key, w)
		default:
			to.key = from.key
		}
	}
	d.table.rows[to.key] = djangoRow{data: to.data, expires: w.Expires, owner: w.Owner}
	return append(dst, to.key...), to, nil
}

// leave keeps word of a session that has moved on. The caller holds the lock.
func (d *djangoRecordDriver) leave(key string, w driver.Write) {
	left := w.Leave
	if left == nil {
		left = []byte("{}")
	}
	data, err := d.signer.append(nil, left, w.At)
	if err != nil {
		delete(d.table.rows, key)
		return
	}
	d.table.rows[key] = djangoRow{data: string(data), expires: w.At.Add(time.Minute), moved: true}
}

func (d *djangoRecordDriver) Delete(_ context.Context, from driver.Snapshot) error {
	if h, ok := from.Record.(*djangoHandle); ok && !from.Superseded {
		d.table.mu.Lock()
		defer d.table.mu.Unlock()
		delete(d.table.rows, h.key)
	}
	return nil
}

func (d *djangoRecordDriver) Retire(_ context.Context, w driver.Write) error {
	h, ok := w.From.Record.(*djangoHandle)
	if !ok || w.From.Superseded {
		return nil
	}
	d.table.mu.Lock()
	defer d.table.mu.Unlock()
	if err := d.table.check(h); err != nil {
		return err
	}
	d.leave(h.key, w)
	return nil
}

func (d *djangoRecordDriver) Owned(_ context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		d.table.mu.Lock()
		var found []driver.Snapshot
		for key := range d.table.rows {
			if row, ok := d.table.find(key); ok && owner != "" && row.owner == owner {
				if s, err := d.snapshot(key, row); err == nil {
					found = append(found, s)
				}
			}
		}
		d.table.mu.Unlock()
		for _, s := range found {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (d *djangoRecordDriver) EndOwned(_ context.Context, owner string, except ...string) (int, error) {
	return d.end(owner, func(id string) bool { return !slices.Contains(except, id) }), nil
}

func (d *djangoRecordDriver) EndOne(_ context.Context, owner, id string) (bool, error) {
	return d.end(owner, func(other string) bool { return other == id }) > 0, nil
}

// end deletes those of an owner's rows whose IDs match, in one step.
func (d *djangoRecordDriver) end(owner string, matches func(id string) bool) (ended int) {
	d.table.mu.Lock()
	defer d.table.mu.Unlock()
	for key := range d.table.rows {
		row, ok := d.table.find(key)
		if ok && owner != "" && row.owner == owner && matches((&djangoHandle{key: key}).ID()) {
			delete(d.table.rows, key)
			ended++
		}
	}
	return ended
}

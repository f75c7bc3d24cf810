package session_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// A foreignPlace is where another library keeps its sessions: by their IDs, without versions.
type foreignPlace struct {
	mu      sync.Mutex
	records map[string]foreignRecord
	now     func() time.Time
	before  func(call string) error // is called before each call, without the lock
}

type foreignRecord struct {
	payload, owner string
	saved, expires time.Time
	superseded     bool
}

// A foreignBackend keeps sessions in a foreignPlace.
type foreignBackend struct {
	place   *foreignPlace
	newID   func() string
	retires bool
}

func (b *foreignBackend) Open(driver.Config) (driver.Driver, error) {
	d := &foreignDriver{b}
	if b.retires {
		return &retiringDriver{d}, nil
	}
	return d, nil
}

type foreignDriver struct{ *foreignBackend }

type foreignHandle struct {
	d  *foreignDriver
	id string
}

func (h *foreignHandle) ID() string {
	sum := sha256.Sum256([]byte(h.id))
	return hex.EncodeToString(sum[:])
}

func (h *foreignHandle) Reload(ctx context.Context) (driver.Snapshot, error) {
	return h.d.Load(ctx, h.id)
}

func (d *foreignDriver) Info() driver.Info {
	return driver.Info{Name: "foreign", Codec: driver.JSON, Store: d.place}
}

func (d *foreignDriver) begin(call string) error {
	if before := d.place.before; before != nil {
		if err := before(call); err != nil {
			return err
		}
	}
	d.place.mu.Lock()
	return nil
}

func (d *foreignDriver) find(id string) (foreignRecord, bool) {
	r, ok := d.place.records[id]
	return r, ok && d.place.now().Before(r.expires)
}

func (d *foreignDriver) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	if len(value) != len(d.newID()) {
		return driver.Snapshot{}, driver.ErrMalformed
	}
	if err := driver.Spend(ctx); err != nil {
		return driver.Snapshot{}, err
	}
	if err := d.begin("foreign load"); err != nil {
		return driver.Snapshot{}, err
	}
	defer d.place.mu.Unlock()
	r, ok := d.find(value)
	if !ok {
		return driver.Snapshot{}, driver.ErrUnknown
	}
	return d.snapshot(value, r), nil
}

func (d *foreignDriver) snapshot(id string, r foreignRecord) driver.Snapshot {
	return driver.Snapshot{Payload: r.payload, SavedAt: r.saved, Superseded: r.superseded, Record: &foreignHandle{d, id}}
}

func (d *foreignDriver) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	if err := d.begin("foreign save"); err != nil {
		return dst, nil, err
	}
	defer d.place.mu.Unlock()
	h, _ := w.From.Record.(*foreignHandle)
	if h != nil && !w.From.Superseded {
		if r, ok := d.find(h.id); (!ok || r.superseded) && w.Life != driver.Begin {
			return dst, nil, driver.ErrEnded
		}
		if w.Life != driver.Keep {
			delete(d.place.records, h.id)
			h = nil
		}
	} else {
		h = nil
	}
	if h == nil {
		h = &foreignHandle{d, d.newID()}
	}
	d.place.records[h.id] = foreignRecord{payload: string(w.Payload), owner: w.Owner, saved: w.At, expires: w.Expires}
	return append(dst, h.id...), h, nil
}

func (d *foreignDriver) Delete(_ context.Context, from driver.Snapshot) error {
	if err := d.begin("foreign delete"); err != nil {
		return err
	}
	defer d.place.mu.Unlock()
	if h, ok := from.Record.(*foreignHandle); ok {
		delete(d.place.records, h.id)
	}
	return nil
}

func (d *foreignDriver) Owned(_ context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		if err := d.begin("foreign owned"); err != nil {
			yield(driver.Snapshot{}, err)
			return
		}
		var found []driver.Snapshot
		for id := range d.place.records {
			if r, ok := d.find(id); ok && owner != "" && r.owner == owner {
				found = append(found, d.snapshot(id, r))
			}
		}
		d.place.mu.Unlock()
		for _, s := range found {
			if !yield(s, nil) {
				return
			}
		}
	}
}

func (d *foreignDriver) EndOwned(_ context.Context, owner string, except ...string) (n int, err error) {
	if err := d.begin("foreign end owned"); err != nil {
		return 0, err
	}
	defer d.place.mu.Unlock()
	for id, r := range d.place.records {
		if owner != "" && r.owner == owner && !slices.Contains(except, (&foreignHandle{d, id}).ID()) {
			delete(d.place.records, id)
			n++
		}
	}
	return n, nil
}

func (d *foreignDriver) EndOne(context.Context, string, string) (bool, error) {
	return false, fmt.Errorf("foreign: %w", errors.ErrUnsupported)
}

// retiringDriver can leave a record that has moved.
type retiringDriver struct{ *foreignDriver }

func (d *retiringDriver) Retire(_ context.Context, w driver.Write) error {
	if err := d.begin("foreign retire"); err != nil {
		return err
	}
	defer d.place.mu.Unlock()
	h, _ := w.From.Record.(*foreignHandle)
	if h == nil {
		return nil
	}
	r, ok := d.find(h.id)
	if !ok || r.superseded {
		return driver.ErrEnded
	}
	delete(d.place.records, h.id)
	if w.Leave != nil {
		d.place.records[h.id] = foreignRecord{payload: string(w.Leave), saved: w.At, expires: w.At.Add(time.Minute), superseded: true}
	}
	return nil
}

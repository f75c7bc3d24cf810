package simulation

import (
	"context"
	"errors"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// sharing is the driver of session.Stored, with a mistake in what it lets one request pass on to the
// next. Requests that wait for each other save in their order, and each goes on from the record that
// the one before shares.
type sharing struct {
	recordDriver
	mistake mistake
}

// recordDriver is what a driver of records can that moves no sessions.
type recordDriver interface {
	driver.Driver
	driver.Toucher
	driver.Adopter
	driver.Owners
}

// A mistake is one of these.
type mistake int

const (
	sharesUnknown    mistake = iota // also a record whose save may be executed late
	forgetsVersion                  // a record whose version is that of the save that uses it
	forgetsOwner                    // a record whose user is nobody
	beginsEndedAgain                // a record that is created again if it has ended
)

// sharingBadly opens the backend with a mistake.
type sharingBadly struct {
	driver.Backend
	mistake mistake
}

func shares(m mistake) func(session.Backend, []store.Store) driver.Backend {
	return func(b session.Backend, _ []store.Store) driver.Backend { return sharingBadly{b, m} }
}

// Open returns the driver.
func (b sharingBadly) Open(c driver.Config) (driver.Driver, error) {
	d, err := b.Backend.Open(c)
	if err != nil {
		return nil, err
	}
	return &sharing{d.(recordDriver), b.mistake}, nil
}

// sharedRecord is a record of the driver.
type sharedRecord struct {
	driver.Record
	d     *sharing
	value string // of the cookie
	given bool   // another request has passed it on
}

// Share shares more than it may.
func (r *sharedRecord) Share() driver.Record {
	inner := r.Record.(driver.Sharer).Share()
	switch {
	case inner != nil:
		return &sharedRecord{inner, r.d, r.value, true}
	case r.d.mistake == sharesUnknown:
		return r
	}
	return nil
}

// Reload loads the session.
func (r *sharedRecord) Reload(ctx context.Context) (driver.Snapshot, error) {
	found, err := r.Record.Reload(ctx)
	return r.d.wrap(found, r.value), err
}

func (d *sharing) wrap(found driver.Snapshot, value string) driver.Snapshot {
	if found.Record != nil {
		found.Record = &sharedRecord{Record: found.Record, d: d, value: value}
	}
	return found
}

func unwrap(s driver.Snapshot) (driver.Snapshot, *sharedRecord) {
	r, _ := s.Record.(*sharedRecord)
	if r != nil {
		s.Record = r.Record
	}
	return s, r
}

func (d *sharing) Load(ctx context.Context, value string) (driver.Snapshot, error) {
	found, err := d.recordDriver.Load(ctx, value)
	return d.wrap(found, value), err
}

func (d *sharing) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	from, r := unwrap(w.From)
	w.From = from
	given := r != nil && r.given
	switch {
	case given && d.mistake == forgetsVersion:
		if now, err := from.Record.Reload(ctx); err == nil {
			w.From.Record = now.Record
		}
	case given && d.mistake == forgetsOwner:
		w.Owner = ""
	}
	out, saved, err := d.recordDriver.Save(ctx, dst, w)
	if given && d.mistake == beginsEndedAgain && errors.Is(err, driver.ErrEnded) {
		w.From.Record, _ = d.Adopt(r.value)
		out, saved, err = d.recordDriver.Save(ctx, dst, w)
	}
	if saved != nil {
		saved = &sharedRecord{Record: saved, d: d, value: string(out[len(dst):])}
	}
	return out, saved, err
}

func (d *sharing) Delete(ctx context.Context, from driver.Snapshot) error {
	from, _ = unwrap(from)
	return d.recordDriver.Delete(ctx, from)
}

func (d *sharing) Touch(ctx context.Context, from driver.Snapshot, at, expires time.Time) error {
	from, _ = unwrap(from)
	return d.recordDriver.Touch(ctx, from, at, expires)
}

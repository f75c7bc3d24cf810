package record

import (
	"context"
	"errors"
	"fmt"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// A request can save its session again after a save of unknown outcome: what it saves then has the
// edits of the first save too. If the store made the first save, the second replaces what that
// saved; it is not a conflict, after which the edits would be made a second time.

// open reports whether the outcome of an earlier save from this handle is not known.
func (h *handle) open() bool { return h.unknown > 0 || h.moved != 0 }

// saveAgain saves a session from a handle from which a save of unknown outcome was made before.
func (d *stored) saveAgain(ctx context.Context, from *handle, w driver.Write) (saved *handle, err error) {
	err = d.afterUnknown(ctx, from, w.Life, func(life driver.Life) error {
		next := w
		next.Life = life
		saved, err = d.saveFrom(ctx, from, next)
		return err
	})
	return saved, err
}

// afterUnknown calls save once it is known what an earlier save from a handle has done. It never
// returns a conflict.
func (d *stored) afterUnknown(ctx context.Context, h *handle, life driver.Life, save func(life driver.Life) error) error {
	for range settleTries {
		now, err := d.findOut(ctx, h, life)
		if err != nil {
			return err
		}
		if err := save(now); !errors.Is(err, store.ErrConflict) {
			return err
		}
		// The earlier save, or another request's, was made in between.
	}
	return driver.ErrUnknownOutcome
}

// findOut has the handle name what is there: what it was made of, or what the earlier save made of
// that. It returns what the next save means for the session's identity: if the earlier save has
// renewed the ID, the session has a new one already, which no visitor has yet.
func (d *stored) findOut(ctx context.Context, h *handle, life driver.Life) (driver.Life, error) {
	if renewed, _, ok := isEither(h.either); ok && h.moved != 0 {
		id := d.scope.RecordID(renewed)
		switch found, err := d.store.Load(ctx, id); {
		case unknown(err):
			return life, err
		case err == nil && found.Nonce == h.moved:
			*h = handle{d: d, cookie: renewed, id: id, version: found.Version}
			return driver.Keep, nil
		case err == nil:
			return life, driver.ErrUnknownOutcome
		}
	}
	switch found, err := d.store.Load(ctx, h.id); {
	case err == nil && found.Nonce-h.nonce < h.unknown:
		h.version = found.Version
	case err == nil && found.Version == h.version:
	case err == nil && ended(found):
		return life, driver.ErrEnded
	case err == nil:
		return life, driver.ErrUnknownOutcome
	case !errors.Is(err, store.ErrNotFound) || !h.missing:
		return life, err
	}
	return life, nil
}

// ended reports whether a record is the mark of a session that has ended.
func ended(r store.Record) bool {
	state, _ := driver.ParseRecord(r.Data)
	return state == driver.Ended
}

// reloadOpen loads what an open handle names if that is still what the handle was made of. Else the
// edits of the earlier save may be in it, and would be made again.
func (d *stored) reloadOpen(ctx context.Context, h *handle) (driver.Snapshot, error) {
	found, err := d.load(ctx, h.cookie, h.id)
	switch {
	case h.gone && errors.Is(err, driver.ErrRefused): // the visitor may have it in the cookie
		return driver.Snapshot{}, driver.ErrUnknownOutcome
	case err != nil:
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrUnknownOutcome, err)
	}
	fresh, ok := found.Record.(*handle)
	if !ok || found.Superseded || fresh.version != h.version {
		return driver.Snapshot{}, fmt.Errorf("%w; save it again first", driver.ErrUnknownOutcome)
	}
	kept := *h
	found.Record = &kept
	return found, nil
}

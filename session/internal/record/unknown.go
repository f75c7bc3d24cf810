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

var errUnknown = errors.New("session: it is not known whether an earlier save of this request was made, and another request may have saved the session since")

// open reports whether the outcome of an earlier save from this handle is not known.
func (h *handle) open() bool { return h.nonce != 0 || h.moved != 0 }

// saveAgain saves a session from a handle from which a save of unknown outcome was made before.
func (d *stored) saveAgain(ctx context.Context, from *handle, w driver.Write) (*handle, error) {
	for range settleTries {
		life, err := d.findOut(ctx, from, w.Life)
		if err != nil {
			return nil, err
		}
		next := w
		next.Life = life
		saved, err := d.saveFrom(ctx, from, next)
		if !errors.Is(err, store.ErrConflict) {
			return saved, err
		}
		// The earlier save, or another request's, was made in between.
	}
	return nil, errUnknown
}

// replaceAgain puts word into a record for which it was of unknown outcome before.
func (d *stored) replaceAgain(ctx context.Context, h *handle, word store.Record) error {
	ctx, cancel := d.bound(ctx)
	defer cancel()
	for range settleTries {
		if _, err := d.findOut(ctx, h, driver.Keep); err != nil {
			return driverError(err)
		}
		if err := d.replace(ctx, h, word); !errors.Is(err, driver.ErrConflict) {
			return err
		}
	}
	return errUnknown
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
			return life, errUnknown
		}
	}
	switch found, err := d.store.Load(ctx, h.id); {
	case err == nil && h.nonce != 0 && found.Nonce == h.nonce:
		h.version = found.Version
	case err == nil && found.Version == h.version:
	case err == nil:
		return life, errUnknown
	case !errors.Is(err, store.ErrNotFound) || !h.missing:
		return life, err
	}
	return life, nil
}

// reloadOpen loads what an open handle names if that is still what the handle was made of. Else the
// edits of the earlier save may be in it, and would be made again.
func (d *stored) reloadOpen(ctx context.Context, h *handle) (driver.Snapshot, error) {
	found, err := d.load(ctx, h.cookie, h.id)
	if err != nil {
		return driver.Snapshot{}, fmt.Errorf("%w: %w", errUnknown, err)
	}
	fresh, ok := found.Record.(*handle)
	if !ok || found.Superseded || fresh.version != h.version {
		return driver.Snapshot{}, fmt.Errorf("%w; save it again first", errUnknown)
	}
	kept := *h
	found.Record = &kept
	return found, nil
}

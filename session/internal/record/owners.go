package record

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

var (
	errNoOwners = fmt.Errorf("session: this store cannot list sessions by owner: %w", errors.ErrUnsupported)
	errNoList   = fmt.Errorf("session: this store cannot list its sessions: %w", errors.ErrUnsupported)
)

// Owned yields an owner's sessions.
func (d *stored) Owned(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		index, ok := d.store.(store.OwnerIndex)
		if !ok {
			yield(driver.Snapshot{}, errNoOwners)
			return
		}
		d.yield(index.Owned(ctx, owner), yield)
	}
}

// All yields all sessions in the store, also those of other managers and codecs that share it.
func (d *stored) All(ctx context.Context) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		lister, ok := d.store.(store.Lister)
		if !ok {
			yield(driver.Snapshot{}, errNoList)
			return
		}
		d.yield(lister.All(ctx), yield)
	}
}

// yield passes on the sessions among a store's records.
func (d *stored) yield(entries iter.Seq2[store.Entry, error], yield func(driver.Snapshot, error) bool) {
	for e, err := range entries {
		if err != nil {
			yield(driver.Snapshot{}, err)
			return
		}
		if s, err := d.snapshot("", e); err == nil && !s.Superseded && !yield(s, nil) {
			return
		}
	}
}

// EndOwned ends an owner's sessions, except some.
func (d *stored) EndOwned(ctx context.Context, owner string, except ...string) (int, error) {
	index, ok := d.store.(store.OwnerIndex)
	if !ok {
		return 0, errNoOwners
	}
	var kept []store.ID
	for _, text := range except {
		id, err := store.ParseID(text)
		if err != nil {
			return 0, fmt.Errorf("session: %q is not the ID of a session: %w", text, err)
		}
		kept = append(kept, id)
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return index.DeleteOwned(ctx, owner, kept...)
}

// EndOne ends one of an owner's sessions. A text that is not an ID names none.
func (d *stored) EndOne(ctx context.Context, owner, text string) (bool, error) {
	index, ok := d.store.(store.OwnerIndex)
	if !ok {
		return false, errNoOwners
	}
	id, err := store.ParseID(text)
	if err != nil {
		return false, nil
	}
	ctx, cancel := d.bound(ctx)
	defer cancel()
	return index.DeleteOne(ctx, owner, id)
}

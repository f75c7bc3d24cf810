package session

import (
	"context"
	"errors"
	"slices"
)

// migratingRecord is the record of an old backend, whose session the new one
// is to take over.
type migratingRecord struct {
	Record
	k     *migrateKeeper
	from  Keeper
	value string // of the cookie
}

// Reload looks in the new backend first: another request may have been faster.
func (r *migratingRecord) Reload(ctx context.Context) (Loaded, error) {
	if r.value == "" {
		return r.Record.Reload(ctx) // found by its owner
	}
	return r.k.Load(ctx, r.value)
}

// storedOf returns the part of a Keeper that has a store, or nil.
func storedOf(k Keeper) *storedKeeper {
	switch k := k.(type) {
	case *storedKeeper:
		return k
	case *overflowKeeper:
		return k.storedKeeper
	}
	return nil
}

// Save keeps the session in the new backend. From store to store it keeps its
// id, so that nobody depends on this answer to stay signed in. Then its old
// record is ended, if it is still as it was loaded: a change that a server of
// the old kind made meanwhile is not left behind.
func (k *migrateKeeper) Save(ctx context.Context, dst []byte, c Change) ([]byte, Record, error) {
	from, ok := c.From.Record.(*migratingRecord)
	if !ok {
		if c.From.Accepted {
			c.Unmodified = false
		}
		dst, saved, err := k.Keeper.Save(ctx, dst, c)
		if err == nil && (c.Renew || len(c.Payload) <= len("{}")) {
			// An old store's copy must not outlive what replaced it.
			err = k.dropCopies(ctx, c.From)
		}
		return dst, saved, err
	}
	if c.Destroyed {
		if err := k.Drop(ctx, c.From); err != nil {
			return dst, nil, err
		}
	}
	old := c.From
	old.Record = from.Record
	c.Unmodified, c.From = false, Loaded{}
	if stored := storedOf(k.Keeper); stored != nil {
		switch r, ok := from.Record.(*record); {
		case ok:
			c.From.Record = &record{k: stored, cookie: from.value, id: r.id, missing: true}
		case isID(from.value):
			c.From.Record = &record{k: stored, cookie: from.value, id: stored.hash(from.value), missing: true}
		}
	}
	start := len(dst)
	dst, saved, err := k.Keeper.Save(ctx, dst, c)
	if err != nil || c.Destroyed {
		return dst, saved, err
	}
	c.From = old
	err = from.retire(ctx, c, saved == nil)
	if err == nil && c.Renew {
		err = k.dropNew(ctx, from)
	}
	if err != nil {
		_ = k.Keeper.Drop(ctx, Loaded{Record: saved}) // if it cannot be deleted either, it expires
		return dst[:start], nil, err
	}
	return dst, saved, nil
}

// retire ends the old record, or leaves it for a while where the session has
// moved into a cookie that the browser does not have yet.
func (r *migratingRecord) retire(ctx context.Context, c Change, inCookie bool) error {
	old, ok := r.Record.(*record)
	switch {
	case !ok:
		return r.from.Drop(ctx, c.From)
	case inCookie:
		return old.k.fade(ctx, old, c)
	}
	ctx, cancel := old.k.bound(ctx)
	defer cancel()
	return storeError(old.k.end(ctx, old, c.At))
}

// Drop forgets the session in every backend, for one that still had a copy
// would give it back.
func (k *migrateKeeper) Drop(ctx context.Context, from Loaded) error {
	if r, ok := from.Record.(*migratingRecord); ok {
		from.Record = r.Record
		return errors.Join(r.from.Drop(ctx, from), k.dropNew(ctx, r))
	}
	return errors.Join(k.Keeper.Drop(ctx, from), k.dropCopies(ctx, from))
}

// dropNew deletes what another request, or a copy, has put into the new store
// since the session was loaded from the old one.
func (k *migrateKeeper) dropNew(ctx context.Context, r *migratingRecord) error {
	stored, old := storedOf(k.Keeper), r.Record
	if rec, ok := old.(*record); ok && stored != nil {
		return stored.Drop(ctx, Loaded{Record: &record{k: stored, id: rec.id}})
	}
	return nil
}

// dropCopies deletes what old stores still have of a session that is in the
// new one, as when it was copied there.
func (k *migrateKeeper) dropCopies(ctx context.Context, from Loaded) error {
	r, ok := from.Record.(*record)
	if !ok {
		return nil
	}
	for _, old := range k.old {
		if stored := storedOf(old); stored != nil {
			if err := stored.Drop(ctx, Loaded{Record: &record{k: stored, id: r.id}}); err != nil {
				return err
			}
			continue
		}
		if r.cookie == "" {
			continue
		}
		found, err := old.Load(ctx, r.cookie)
		if errors.Is(err, ErrRefused) {
			continue
		}
		if err == nil {
			err = old.Drop(ctx, found)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// owned asks every backend that finds sessions by their owner, the new one
// first.
func (k *migrateKeeper) owned(ctx context.Context, owner string) ([]Loaded, error) {
	var all []Loaded
	seen := make(map[string]bool)
	asked := false
	for i, each := range append([]Keeper{k.Keeper}, k.old...) {
		o, ok := each.(ownerKeeper)
		if !ok {
			continue
		}
		asked = true
		found, err := o.owned(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if seen[one.Record.ID()] {
				continue // a copy
			}
			seen[one.Record.ID()] = true
			if i > 0 {
				one = k.adopt(i-1, one, "")
			}
			all = append(all, one)
		}
	}
	if !asked {
		return nil, errNoOwners
	}
	return all, nil
}

func (k *migrateKeeper) signOut(ctx context.Context, owner string, except []string) (int, error) {
	found, err := k.owned(ctx, owner)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, one := range found {
		if !slices.Contains(except, one.Record.ID()) {
			ended++
		}
	}
	var errs []error
	for _, each := range append([]Keeper{k.Keeper}, k.old...) {
		if o, ok := each.(ownerKeeper); ok {
			_, err := o.signOut(ctx, owner, except)
			errs = append(errs, err)
		}
	}
	return ended, errors.Join(errs...)
}

func (k *migrateKeeper) signOutOne(ctx context.Context, owner, id string) (bool, error) {
	ended, asked := false, false
	var errs []error
	for _, each := range append([]Keeper{k.Keeper}, k.old...) {
		if o, ok := each.(ownerKeeper); ok {
			one, err := o.signOutOne(ctx, owner, id)
			ended, asked, errs = ended || one, true, append(errs, err)
		}
	}
	if !asked {
		return false, errNoOwners
	}
	return ended, errors.Join(errs...)
}

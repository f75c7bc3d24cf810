package session

import (
	"context"
	"errors"
	"reflect"
	"slices"

	"github.com/wafer-go/wafer/store"
)

// migratingRecord is the record of an old backend, whose session the new one
// is to take over.
type migratingRecord struct {
	Record
	k      *migrateKeeper
	keeper Keeper // of the old backend
	value  string // of the cookie
}

// Reload looks in the new backend first: another request may have been faster.
func (r *migratingRecord) Reload(ctx context.Context) (Loaded, error) {
	if r.value == "" {
		return r.Record.Reload(ctx) // found by its owner
	}
	return r.k.Load(ctx, r.value)
}

// isOn reports whether both are on one store.
func (k *storedKeeper) isOn(st store.Store) bool {
	return reflect.TypeOf(st).Comparable() && reflect.TypeOf(k.store) == reflect.TypeOf(st) && k.store == st
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
		// An old store's copy must not outlive what replaces it.
		if c.Empty {
			if err := k.dropFromOld(ctx, c.From); err != nil {
				return dst, nil, err // and nothing has changed
			}
		}
		dst, saved, err := k.Keeper.Save(ctx, dst, c)
		if err == nil && c.Renew {
			// Not before: who copies the old store would take a session that
			// is gone there for one that was signed out.
			err = k.dropFromOld(ctx, c.From)
		}
		return dst, saved, err
	}
	stored := storedOf(k.Keeper)
	if stored == nil && c.Stay {
		return k.stay(ctx, dst, c, from)
	}
	if c.Destroyed {
		if err := k.Drop(ctx, c.From); err != nil {
			return dst, nil, err
		}
	}
	old := c.From
	old.Record = from.Record
	c.Unmodified, c.From = false, Loaded{}
	if stored != nil {
		switch r, ok := from.Record.(*record); {
		case ok:
			c.From.Record = &record{k: stored, cookie: from.value, id: r.id, missing: true}
		case isID(from.value):
			c.From.Record = &record{k: stored, cookie: from.value, id: stored.hash(from.value), missing: true}
		}
	}
	start := len(dst)
	dst, saved, err := k.Keeper.Save(ctx, dst, c)
	if err != nil || c.Destroyed || saved == nil && len(dst)-start > k.room {
		return dst, saved, err // what does not fit is refused by who asked
	}
	c.From = old
	err = from.retire(ctx, c, saved == nil)
	if err == nil && c.Renew {
		err = k.dropFromNew(ctx, from)
	}
	if err != nil {
		_ = k.Keeper.Drop(ctx, Loaded{Record: saved}) // if it cannot be deleted either, it expires
		return dst[:start], nil, err
	}
	return dst, saved, nil
}

// stay saves a session where it is, in the old store, since no cookie can go
// with it.
func (k *migrateKeeper) stay(ctx context.Context, dst []byte, c Change, from *migratingRecord) ([]byte, Record, error) {
	text, err := k.toOld(from.keeper, string(c.Payload))
	if err != nil {
		return dst, nil, err
	}
	c.Payload, c.From.Record = []byte(text), from.Record
	dst, saved, err := from.keeper.Save(ctx, dst, c)
	if err != nil || saved == nil {
		return dst, saved, err
	}
	return dst, &migratingRecord{Record: saved, k: k, keeper: from.keeper, value: from.value}, nil
}

// toOld writes a payload of the new backend's as an old one wrote it.
func (k *migrateKeeper) toOld(old Keeper, payload string) (string, error) {
	if old.Format() == k.Format() {
		return payload, nil
	}
	return (&translation{k.Format(), old.Format()}).of(payload)
}

// keepsRecords reports whether a Keeper has a store somewhere.
func keepsRecords(k Keeper) bool {
	if m, ok := k.(*migrateKeeper); ok {
		return keepsRecords(m.Keeper) || slices.ContainsFunc(m.old, keepsRecords)
	}
	return storedOf(k) != nil
}

// retire ends the old record, or leaves it for a while where the session has
// moved into a cookie that the browser does not have yet.
func (r *migratingRecord) retire(ctx context.Context, c Change, inCookie bool) error {
	old, ok := r.Record.(*record)
	fader, fades := r.keeper.(Fader)
	switch {
	case !ok && fades && inCookie && !c.Renew:
		return fader.Fade(ctx, c.From, c.At.Add(graceLifetime))
	case !ok:
		return r.keeper.Drop(ctx, c.From)
	case inCookie:
		text, err := r.k.toOld(r.keeper, string(c.Payload))
		if err != nil {
			return err
		}
		c.Payload = []byte(text)
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
		return errors.Join(r.keeper.Drop(ctx, from), k.dropFromNew(ctx, r))
	}
	return errors.Join(k.Keeper.Drop(ctx, from), k.dropFromOld(ctx, from))
}

// dropFromNew deletes what another request, or a copy, has put into the new store
// since the session was loaded from the old one.
func (k *migrateKeeper) dropFromNew(ctx context.Context, r *migratingRecord) error {
	stored, old := storedOf(k.Keeper), r.Record
	if rec, ok := old.(*record); ok && stored != nil {
		return stored.Drop(ctx, Loaded{Record: &record{k: stored, id: rec.id}})
	}
	return nil
}

// dropFromOld deletes what old stores still have of a session that is in the
// new one, as when it was copied there.
func (k *migrateKeeper) dropFromOld(ctx context.Context, from Loaded) error {
	r, ok := from.Record.(*record)
	if !ok {
		return nil
	}
	for _, old := range k.old {
		if stored := storedOf(old); stored != nil {
			if stored.isOn(r.k.store) {
				continue // it is no copy
			}
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

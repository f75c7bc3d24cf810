package simulation

import (
	"bytes"
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// remote is memstore behind the network, as if it were in another process. Each method is a step.
type remote struct {
	*memstore.Store
	l link
}

// Load returns the record.
func (r *remote) Load(ctx context.Context, id store.ID) (store.Record, error) {
	rec, err := over(ctx, r.l, "load", id, func() (store.Record, error) { return r.Store.Load(context.Background(), id) })
	met(ctx, id, rec.Version)
	return rec, err
}

// Save creates or replaces the record.
func (r *remote) Save(ctx context.Context, id store.ID, rec store.Record) (uint64, error) {
	rec.Data = bytes.Clone(rec.Data) // it may be executed after Save has returned
	follows(ctx, id, rec.Version)
	version, err := over(ctx, r.l, "save", id, func() (uint64, error) { return r.Store.Save(context.Background(), id, rec) })
	met(ctx, id, version)
	return version, err
}

// Delete removes the record.
func (r *remote) Delete(ctx context.Context, id store.ID) error {
	_, err := over(ctx, r.l, "delete", id, func() (nothing, error) { return nothing{}, r.Store.Delete(context.Background(), id) })
	return err
}

// Touch extends the record's life.
func (r *remote) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	_, err := over(ctx, r.l, "touch", id, func() (nothing, error) {
		return nothing{}, r.Store.Touch(context.Background(), id, version, used, expires)
	})
	return err
}

// Move renews an ID.
func (r *remote) Move(ctx context.Context, from, to store.ID, rec, mark store.Record) (uint64, error) {
	rec.Data, mark.Data = bytes.Clone(rec.Data), bytes.Clone(mark.Data)
	follows(ctx, from, rec.Version)
	version, err := over(ctx, r.l, "move", from, func() (uint64, error) {
		return r.Store.Move(context.Background(), from, to, rec, mark)
	})
	met(ctx, to, version)
	return version, err
}

// DeleteOwned deletes an owner's records.
func (r *remote) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	return over(ctx, r.l, "delete owned", store.ID{}, func() (int, error) {
		return r.Store.DeleteOwned(context.Background(), owner, except...)
	})
}

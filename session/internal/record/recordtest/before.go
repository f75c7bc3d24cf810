package recordtest

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// Before is a store in memory that does something before each call.
type Before struct {
	*memstore.Store
	Do func(ctx context.Context)
}

var (
	_ store.Store   = Before{}
	_ store.Toucher = Before{}
	_ store.Mover   = Before{}
)

// Load does it first.
func (b Before) Load(ctx context.Context, id store.ID) (store.Record, error) {
	b.Do(ctx)
	return b.Store.Load(ctx, id)
}

// Save does it first.
func (b Before) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	b.Do(ctx)
	return b.Store.Save(ctx, id, r)
}

// Touch does it first.
func (b Before) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	b.Do(ctx)
	return b.Store.Touch(ctx, id, version, used, expires)
}

// Move does it first.
func (b Before) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	b.Do(ctx)
	return b.Store.Move(ctx, from, to, r, mark)
}

// Delete does it first.
func (b Before) Delete(ctx context.Context, id store.ID) error {
	b.Do(ctx)
	return b.Store.Delete(ctx, id)
}

// DeleteOwned does it first.
func (b Before) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	b.Do(ctx)
	return b.Store.DeleteOwned(ctx, owner, except...)
}

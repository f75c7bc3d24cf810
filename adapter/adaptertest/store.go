package adaptertest

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

var errDown = errors.New("the store is down")

// A FrailStore is a store in memory that can be down. It counts its loads.
type FrailStore struct {
	store.Store
	Down  atomic.Bool
	Loads atomic.Int32
}

// NewFrailStore returns a store that is not down.
func NewFrailStore() *FrailStore { return &FrailStore{Store: memstore.New(nil)} }

// Load fails if the store is down.
func (f *FrailStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	f.Loads.Add(1)
	if f.Down.Load() {
		return store.Record{}, errDown
	}
	return f.Store.Load(ctx, id)
}

// Save fails if the store is down.
func (f *FrailStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.Down.Load() {
		return 0, errDown
	}
	return f.Store.Save(ctx, id, r)
}

// patientStore refuses the calls of a context that has ended or that has no deadline.
type patientStore struct{ store.Store }

func (p patientStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if _, bounded := ctx.Deadline(); !bounded {
		return 0, errors.New("the save has no deadline of its own")
	}
	return p.Store.Save(ctx, id, r)
}

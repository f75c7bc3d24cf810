package fibersession_test

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
)

// downStore is a store that cannot be reached.
type downStore struct{ store.Store }

var errDown = errors.New("the store is down")

func (downStore) Load(context.Context, store.ID) (store.Record, error) {
	return store.Record{}, errDown
}

func (downStore) Save(context.Context, store.ID, store.Record) (uint64, error) { return 0, errDown }

// failingStore saves until it is down.
type failingStore struct {
	store.Store
	down atomic.Bool
}

func (f *failingStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.down.Load() {
		return 0, errDown
	}
	return f.Store.Save(ctx, id, r)
}

// patientStore saves for nobody who has stopped waiting.
type patientStore struct{ store.Store }

func (p patientStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if _, bounded := ctx.Deadline(); !bounded {
		return 0, errors.New("the save has no bound of its own")
	}
	return p.Store.Save(ctx, id, r)
}

package fibersession_test

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/store"
)

// downStore is a store that cannot be reached.
type downStore struct{ store.Store }

var errDown = errors.New("the store is down")

func (downStore) Load(context.Context, store.ID) (store.Record, error) {
	return store.Record{}, errDown
}

func (downStore) Save(context.Context, store.ID, store.Record) (uint64, error) { return 0, errDown }

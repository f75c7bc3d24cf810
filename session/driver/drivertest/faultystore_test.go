package drivertest_test

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/wafer-go/wafer/session/driver/drivertest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A faultyStore is a store whose calls meet faults.
type faultyStore struct {
	*memstore.Store
	faults *drivertest.Faults
}

func newFaultyStore(faults *drivertest.Faults) faultyStore {
	return faultyStore{memstore.New(nil), faults}
}

var (
	errDown = errors.New("the engine cannot be reached")
	errLost = errors.New("the connection broke before the answer came")
)

// meet makes a call.
func meet[T any](s faultyStore, call func() (T, error)) (T, error) {
	var none T
	switch s.faults.Next() {
	case drivertest.Down:
		return none, errDown
	case drivertest.AnswerLost:
		_, _ = call()
		return none, errLost
	case drivertest.NoFault:
	}
	return call()
}

func noValue(call func() error) func() (struct{}, error) {
	return func() (struct{}, error) { return struct{}{}, call() }
}

func (s faultyStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	return meet(s, func() (store.Record, error) { return s.Store.Load(ctx, id) })
}

func (s faultyStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	return meet(s, func() (uint64, error) { return s.Store.Save(ctx, id, r) })
}

func (s faultyStore) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	return meet(s, func() (uint64, error) { return s.Store.Move(ctx, from, to, r, mark) })
}

func (s faultyStore) Delete(ctx context.Context, id store.ID) error {
	_, err := meet(s, noValue(func() error { return s.Store.Delete(ctx, id) }))
	return err
}

func (s faultyStore) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	_, err := meet(s, noValue(func() error { return s.Store.Touch(ctx, id, version, used, expires) }))
	return err
}

func (s faultyStore) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	return meet(s, func() (int, error) { return s.Store.DeleteOwned(ctx, owner, except...) })
}

func (s faultyStore) DeleteOne(ctx context.Context, owner string, id store.ID) (bool, error) {
	return meet(s, func() (bool, error) { return s.Store.DeleteOne(ctx, owner, id) })
}

func (s faultyStore) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	found, err := meet(s, func() (iter.Seq2[store.Entry, error], error) { return s.Store.Owned(ctx, owner), nil })
	if err != nil {
		return func(yield func(store.Entry, error) bool) { yield(store.Entry{}, err) }
	}
	return found
}

package storetest_test

import (
	"context"
	"iter"
	"time"

	"github.com/wafer-go/wafer/store"
)

// hooks is a mapStore of which some methods are others.
type hooks struct {
	*mapStore
	load        func(ctx context.Context, id store.ID) (store.Record, error)
	save        func(ctx context.Context, id store.ID, r store.Record) (uint64, error)
	del         func(ctx context.Context, id store.ID) error
	touch       func(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error
	move        func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error)
	owned       func(ctx context.Context, owner string) iter.Seq2[store.Entry, error]
	deleteOwned func(ctx context.Context, owner string, except ...store.ID) (int, error)
	deleteOne   func(ctx context.Context, owner string, id store.ID) (bool, error)
	all         func(ctx context.Context) iter.Seq2[store.Entry, error]
	purge       func(ctx context.Context, limit int) (int, error)
	ping        func(ctx context.Context) error
	now         func(ctx context.Context) (time.Time, error)
}

func newHooks() *hooks {
	s := newMapStore()
	return &hooks{
		mapStore: s, load: s.Load, save: s.Save, del: s.Delete, touch: s.Touch, move: s.Move,
		owned: s.Owned, deleteOwned: s.DeleteOwned, deleteOne: s.DeleteOne, all: s.All, purge: s.Purge, ping: s.Ping, now: s.Now,
	}
}

func (h *hooks) Load(ctx context.Context, id store.ID) (store.Record, error) { return h.load(ctx, id) }

func (h *hooks) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	return h.save(ctx, id, r)
}

func (h *hooks) Delete(ctx context.Context, id store.ID) error { return h.del(ctx, id) }

func (h *hooks) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	return h.touch(ctx, id, version, used, expires)
}

func (h *hooks) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	return h.move(ctx, from, to, r, mark)
}

func (h *hooks) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return h.owned(ctx, owner)
}

func (h *hooks) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	return h.deleteOwned(ctx, owner, except...)
}

func (h *hooks) DeleteOne(ctx context.Context, owner string, id store.ID) (bool, error) {
	return h.deleteOne(ctx, owner, id)
}

func (h *hooks) All(ctx context.Context) iter.Seq2[store.Entry, error] { return h.all(ctx) }

func (h *hooks) Purge(ctx context.Context, limit int) (int, error) { return h.purge(ctx, limit) }

func (h *hooks) Ping(ctx context.Context) error { return h.ping(ctx) }

func (h *hooks) Now(ctx context.Context) (time.Time, error) { return h.now(ctx) }

// versionless returns a store whose Save and Move tell no version.
func versionless() *hooks {
	h := newHooks()
	h.save = func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
		_, err := h.mapStore.Save(ctx, id, r)
		return 0, err
	}
	h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
		_, err := h.mapStore.Move(ctx, from, to, r, mark)
		return 0, err
	}
	return h
}

package storetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/storetest"
)

// mapStore is as simple as a store can be, and keeps every rule.
type mapStore struct {
	mu      sync.Mutex
	records map[store.ID]store.Record
	version uint64
}

var (
	_ store.Store      = (*mapStore)(nil)
	_ store.Toucher    = (*mapStore)(nil)
	_ store.Mover      = (*mapStore)(nil)
	_ store.OwnerIndex = (*mapStore)(nil)
	_ store.Lister     = (*mapStore)(nil)
	_ store.Purger     = (*mapStore)(nil)
	_ store.Pinger     = (*mapStore)(nil)
	_ store.Clock      = (*mapStore)(nil)
)

var every = []storetest.Interface{
	storetest.Toucher, storetest.Mover, storetest.OwnerIndex,
	storetest.Lister, storetest.Purger, storetest.Pinger, storetest.Clock,
}

func newMapStore() *mapStore { return &mapStore{records: map[store.ID]store.Record{}} }

func second(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

func expired(r store.Record) bool { return !time.Now().Before(r.Expires) }

func (s *mapStore) lock(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.mu.Lock()
	return nil
}

// find returns the live record, and is called with the lock.
func (s *mapStore) find(id store.ID) (store.Record, bool) {
	r, ok := s.records[id]
	return r, ok && !expired(r)
}

// put keeps a record, and is called with the lock.
func (s *mapStore) put(id store.ID, r store.Record) uint64 {
	s.version++
	r.Version = s.version
	r.Data = bytes.Clone(r.Data)
	r.Used, r.Expires = second(r.Used), second(r.Expires)
	s.records[id] = r
	return r.Version
}

func (s *mapStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if err := s.lock(ctx); err != nil {
		return store.Record{}, err
	}
	defer s.mu.Unlock()
	r, ok := s.find(id)
	if !ok {
		return store.Record{}, store.ErrNotFound
	}
	r.Data = bytes.Clone(r.Data)
	return r, nil
}

func (s *mapStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if err := s.check(id, r.Version); err != nil {
		return 0, err
	}
	return s.put(id, r), nil
}

// check says whether a Save with the version may go ahead, and is called with
// the lock.
func (s *mapStore) check(id store.ID, version uint64) error {
	old, ok := s.find(id)
	switch {
	case !ok && version != 0:
		return store.ErrNotFound
	case ok && old.Version != version:
		return store.ErrConflict
	}
	return nil
}

func (s *mapStore) Delete(ctx context.Context, id store.ID) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.records, id)
	return nil
}

func (s *mapStore) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	if err := s.lock(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	r, ok := s.find(id)
	if !ok {
		return store.ErrNotFound
	}
	if r.Version != version {
		return store.ErrConflict
	}
	if used = second(used); used.After(r.Used) {
		r.Used = used
	}
	if expires = second(expires); expires.After(r.Expires) {
		r.Expires = expires
	}
	s.records[id] = r
	return nil
}

func (s *mapStore) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	if old, ok := s.find(from); !ok {
		return 0, store.ErrNotFound
	} else if old.Version != r.Version {
		return 0, store.ErrConflict
	}
	if _, taken := s.find(to); taken {
		return 0, store.ErrConflict
	}
	mark.Owner, mark.Nonce = "", 0
	s.put(from, mark)
	return s.put(to, r), nil
}

// choose returns the live records that are wanted.
func (s *mapStore) choose(ctx context.Context, want func(store.Entry) bool) ([]store.Entry, error) {
	if err := s.lock(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	var found []store.Entry
	for id, r := range s.records {
		if e := (store.Entry{ID: id, Record: r}); want(e) && !expired(r) {
			e.Data = bytes.Clone(r.Data)
			found = append(found, e)
		}
	}
	return found, nil
}

func (s *mapStore) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return s.each(ctx, func(e store.Entry) bool { return e.Owner == owner && owner != "" })
}

func (s *mapStore) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (int, error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	n := 0
	for id, r := range s.records {
		if r.Owner == owner && owner != "" && !slices.Contains(except, id) && !expired(r) {
			delete(s.records, id)
			n++
		}
	}
	return n, nil
}

func (s *mapStore) DeleteOne(ctx context.Context, owner string, id store.ID) (bool, error) {
	if err := s.lock(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if r, ok := s.find(id); !ok || r.Owner != owner || owner == "" {
		return false, nil
	}
	delete(s.records, id)
	return true, nil
}

func (s *mapStore) All(ctx context.Context) iter.Seq2[store.Entry, error] {
	return s.each(ctx, func(store.Entry) bool { return true })
}

// each yields the live records that are wanted.
func (s *mapStore) each(ctx context.Context, want func(store.Entry) bool) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		entries, err := s.choose(ctx, want)
		if err != nil {
			yield(store.Entry{}, err)
		}
		for _, e := range entries {
			if ctx.Err() != nil {
				yield(store.Entry{}, ctx.Err())
				return
			}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func (s *mapStore) Purge(ctx context.Context, limit int) (n int, err error) {
	if err := s.lock(ctx); err != nil {
		return 0, err
	}
	defer s.mu.Unlock()
	for id, r := range s.records {
		if n < limit && expired(r) {
			delete(s.records, id)
			n++
		}
	}
	return n, nil
}

func (s *mapStore) Ping(ctx context.Context) error { return ctx.Err() }

func (s *mapStore) Now(ctx context.Context) (time.Time, error) { return time.Now(), nil }

func TestAStoreThatKeepsEveryRulePasses(t *testing.T) {
	var shared *mapStore
	t.Run("OneProcess", func(t *testing.T) {
		storetest.Run(t, func(*testing.T) store.Store { return newMapStore() },
			&storetest.Options{Implements: every, FakeClock: true})
	})
	t.Run("OneServerInUse", func(t *testing.T) {
		shared = newMapStore()
		storetest.Run(t, func(*testing.T) store.Store { return shared },
			&storetest.Options{Implements: every, Another: func(*testing.T, store.Store) store.Store { return shared }})
	})
	// What remains of a server in use is what the suite found there.
	for id, r := range shared.records {
		if !expired(r) {
			t.Errorf("the suite left the record %s behind, with %d bytes", id, len(r.Data))
		}
	}
}

func TestAStoreWithoutOptionalInterfacesPasses(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return struct{ store.Store }{newMapStore()} }, &storetest.Options{FakeClock: true})
}

func TestAStoreThatCannotMoveFarPasses(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store {
		h := newHooks()
		h.move = func(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
			if from.Part() != to.Part() {
				return 0, fmt.Errorf("two parts: %w", errors.ErrUnsupported)
			}
			return h.mapStore.Move(ctx, from, to, r, mark)
		}
		return h
	}, &storetest.Options{Implements: every, FakeClock: true})
}

func TestAStoreThatTellsNoVersionPasses(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return versionless() },
		&storetest.Options{Implements: every, FakeClock: true, VersionUntold: true})
}

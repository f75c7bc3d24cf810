package memstore

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

// An ownerShard links the entries of some owners. Its lock is the last, after that of an entry's
// shard: code that reads the links copies IDs, and looks them up after it has unlocked.
type ownerShard struct {
	mu    sync.Mutex
	first map[string]*entry // of each owner; the others follow by their links
}

func (s *Store) ownerShard(owner string) *ownerShard {
	return &s.owners[maphash.String(s.seed, owner)%shards]
}

// setOwner sets an entry's owner, empty if there is none. It is called
// with the lock of the entry's shard.
func (s *Store) setOwner(e *entry, owner string) {
	if e.owner == owner {
		return
	}
	if e.owner != "" {
		sh := s.ownerShard(e.owner)
		sh.mu.Lock()
		sh.unlink(e)
		sh.mu.Unlock()
	}
	e.owner = strings.Clone(owner) // which may be a part of something large
	if owner != "" {
		sh := s.ownerShard(owner)
		sh.mu.Lock()
		sh.link(e)
		sh.mu.Unlock()
	}
}

func (sh *ownerShard) link(e *entry) {
	if e.next = sh.first[e.owner]; e.next != nil {
		e.next.prev = e
	}
	sh.first[e.owner] = e
}

func (sh *ownerShard) unlink(e *entry) {
	if e.next != nil {
		e.next.prev = e.prev
	}
	switch {
	case e.prev != nil:
		e.prev.next = e.next
	case e.next != nil:
		sh.first[e.owner] = e.next
	default:
		delete(sh.first, e.owner)
	}
	e.next, e.prev = nil, nil
}

// ids returns which entries are an owner's at this instant.
func (s *Store) ids(owner string) (ids []store.ID) {
	sh := s.ownerShard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	for e := sh.first[owner]; e != nil; e = e.next {
		ids = append(ids, e.id)
	}
	return ids
}

// Owned yields the records of an owner, as [store.OwnerIndex] says. It holds
// their IDs in memory, and a lock only while it copies those, or one record.
// Its one error is that of a context that is done.
func (s *Store) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		if err := done(ctx); err != nil {
			yield(store.Entry{}, err)
			return
		}
		for _, id := range s.ids(owner) {
			if err := done(ctx); err != nil {
				yield(store.Entry{}, err)
				return
			}
			r, err := s.load(id)
			if errors.Is(err, store.ErrNotFound) || r.Owner != owner {
				continue
			}
			if !yield(store.Entry{ID: id, Record: r}, nil) {
				return
			}
		}
	}
}

// DeleteOwned deletes the records of an owner, except some, one at a time, and
// returns how many it deleted. It fails only if the context is done.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	now := time.Now().Unix()
	kept := make(map[store.ID]bool, len(except))
	for _, id := range except {
		kept[id] = true
	}
	for _, id := range s.ids(owner) {
		if err := done(ctx); err != nil {
			return deleted, err
		}
		if !kept[id] && s.deleteIfOwned(id, owner, now) {
			deleted++
		}
	}
	return deleted, nil
}

// DeleteOne deletes the record if owner is its owner, and reports whether it did. The
// empty owner has no records. It fails only if the context is done.
func (s *Store) DeleteOne(ctx context.Context, owner string, id store.ID) (deleted bool, err error) {
	if err := done(ctx); err != nil {
		return false, err
	}
	return owner != "" && s.deleteIfOwned(id, owner, time.Now().Unix()), nil
}

// deleteIfOwned deletes a record if it is still there and the owner's.
func (s *Store) deleteIfOwned(id store.ID, owner string, now int64) bool {
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.find(id, now)
	if e == nil || e.owner != owner {
		return false
	}
	s.remove(sh, e)
	return true
}

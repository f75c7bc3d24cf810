package memstore

import (
	"context"
	"errors"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

// An ownerShard links the entries of some owners. Its lock is taken last, by
// those who hold that of an entry's shard: who reads the links copies ids, and
// looks those up when it has let go.
type ownerShard struct {
	mu    sync.Mutex
	first map[string]*entry // of each owner; the others follow by their links
}

func (s *Store) ownerShard(owner string) *ownerShard {
	return &s.owners[maphash.String(s.seed, owner)%shards]
}

// setOwner makes an entry its new owner's; empty for nobody's. It is called
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

// Owned returns the records of an owner, in no particular order. The empty
// owner has none. It fails only where the context is done.
func (s *Store) Owned(ctx context.Context, owner string) ([]store.Entry, error) {
	if err := done(ctx); err != nil {
		return nil, err
	}
	var found []store.Entry
	for _, id := range s.ids(owner) {
		r, err := s.load(id)
		if errors.Is(err, store.ErrNotFound) || r.Owner != owner {
			continue
		}
		found = append(found, store.Entry{ID: id, Record: r})
	}
	return found, nil
}

// DeleteOwned deletes the records of an owner, but for some, and returns how
// many there were. It fails only where the context is done.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	now := time.Now().Unix()
	for _, id := range s.ids(owner) {
		if !slices.Contains(except, id) && s.deleteIfOwned(id, owner, now) {
			deleted++
		}
	}
	return deleted, nil
}

// DeleteOne deletes the record if owner is its owner, and reports whether it did. The empty owner has
// no records. It fails only if the context is done.
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

package memstore

import (
	"context"
	"errors"
	"hash/maphash"
	"iter"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A group has the records of one owner, linked. When all of them are deleted it ends, in one step,
// and the owner's next records are in another one: a record that is still in the old group is as
// good as deleted, under whichever ID it is moved to.
type group struct {
	owner string
	first *entry // the others follow by their links
	ended atomic.Bool
}

func (g *group) hasEnded() bool { return g != nil && g.ended.Load() }

// owner returns whose record it is, or the empty string.
func (e *entry) owner() string {
	if e.group == nil {
		return ""
	}
	return e.group.owner
}

// An ownerShard has the groups of some owners. Its lock guards their links, and is the last, after
// that of an entry's shard: code that reads the links copies IDs, and looks them up after it has
// unlocked.
type ownerShard struct {
	mu     sync.Mutex
	groups map[string]*group
}

func (s *Store) ownerShard(owner string) *ownerShard {
	return &s.owners[maphash.String(s.seed, owner)%shards]
}

// setOwner sets an entry's owner, empty if there is none. It is called
// with the lock of the entry's shard.
func (s *Store) setOwner(e *entry, owner string) {
	if e.owner() == owner {
		return
	}
	s.leave(e)
	if owner == "" {
		return
	}
	sh := s.ownerShard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	g := sh.groups[owner]
	if g == nil {
		g = &group{owner: strings.Clone(owner)} // which may be a part of something large
		sh.groups[g.owner] = g
	}
	g.link(e)
}

// leave removes an entry from its group. It is called with the lock of the entry's shard.
func (s *Store) leave(e *entry) {
	if e.group == nil {
		return
	}
	sh := s.ownerShard(e.group.owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.unlink(e)
}

// succeed puts an entry into the group of an older one, which leaves it, in one step. It reports
// false, and does nothing, if the group has ended. It is called with the locks of both shards.
func (s *Store) succeed(old, e *entry) bool {
	g := old.group
	sh := s.ownerShard(g.owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if g.hasEnded() {
		return false
	}
	g.link(e)
	sh.unlink(old)
	return true
}

func (g *group) link(e *entry) {
	e.group = g
	if e.next = g.first; e.next != nil {
		e.next.prev = e
	}
	g.first = e
}

func (sh *ownerShard) unlink(e *entry) {
	g := e.group
	if e.next != nil {
		e.next.prev = e.prev
	}
	if e.prev != nil {
		e.prev.next = e.next
	} else {
		g.first = e.next
	}
	e.group, e.next, e.prev = nil, nil, nil
	if g.first == nil && sh.groups[g.owner] == g {
		delete(sh.groups, g.owner)
	}
}

// ids returns which entries are an owner's at this instant.
func (s *Store) ids(owner string) []store.ID {
	sh := s.ownerShard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return sh.groups[owner].ids(math.MaxInt)
}

// ids returns up to limit of a group's.
func (g *group) ids(limit int) (ids []store.ID) {
	if g == nil {
		return nil
	}
	for e := g.first; e != nil && len(ids) < limit; e = e.next {
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

// DeleteOwned deletes the records of an owner, except some, and returns how many it deleted. It
// does so in one step; afterwards it gives their room back in steps. It fails only if the context
// is done.
func (s *Store) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	now := time.Now().Unix()
	g := s.end(owner, except)
	for ids := s.next(g); len(ids) > 0; ids = s.next(g) {
		if err := done(ctx); err != nil {
			return deleted, err
		}
		for _, id := range ids {
			if s.clear(g, id, now) {
				deleted++
			}
		}
	}
	return deleted, nil
}

// end ends the group of an owner, after those that are kept have left it for the next one. It
// returns nil if there is none.
func (s *Store) end(owner string, kept []store.ID) *group {
	defer s.lockAll(kept)()
	sh := s.ownerShard(owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.groups[owner]
	if old == nil {
		return nil
	}
	delete(sh.groups, owner)
	fresh := &group{owner: old.owner}
	for _, id := range kept {
		if e := s.shard(id).records[id]; e != nil && e.group == old {
			sh.unlink(e)
			fresh.link(e)
		}
	}
	if fresh.first != nil {
		sh.groups[owner] = fresh
	}
	old.ended.Store(true)
	return old
}

// lockAll locks the shards of some ids, in their order, and returns what unlocks them.
func (s *Store) lockAll(ids []store.ID) (unlock func()) {
	var locked [shards]bool
	for _, id := range ids {
		locked[id[0]%shards] = true
	}
	for i := range s.shards {
		if locked[i] {
			s.shards[i].mu.Lock()
		}
	}
	return func() {
		for i := range s.shards {
			if locked[i] {
				s.shards[i].mu.Unlock()
			}
		}
	}
}

// next returns the next entries to drop of a group that has ended.
func (s *Store) next(g *group) []store.ID {
	if g == nil {
		return nil
	}
	sh := s.ownerShard(g.owner)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return g.ids(sweepPerLock)
}

// clear drops an entry of a group that has ended, and reports whether it had not expired.
func (s *Store) clear(g *group, id store.ID, now int64) bool {
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.records[id]
	if e == nil || e.group != g {
		return false
	}
	s.remove(sh, e)
	return now < e.expires
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
	if e == nil || e.owner() != owner {
		return false
	}
	s.remove(sh, e)
	return true
}

package memstore

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Move saves r under the id to and deletes the record at from, which has to be
// there in r.Version. It fails as [store.Mover] says, and for want of room as
// Save does. No two ids are out of its reach.
func (s *Store) Move(ctx context.Context, from, to store.ID, r store.Record) (version uint64, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	return s.withRoom(r, func(data []byte) (uint64, int64, error) { return s.tryMove(from, to, r, data) })
}

// tryMove is to Move what trySave is to Save.
func (s *Store) tryMove(from, to store.ID, r store.Record, data []byte) (version uint64, need int64, err error) {
	now := time.Now().Unix()
	a, b := s.shard(from), s.shard(to)
	defer lockBoth(from, to, a, b)()
	s.sweep(a, now, sweepPerWrite)
	s.sweep(b, now, sweepPerWrite)

	old := a.find(from, now)
	switch {
	case old == nil:
		return 0, 0, store.ErrNotFound
	case old.version != r.Version, b.find(to, now) != nil:
		return 0, 0, store.ErrConflict
	}
	s.removeAt(b, to) // one that has expired
	need = size(r) - old.size()
	if !s.reserve(need) {
		return 0, need, errNoRoom
	}
	s.drop(a, old)
	e := &entry{id: to}
	b.add(e, r.Expires.Unix())
	return s.fill(b, e, r, data), need, nil
}

// lockBoth locks the shards of two ids, in an order that is the same for
// everybody, and returns what unlocks them.
func lockBoth(from, to store.ID, a, b *shard) (unlock func()) {
	if a == b {
		a.mu.Lock()
		return a.mu.Unlock
	}
	if from[0]%shards > to[0]%shards {
		a, b = b, a
	}
	a.mu.Lock()
	b.mu.Lock()
	return func() { b.mu.Unlock(); a.mu.Unlock() }
}

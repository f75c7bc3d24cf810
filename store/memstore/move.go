package memstore

import (
	"bytes"
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Move saves r under the ID to and replaces the record at from, which must have r.Version, by mark.
// It fails as [store.Mover] says, and if there is no room as Save does. It can move between any two
// IDs.
func (s *Store) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (version uint64, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	mark.Owner, mark.Nonce, mark.Data = "", r.Nonce, bytes.Clone(mark.Data)
	return s.withRoom(size(r)+size(mark), r, func(data []byte) (uint64, room, error) {
		return s.tryMove(from, to, r, mark, data)
	})
}

// tryMove is to Move what trySave is to Save.
func (s *Store) tryMove(from, to store.ID, r, mark store.Record, data []byte) (version uint64, need room, err error) {
	now := time.Now().Unix()
	a, b := s.shard(from), s.shard(to)
	defer s.lockAll([]store.ID{from, to})()
	s.sweep(a, now, sweepPerWrite)
	s.sweep(b, now, sweepPerWrite)

	old := a.find(from, now)
	switch {
	case old == nil:
		return 0, need, store.ErrNotFound
	case old.version != r.Version, b.find(to, now) != nil:
		return 0, need, store.ErrConflict
	}
	s.removeAt(b, to) // one that has expired
	// The mark counts as what moved: a user's does not use the room for anonymous records.
	anonymous := r.Owner == ""
	need = roomOf(size(r)+size(mark), anonymous).less(old)
	if !s.reserve(need) {
		return 0, need, errNoRoom
	}
	e := &entry{id: to}
	if r.Owner != "" && r.Owner == old.owner() && !s.succeed(old, e) {
		s.used.Add(-need.all) // all that it has: neither record counts as anonymous
		return 0, need, store.ErrNotFound
	}
	s.fill(a, old, mark, mark.Data, anonymous)
	b.add(e, r.Expires.Unix())
	return s.fill(b, e, r, data, anonymous), need, nil
}

package memstore

import (
	"context"
	"errors"
	"iter"

	"github.com/wafer-go/wafer/store"
)

// All yields every record, as [store.Lister] says. It has the IDs of every 64th record in memory,
// and holds a lock only while it copies these IDs or a record. Its one error is that of a context
// that is done.
func (s *Store) All(ctx context.Context) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		for i := range s.shards {
			if err := done(ctx); err != nil {
				yield(store.Entry{}, err)
				return
			}
			for _, id := range s.shards[i].ids() {
				if err := done(ctx); err != nil {
					yield(store.Entry{}, err)
					return
				}
				r, err := s.load(id)
				if errors.Is(err, store.ErrNotFound) {
					continue // deleted or expired since then
				}
				if !yield(store.Entry{ID: id, Record: r}, nil) {
					return
				}
			}
		}
	}
}

// ids returns which entries are in the shard at this instant.
func (sh *shard) ids() []store.ID {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	ids := make([]store.ID, len(sh.queue))
	for i, e := range sh.queue {
		ids[i] = e.id
	}
	return ids
}

package memstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	// overhead is what an entry takes besides its data and its owner's name,
	// in bytes: itself (128), a slot in the map of records (40) and, with an
	// owner, in that of owners (24), each of which may be half empty, and one
	// in the queue (8). TestMemoryIsCounted measured between 210 and 320.
	overhead = 320

	// sweepPerWrite is how many expired entries a write drops: more than the
	// one it may add, so that they do not pile up.
	sweepPerWrite = 2

	// sweepPerLock is how many are dropped before others get their turn: some
	// 50 microseconds' worth.
	sweepPerLock = 128
)

// errNoRoom says that a record fits only when others go.
var errNoRoom = errors.New("memstore: no room")

// size is what a record counts of [Options.MaxBytes].
func size(r store.Record) int64 { return overhead + int64(len(r.Data)) + int64(len(r.Owner)) }

func (e *entry) size() int64 { return overhead + int64(len(e.data)) + int64(len(e.owner)) }

// reserve takes n bytes, if there are as many. What needs no more than before
// is never refused.
func (s *Store) reserve(n int64) bool {
	if n <= 0 {
		s.used.Add(n)
		return true
	}
	for {
		used := s.used.Load()
		if n > s.max-used {
			return false
		}
		if s.used.CompareAndSwap(used, used+n) {
			return true
		}
	}
}

// withRoom saves a record with try, which gets a copy of its data. total is how many bytes try
// leaves in the store, another record's included. If try finds no room, expired records make some
// as long as there are any.
func (s *Store) withRoom(total int64, r store.Record, try func(data []byte) (version uint64, need int64, err error)) (uint64, error) {
	if total > s.max {
		return 0, fmt.Errorf("memstore: a record of %d bytes with what it takes to keep it is more than MaxBytes, %d; keep less in the session, or set MaxBytes higher: %w", total, s.max, store.ErrTooLarge)
	}
	data := bytes.Clone(r.Data)
	for {
		version, need, err := try(data)
		if !errors.Is(err, errNoRoom) {
			return version, err
		}
		if !s.makeRoom(need) {
			return 0, fmt.Errorf("memstore: %d of %d bytes are taken by live sessions, and %d more are needed; set MaxBytes higher or the sessions' lifetime shorter, or keep them in a store on disk: %w", s.used.Load(), s.max, need, store.ErrFull)
		}
	}
}

// makeRoom drops expired entries until there are n bytes, and reports whether
// it dropped any, or others did.
func (s *Store) makeRoom(n int64) bool {
	now := time.Now().Unix()
	dropped := false
	for i := range s.shards {
		for more := true; more; {
			if n <= s.max-s.used.Load() {
				return true
			}
			batch := s.sweepLocked(&s.shards[i], now, sweepPerLock)
			dropped = dropped || batch > 0
			more = batch == sweepPerLock
		}
	}
	return dropped
}

func (s *Store) sweepLocked(sh *shard, now int64, limit int) int {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	return s.sweep(sh, now, limit)
}

// Purge deletes up to limit expired records and returns how many it deleted.
// No program needs to call it, since Save makes room for itself; it gives
// memory back to a program that saves little. It fails only where the context
// is done, which may be after some were deleted.
func (s *Store) Purge(ctx context.Context, limit int) (purged int, err error) {
	now := time.Now().Unix()
	for i := range s.shards {
		for more := true; more; {
			if err := done(ctx); err != nil {
				return purged, err
			}
			step := min(limit-purged, sweepPerLock)
			if step <= 0 {
				return purged, nil
			}
			batch := s.sweepLocked(&s.shards[i], now, step)
			purged += batch
			more = batch == step
		}
	}
	return purged, nil
}

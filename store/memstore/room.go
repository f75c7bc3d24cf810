package memstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

const (
	// overhead is the memory of an entry besides its data and its owner's name,
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

func (e *entry) size() int64 { return overhead + int64(len(e.data)) + int64(len(e.owner())) }

// free is how many of its bytes count as anonymous.
func (e *entry) free() int64 {
	if e.anonymous {
		return e.size()
	}
	return 0
}

// A room is how many bytes a write needs more than it gives back: in all, and of
// those for anonymous records.
type room struct {
	all, free int64
	anonymous bool // what is written
}

func roomOf(bytes int64, anonymous bool) room {
	if anonymous {
		return room{bytes, bytes, true}
	}
	return room{all: bytes}
}

// less is the room that is needed where an entry gives its own back.
func (n room) less(e *entry) room {
	return room{n.all - e.size(), n.free - e.free(), n.anonymous}
}

// maxFree is how many bytes anonymous records may have together.
func (s *Store) maxFree() int64 { return s.max / 4 * 3 }

// fits reports whether there is so much room.
func (s *Store) fits(n room) bool {
	return n.all <= s.max-s.used.Load() && (!n.anonymous || n.free <= s.maxFree()-s.free.Load())
}

// reserve counts room as used, if there is as much. A write that needs no more bytes than
// before is never refused, so that a user whose session becomes anonymous can
// sign out.
func (s *Store) reserve(n room) bool {
	if n.all <= 0 {
		s.used.Add(n.all)
		s.free.Add(n.free)
		return true
	}
	limit := s.maxFree()
	if !n.anonymous {
		limit = math.MaxInt64
	}
	if !take(&s.free, n.free, limit) {
		return false
	}
	if !take(&s.used, n.all, s.max) {
		s.free.Add(-n.free)
		return false
	}
	return true
}

// take adds to a sum unless that would be more than a limit.
func take(sum *atomic.Int64, n, limit int64) bool {
	for {
		now := sum.Load()
		if n > limit-now {
			return false
		}
		if sum.CompareAndSwap(now, now+n) {
			return true
		}
	}
}

// withRoom saves a record with try, which gets a copy of its data. total is how many bytes try
// leaves in the store, another record's included. If try finds no room, expired records make some
// as long as there are any.
func (s *Store) withRoom(total int64, r store.Record, try func(data []byte) (version uint64, need room, err error)) (uint64, error) {
	limit, what := s.max, "MaxBytes"
	if r.Owner == "" {
		limit, what = s.maxFree(), "three quarters of MaxBytes, which is for records without an owner"
	}
	if total > limit {
		return 0, fmt.Errorf("memstore: a record of %d bytes with its overhead is more than %s, %d; keep less in the session, or set MaxBytes higher: %w", total, what, limit, store.ErrTooLarge)
	}
	data := bytes.Clone(r.Data)
	for {
		version, need, err := try(data)
		if !errors.Is(err, errNoRoom) {
			return version, err
		}
		if !s.makeRoom(need) {
			return 0, fmt.Errorf("memstore: live sessions use %d of %d bytes, those without an owner %d, which may have %d, and %d more are needed; set MaxBytes higher or the sessions' lifetime shorter, or keep them in a store on disk: %w", s.used.Load(), s.max, s.free.Load(), s.maxFree(), need.all, store.ErrFull)
		}
	}
}

// makeRoom drops expired entries until there is the room, and reports whether it
// dropped any, or others did.
func (s *Store) makeRoom(n room) bool {
	now := time.Now().Unix()
	dropped := false
	for i := range s.shards {
		for more := true; more; {
			if s.fits(n) {
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

// Purge deletes up to limit expired records and returns how many it deleted. No program needs to
// call it, since Save makes room for itself; it gives memory back to a program that saves little.
// It fails only if the context has ended, which may be after some were deleted.
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

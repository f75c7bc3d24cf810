// Package memstore keeps sessions in the program's own memory.
//
// It is for tests, and for small programs that run as one process: a second
// process does not see its records, and at a restart all are lost, so that
// every visitor is signed out. For more, there is sqlstore with SQLite.
//
// Its memory is bounded, see [Options], and it never drops a live session to
// stay within: when it is full, a new one is refused with [store.ErrFull]. A
// quarter is kept for records with an owner, so that users can sign in although
// anonymous visitors, or bots, have filled the rest. Expired records make room.
// It starts no goroutine and needs no closing.
package memstore

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

// Options bound a [Store].
type Options struct {
	// MaxBytes is how many bytes all records may have together, each counted with the length of its
	// data and of its owner's name, and 320 bytes of overhead. It defaults to 64 MiB, also if it is
	// negative. The garbage collector may need as much again.
	//
	// New records without an owner, and growing ones, may use three quarters of it together.
	MaxBytes int64
}

const defaultMaxBytes = 64 << 20

// A Store keeps records in memory. It is safe for concurrent use. [New] makes
// one.
type Store struct {
	max    int64
	used   atomic.Int64 // bytes of all records, as size counts them
	free   atomic.Int64 // those of records that count as anonymous
	seed   maphash.Seed
	shards [shards]shard
	owners [shards]ownerShard
}

var (
	_ store.Store      = (*Store)(nil)
	_ store.Toucher    = (*Store)(nil)
	_ store.Mover      = (*Store)(nil)
	_ store.OwnerIndex = (*Store)(nil)
	_ store.Lister     = (*Store)(nil)
	_ store.Purger     = (*Store)(nil)
	_ store.Pinger     = (*Store)(nil)
	_ store.Clock      = (*Store)(nil)
)

// New returns an empty store. If opts is nil, the zero Options apply.
func New(opts *Options) *Store {
	s := &Store{max: defaultMaxBytes, seed: maphash.MakeSeed()}
	if opts != nil && opts.MaxBytes > 0 {
		s.max = opts.MaxBytes
	}
	for i := range s.shards {
		s.shards[i].records = map[store.ID]*entry{}
		s.owners[i].groups = map[string]*group{}
	}
	return s
}

// Now returns the time of package time.
func (*Store) Now(context.Context) (time.Time, error) { return time.Now(), nil }

// Load returns the record, or [store.ErrNotFound].
func (s *Store) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if err := done(ctx); err != nil {
		return store.Record{}, err
	}
	return s.load(id)
}

func (s *Store) load(id store.ID) (store.Record, error) {
	now := time.Now().Unix()
	sh := s.shard(id)
	sh.mu.Lock()
	e := sh.find(id, now)
	if e == nil {
		sh.mu.Unlock()
		return store.Record{}, store.ErrNotFound
	}
	r := e.record()
	sh.mu.Unlock()
	// Outside the lock, because the bytes of an entry never change: Save gives it others.
	r.Data = bytes.Clone(r.Data)
	return r, nil
}

// Save creates or replaces a record, as r.Version says. Besides [store.ErrConflict] and
// [store.ErrNotFound] it may fail with [store.ErrTooLarge], if the record alone is more than
// Options.MaxBytes, and with [store.ErrFull]. A record that is not larger than the one it replaces
// is never refused because the store is full.
func (s *Store) Save(ctx context.Context, id store.ID, r store.Record) (version uint64, err error) {
	if err := done(ctx); err != nil {
		return 0, err
	}
	return s.withRoom(size(r), r, func(data []byte) (uint64, room, error) { return s.trySave(id, r, data) })
}

// trySave is Save without making room: the error is errNoRoom where more bytes
// are needed than there are, and need how many.
func (s *Store) trySave(id store.ID, r store.Record, data []byte) (version uint64, need room, err error) {
	now := time.Now().Unix()
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.sweep(sh, now, sweepPerWrite)

	e := sh.find(id, now)
	switch {
	case e == nil && r.Version != 0:
		return 0, need, store.ErrNotFound
	case e != nil && e.version != r.Version:
		return 0, need, store.ErrConflict
	}
	if e == nil {
		s.removeAt(sh, id) // one that has expired
		need = roomOf(size(r), r.Owner == "")
	} else {
		need = roomOf(size(r), r.Owner == "").less(e)
	}
	if !s.reserve(need) {
		return 0, need, errNoRoom
	}
	if e == nil {
		e = &entry{id: id}
		sh.add(e, r.Expires.Unix())
	}
	return s.fill(sh, e, r, data, r.Owner == ""), need, nil
}

// Delete removes the record. It fails only if the context has ended.
func (s *Store) Delete(ctx context.Context, id store.ID) error {
	if err := done(ctx); err != nil {
		return err
	}
	now := time.Now().Unix()
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.removeAt(sh, id)
	s.sweep(sh, now, sweepPerWrite)
	return nil
}

// Touch sets Used and Expires of the record that has the version, unless they
// are later already. It fails as [store.Toucher] says.
func (s *Store) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	if err := done(ctx); err != nil {
		return err
	}
	now := time.Now().Unix()
	sh := s.shard(id)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	e := sh.find(id, now)
	if e == nil {
		return store.ErrNotFound
	}
	if e.version != version {
		return store.ErrConflict
	}
	e.used = max(e.used, used.Unix())
	sh.reschedule(e, max(e.expires, expires.Unix()))
	return nil
}

// Ping returns nil if there is room for a record with an owner. Otherwise it
// fails with [store.ErrFull], or because the context is done.
func (s *Store) Ping(ctx context.Context) error {
	if err := done(ctx); err != nil {
		return err
	}
	if need := roomOf(overhead, false); !s.fits(need) && !(s.makeRoom(need) && s.fits(need)) {
		return fmt.Errorf("memstore: live sessions use %d of %d bytes: %w", s.used.Load(), s.max, store.ErrFull)
	}
	return nil
}

// done returns an error that wraps the context's, where that is done.
func done(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memstore: nothing was done: %w", err)
	}
	return nil
}

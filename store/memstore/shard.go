package memstore

import (
	"container/heap"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

// shards is how many locks share the records. An id is a hash, so they spread
// evenly; 64 are enough for requests on as many processors seldom to meet.
const shards = 64

// An entry is a record as it is kept. All but id is guarded by the lock of its
// shard, and the links by that of its owner's.
type entry struct {
	id            store.ID
	data          []byte // never written to
	version       uint64 // also the nonce
	used, expires int64  // seconds since 1970
	place         int    // in the shard's queue
	anonymous     bool   // it counts as such

	group      *group // the records of its owner, nil if it has none
	next, prev *entry // in its group
}

func (e *entry) record() store.Record {
	return store.Record{
		Data: e.data, Version: e.version, Nonce: e.version, Owner: e.owner(),
		Used: time.Unix(e.used, 0).UTC(), Expires: time.Unix(e.expires, 0).UTC(),
	}
}

// A shard keeps the records whose ids begin alike.
type shard struct {
	mu      sync.Mutex
	records map[store.ID]*entry
	queue   queue // of all entries, the one that expires next at its head

	_ [24]byte // a cache line each, so that one lock does not slow the next
}

func (s *Store) shard(id store.ID) *shard { return &s.shards[id[0]%shards] }

// find returns the entry with the ID, or nil if there is none, if it has expired, or if it was
// deleted with all of its owner's.
func (sh *shard) find(id store.ID, now int64) *entry {
	if e := sh.records[id]; e != nil && now < e.expires && !e.group.hasEnded() {
		return e
	}
	return nil
}

func (sh *shard) add(e *entry, expires int64) {
	e.expires = expires
	sh.records[e.id] = e
	heap.Push(&sh.queue, e)
}

func (sh *shard) reschedule(e *entry, expires int64) {
	e.expires = expires
	heap.Fix(&sh.queue, e.place)
}

// fill puts a record into an entry of the shard, and returns its version.
func (s *Store) fill(sh *shard, e *entry, r store.Record, data []byte, anonymous bool) uint64 {
	version := r.Nonce
	for version == 0 || version == e.version {
		version = rand.Uint64() >> 1 // #nosec G404 -- told apart, not kept secret
	}
	e.anonymous = anonymous
	e.version, e.data, e.used = version, data, r.Used.Unix()
	if at := r.Expires.Unix(); at != e.expires {
		sh.reschedule(e, at)
	}
	s.setOwner(e, r.Owner)
	return e.version
}

// remove drops an entry of the shard and gives its room back.
func (s *Store) remove(sh *shard, e *entry) {
	s.used.Add(-e.size())
	s.free.Add(-e.free())
	s.leave(e)
	heap.Remove(&sh.queue, e.place)
	delete(sh.records, e.id)
}

// removeAt drops the entry with the id, expired or not, if there is one.
func (s *Store) removeAt(sh *shard, id store.ID) {
	if e := sh.records[id]; e != nil {
		s.remove(sh, e)
	}
}

// sweep drops up to limit entries of the shard that have expired, and returns
// how many.
func (s *Store) sweep(sh *shard, now int64, limit int) (dropped int) {
	for dropped < limit && len(sh.queue) > 0 && sh.queue[0].expires <= now {
		s.remove(sh, sh.queue[0])
		dropped++
	}
	return dropped
}

// A queue is a [heap.Interface]: it knows which entry expires next.
type queue []*entry

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].expires < q[j].expires }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].place, q[j].place = i, j
}

// Push is for package heap.
func (q *queue) Push(x any) {
	e := x.(*entry)
	e.place = len(*q)
	*q = append(*q, e)
}

// Pop is for package heap.
func (q *queue) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = nil // or the array would keep it from the garbage collector
	*q = (*q)[:last]
	return e
}

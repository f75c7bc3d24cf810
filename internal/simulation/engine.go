package simulation

import (
	"bytes"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A kind is a family of engines. What one does beyond the contract of [store.Store], as the stores'
// documentation says it, is in [client].
type kind int

const (
	sqlLike       kind = iota // a renewal is one step, and an owner's records are found by their column
	redisLike                 // no step covers two parts of the records, each of which has an index
	clusterLike               // the same, and a replica may take over
	memcachedLike             // tells no version when it saves, lists nothing, and drops what it likes
	kinds
)

func (k kind) String() string {
	return [...]string{"SQL", "Redis", "Redis Cluster", "memcached"}[k]
}

// An engine is the database that a store speaks to. Each method is one step of it.
type engine struct {
	mu       sync.Mutex
	kind     kind
	data     contents
	replica  contents // what is left after a failover
	versions uint64
	saved    uint64           // how many records have been created
	clock    func() time.Time // its own
	places   map[int]int      // of the parts of its records; see place
}

// contents are what an engine holds.
type contents struct {
	rows  map[store.ID]row
	index map[string]map[store.ID]uint64 // of an owner's records, if the engine has one
}

type row struct {
	store.Record
	order uint64 // in which records were created: lists are in it
}

func newEngine(k kind) *engine {
	return &engine{
		kind: k, clock: time.Now,
		data: contents{rows: map[store.ID]row{}, index: map[string]map[store.ID]uint64{}},
	}
}

func (c contents) clone() contents {
	next := contents{rows: maps.Clone(c.rows), index: make(map[string]map[store.ID]uint64, len(c.index))}
	for owner, ids := range c.index {
		next.index[owner] = maps.Clone(ids)
	}
	return next
}

func (e *engine) hasIndex() bool { return e.kind == redisLike || e.kind == clusterLike }

// find returns the record that has not expired.
func (e *engine) find(id store.ID) (row, bool) {
	found, ok := e.data.rows[id]
	if !ok || e.clock().Unix() >= found.Expires.Unix() {
		return row{}, false
	}
	return found, true
}

func (e *engine) load(id store.ID) (store.Record, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	found, ok := e.find(id)
	if !ok {
		return store.Record{}, store.ErrNotFound
	}
	found.Data = bytes.Clone(found.Data)
	return found.Record, nil
}

func (e *engine) save(id store.ID, r store.Record) (uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, ok := e.find(id)
	switch {
	case !ok && r.Version != 0:
		return 0, store.ErrNotFound
	case ok && now.Version != r.Version:
		return 0, store.ErrConflict
	}
	return e.put(id, r, now.order), nil
}

// put writes a record, in the place of an older one if order is not 0.
func (e *engine) put(id store.ID, r store.Record, order uint64) uint64 {
	if order == 0 {
		e.saved++
		order = e.saved
	}
	e.versions++
	r.Version, r.Data = e.versions, bytes.Clone(r.Data)
	r.Used, r.Expires = r.Used.UTC().Truncate(time.Second), r.Expires.UTC().Truncate(time.Second)
	e.data.rows[id] = row{r, order}
	e.place(id)
	if e.hasIndex() && r.Owner != "" {
		if e.data.index[r.Owner] == nil {
			e.data.index[r.Owner] = map[store.ID]uint64{}
		}
		e.data.index[r.Owner][id] = order
	}
	return r.Version
}

func (e *engine) remove(id store.ID) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.data.rows, id)
	return nil
}

func (e *engine) touch(id store.ID, version uint64, used, expires time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	now, ok := e.find(id)
	switch {
	case !ok:
		return store.ErrNotFound
	case now.Version != version:
		return store.ErrConflict
	}
	if used = used.UTC().Truncate(time.Second); used.After(now.Used) {
		now.Used = used
	}
	if expires = expires.UTC().Truncate(time.Second); expires.After(now.Expires) {
		now.Expires = expires
	}
	e.data.rows[id] = now
	return nil
}

func (e *engine) move(from, to store.ID, r, mark store.Record) (uint64, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	old, ok := e.find(from)
	_, taken := e.find(to)
	switch {
	case !ok:
		return 0, store.ErrNotFound
	case old.Version != r.Version, taken:
		return 0, store.ErrConflict
	}
	mark.Owner = ""
	e.put(from, mark, old.order)
	return e.put(to, r, 0), nil
}

// owned returns the IDs of an owner's records, oldest first. An index may name some that have gone.
func (e *engine) owned(owner string) []store.ID {
	e.mu.Lock()
	defer e.mu.Unlock()
	places := map[store.ID]uint64{}
	if e.hasIndex() {
		places = maps.Clone(e.data.index[owner])
	} else {
		for id, r := range e.data.rows {
			if _, ok := e.find(id); ok && r.Owner == owner {
				places[id] = r.order
			}
		}
	}
	return slices.SortedFunc(maps.Keys(places), func(a, b store.ID) int {
		return int(places[a]) - int(places[b]) // #nosec G115 -- small numbers
	})
}

func (e *engine) removeOwned(owner string, id store.ID) (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	r, ok := e.find(id)
	delete(e.data.index[owner], id) // or the name of a record that has gone
	if !ok || r.Owner != owner {
		return false, nil
	}
	delete(e.data.rows, id)
	return true, nil
}

// purge drops what has expired by a clock.
func (e *engine) purge(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	maps.DeleteFunc(e.data.rows, func(_ store.ID, r row) bool { return now.Unix() >= r.Expires.Unix() })
}

// replicate lets the replica catch up; failOver has it take over.
func (e *engine) replicate() { e.replica = e.data.clone() }

func (e *engine) failOver() { e.data = e.replica.clone() }

// evict drops the nth record, as memcached does when its memory is full.
func (e *engine) evict(n int) (store.ID, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	ids := slices.SortedFunc(maps.Keys(e.data.rows), func(a, b store.ID) int {
		return int(e.data.rows[a].order) - int(e.data.rows[b].order) // #nosec G115 -- small numbers
	})
	if len(ids) == 0 {
		return store.ID{}, false
	}
	id := ids[n%len(ids)]
	delete(e.data.rows, id)
	return id, true
}

// evictIndex drops the largest index, as Redis does first with allkeys-lru.
func (e *engine) evictIndex() {
	e.mu.Lock()
	defer e.mu.Unlock()
	clear(e.data.index)
}

// places is how many parts the records of Redis have here.
const places = 3

// cut deletes an owner's records in one place, except some, as one script of Redis does.
func (e *engine) cut(owner string, place int, except []store.ID) (deleted int, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for id := range e.data.index[owner] {
		if e.place(id) != place || slices.Contains(except, id) {
			continue
		}
		delete(e.data.index[owner], id)
		if r, ok := e.find(id); ok && r.Owner == owner {
			delete(e.data.rows, id)
			deleted++
		}
	}
	return deleted, nil
}

// place returns the number of the place that has the records of an ID's part. Places are given to
// parts in the order in which these get records. The caller holds the lock.
func (e *engine) place(id store.ID) int {
	if e.places == nil {
		e.places = map[int]int{}
	}
	if _, ok := e.places[id.Part()]; !ok {
		e.places[id.Part()] = len(e.places) % places
	}
	return e.places[id.Part()]
}

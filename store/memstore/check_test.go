package memstore

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

func id(n int) (id store.ID) {
	r := rand.NewChaCha8([32]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	r.Read(id[:])
	return id
}

func record(bytes int, owner string, life time.Duration) store.Record {
	now := time.Now()
	return store.Record{Data: make([]byte, bytes), Owner: owner, Used: now, Expires: now.Add(life)}
}

// check fails where the books do not agree with what there is, and returns how
// many entries there are, expired ones too.
func check(t *testing.T, s *Store) (entries int) {
	t.Helper()
	var bytes, free int64
	owned := map[string]int{}
	for i := range s.shards {
		sh := &s.shards[i]
		if len(sh.queue) != len(sh.records) {
			t.Fatalf("a shard has %d records and %d of them in its queue", len(sh.records), len(sh.queue))
		}
		for at, e := range sh.queue {
			if e.place != at || sh.records[e.id] != e || s.shard(e.id) != sh {
				t.Fatal("an entry is not where it says")
			}
			if at > 0 && sh.queue.Less(at, (at-1)/2) {
				t.Fatal("the queue is out of order")
			}
			bytes += e.size()
			free += e.free()
			if e.anonymous && e.owner() != "" {
				t.Fatal("an owner's entry counts as anonymous")
			}
			entries++
			if e.owner() != "" {
				owned[e.owner()]++
			}
		}
	}
	owners := 0
	for i := range s.owners {
		for name, g := range s.owners[i].groups {
			owners++
			n, e := 0, g.first
			for prev := (*entry)(nil); e != nil; prev, e = e, e.next {
				if e.prev != prev || e.group != g || g.owner != name || g.hasEnded() {
					t.Fatalf("the entries of %q are linked badly", name)
				}
				n++
			}
			if n != owned[name] {
				t.Fatalf("%d entries are of %q, and %d are linked", owned[name], name, n)
			}
		}
	}
	if owners != len(owned) {
		t.Fatalf("there are %d owners with entries, and the index has %d", len(owned), owners)
	}
	if used := s.used.Load(); used != bytes || used > s.max {
		t.Fatalf("%d bytes are counted, and the entries have %d; the bound is %d", used, bytes, s.max)
	}
	if got := s.free.Load(); got != free {
		t.Fatalf("%d bytes are counted as anonymous, and those entries have %d", got, free)
	}
	return entries
}

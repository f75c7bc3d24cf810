package sqlstores

import (
	"bytes"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A record of 300 bytes, as a session of a few values has, in a table of 20,000.
func BenchmarkStore(b *testing.B) {
	for _, e := range engines {
		b.Run(e.name, func(b *testing.B) {
			db := e.open(b)
			opts := e.migrated(b, db)
			fill(b, e, db, opts, rows)
			s := e.new(b, db, opts)
			r := store.Record{Data: bytes.Repeat([]byte("a"), 300), Used: time.Now(), Expires: time.Now().Add(time.Hour), Owner: "ada"}
			r = save(b, s, id(1), r)
			b.Run("Load", func(b *testing.B) {
				for b.Loop() {
					load(b, s, id(1))
				}
			})
			b.Run("Save", func(b *testing.B) {
				for b.Loop() {
					r = save(b, s, id(1), r)
				}
			})
			b.Run("Create", func(b *testing.B) {
				fresh := r
				fresh.Version = 0
				for n := 1000; b.Loop(); n++ {
					save(b, s, id(n+created), fresh)
				}
				created += 1_000_000
			})
			b.Run("Touch", func(b *testing.B) {
				for b.Loop() {
					r.Expires = r.Expires.Add(time.Second)
					if err := s.Touch(b.Context(), id(1), r.Version, r.Used, r.Expires); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run("LoadOf64", func(b *testing.B) { parallel(b, func() { load(b, s, id(1)) }) })
		})
	}
}

// created keeps the ids of one run of a benchmark from those of the next.
var created int

// parallel runs f in 64 goroutines.
func parallel(b *testing.B, f func()) {
	b.SetParallelism(32)
	b.RunParallel(func(loop *testing.PB) {
		for loop.Next() {
			f()
		}
	})
}

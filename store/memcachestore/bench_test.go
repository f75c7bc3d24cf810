package memcachestore

import (
	"strings"
	"testing"
)

func BenchmarkStore(b *testing.B) {
	s := newStore(b, address(b), nil)
	id := randomID()
	r := record(strings.Repeat("0123456789", 10))
	save(b, s, id, r)
	b.Run("Load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r = load(b, s, id)
		}
	})
	b.Run("LoadAndSave", func(b *testing.B) { // a Save needs the version that a Load tells
		b.ReportAllocs()
		for b.Loop() {
			r.Version = load(b, s, id).Version
			save(b, s, id, r)
		}
	})
	b.Run("Ping", func(b *testing.B) { // two round trips
		for b.Loop() {
			if err := s.Ping(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}

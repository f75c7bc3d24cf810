package redisstore

import (
	"testing"

	"github.com/redis/go-redis/v9"
)

func BenchmarkStore(b *testing.B) {
	b.Run("One", func(b *testing.B) { benchmark(b, connect(b, address(b))) })
	b.Run("Cluster", func(b *testing.B) { benchmark(b, connectCluster(b)) })
}

func benchmark(b *testing.B, c redis.UniversalClient) {
	s := newStore(b, c)
	id := randomID()
	r := record("0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789", "ann")
	r.Version = must(s.Save(b.Context(), id, r))(b)
	b.Run("Load", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			must(s.Load(b.Context(), id))(b)
		}
	})
	b.Run("Save", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r.Version = must(s.Save(b.Context(), id, r))(b)
		}
	})
	b.Run("Touch", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := s.Touch(b.Context(), id, r.Version, r.Used, r.Expires); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Ping", func(b *testing.B) { // the round trip alone
		for b.Loop() {
			if err := c.Set(b.Context(), s.prefix+"ping", "", 0).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

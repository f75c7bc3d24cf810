package redisstore

import "testing"

func BenchmarkStore(b *testing.B) {
	b.Run("One", func(b *testing.B) { benchmark(b, newStore(b, connect(b, address(b)))) })
	b.Run("OnePart", func(b *testing.B) {
		benchmark(b, must(New(connect(b, address(b)), &Options{Prefix: "{bench}:"}))(b))
	})
	b.Run("Cluster", func(b *testing.B) { benchmark(b, newStore(b, connectCluster(b))) })
}

func benchmark(b *testing.B, s *Store) {
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
	b.Run("Owned", func(b *testing.B) {
		for b.Loop() {
			if got := must(collect(s.Owned(b.Context(), "ann")))(b); len(got) != 1 {
				b.Fatalf("%d records", len(got))
			}
		}
	})
	b.Run("SignInAndOut", func(b *testing.B) {
		for b.Loop() {
			must(s.Save(b.Context(), randomID(), record("a value", "bob")))(b)
			if n := must(s.DeleteOwned(b.Context(), "bob"))(b); n != 1 {
				b.Fatalf("%d deleted", n)
			}
		}
	})
	b.Run("Ping", func(b *testing.B) { // the round trip alone
		for b.Loop() {
			if err := s.client.Set(b.Context(), s.prefix+"ping", "", 0).Err(); err != nil {
				b.Fatal(err)
			}
		}
	})
}

package memstore_test

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// filled returns a store with 100,000 records of 200 bytes.
func filled(b *testing.B) (*memstore.Store, []store.ID) {
	s := memstore.New(&memstore.Options{MaxBytes: 1 << 30})
	ids := make([]store.ID, 100_000)
	for n := range ids {
		ids[n] = sha256.Sum256(binary.LittleEndian.AppendUint64(nil, uint64(n)))
		if _, err := s.Save(context.Background(), ids[n], sample()); err != nil {
			b.Fatal(err)
		}
	}
	return s, ids
}

func sample() store.Record {
	now := time.Now()
	return store.Record{Data: make([]byte, 200), Used: now, Expires: now.Add(time.Hour)}
}

func BenchmarkLoad(b *testing.B) {
	s, ids := filled(b)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		if _, err := s.Load(b.Context(), ids[n%len(ids)]); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoadParallel(b *testing.B) {
	s, ids := filled(b)
	ctx := b.Context()
	var worker atomic.Int64
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for n := int(worker.Add(7919)); pb.Next(); n++ {
			if _, err := s.Load(ctx, ids[n%len(ids)]); err != nil {
				b.Error(err)
			}
		}
	})
}

// A Load and a Save: what a request costs that changes a session.
func BenchmarkReplace(b *testing.B) {
	s, ids := filled(b)
	r := sample()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		id := ids[n%len(ids)]
		old, err := s.Load(b.Context(), id)
		if err != nil {
			b.Fatal(err)
		}
		r.Version = old.Version
		if _, err := s.Save(b.Context(), id, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCreateAndDelete(b *testing.B) {
	s, _ := filled(b)
	r := sample()
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		id := store.ID(sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n)+1)))
		if _, err := s.Save(b.Context(), id, r); err != nil {
			b.Fatal(err)
		}
		if err := s.Delete(b.Context(), id); err != nil {
			b.Fatal(err)
		}
	}
}

// A Save alone, of a record whose version is known.
func BenchmarkSave(b *testing.B) {
	s, ids := filled(b)
	r := sample()
	old, err := s.Load(b.Context(), ids[0])
	if err != nil {
		b.Fatal(err)
	}
	r.Version = old.Version
	b.ReportAllocs()
	for b.Loop() {
		if r.Version, err = s.Save(b.Context(), ids[0], r); err != nil {
			b.Fatal(err)
		}
	}
}

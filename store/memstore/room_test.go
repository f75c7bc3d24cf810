package memstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/store"
)

func TestEveryByteIsCountedAndGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const ids = 200
		s, ctx := New(&Options{MaxBytes: 20_000}), t.Context()
		random := rand.New(rand.NewPCG(1, 2))
		outcomes := map[string]int{}
		for range 20_000 {
			from, to := id(random.IntN(ids)), id(random.IntN(ids))
			r := record(random.IntN(1<<random.IntN(12)), []string{"", "ann", "bob", "a much longer name"}[random.IntN(4)], time.Duration(random.IntN(20)-1)*time.Second)
			if old, err := s.Load(ctx, from); err == nil && random.IntN(8) > 0 {
				r.Version = old.Version
			}
			var err error
			var what string
			switch random.IntN(12) {
			case 0, 1, 2, 3, 4:
				what = "save"
				_, err = s.Save(ctx, from, r)
			case 5, 6:
				what = "move"
				_, err = s.Move(ctx, from, to, r, record(random.IntN(100), "", time.Duration(random.IntN(20)-1)*time.Second))
			case 7:
				what = "delete"
				err = s.Delete(ctx, from)
			case 8:
				what = "touch"
				err = s.Touch(ctx, from, r.Version, r.Used, r.Expires)
			case 9:
				what = "delete owned"
				if random.IntN(4) == 0 {
					_, err = s.DeleteOwned(ctx, r.Owner, to)
				}
			case 10:
				what = "purge"
				_, err = s.Purge(ctx, random.IntN(4))
			case 11:
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
			}
			for _, known := range []error{store.ErrConflict, store.ErrNotFound, store.ErrFull} {
				if errors.Is(err, known) {
					what += ": " + known.Error()
					err = nil
				}
			}
			if err != nil {
				t.Fatal(err)
			}
			outcomes[what]++
			check(t, s)
		}
		for _, what := range []string{"save", "save: " + store.ErrFull.Error(), "move", "move: " + store.ErrFull.Error(), "touch", "delete owned", "purge"} {
			if outcomes[what] < 20 {
				t.Errorf("%q came only %d times, so this test shows little", what, outcomes[what])
			}
		}
		for n := range ids {
			s.Delete(ctx, id(n))
		}
		if n := check(t, s); n != 0 || s.used.Load() != 0 {
			t.Errorf("after all was deleted, %d entries and %d bytes are left", n, s.used.Load())
		}
	})
}

func TestTheBoundHoldsForManyAtOnce(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 100_000}), t.Context()
	const ids = 300
	var group sync.WaitGroup
	for w := range 8 {
		group.Go(func() {
			random := rand.New(rand.NewPCG(3, uint64(w)))
			for range 3000 {
				from, to := id(random.IntN(ids)), id(random.IntN(ids))
				r := record(random.IntN(2000), fmt.Sprint("owner ", random.IntN(9)), time.Hour)
				if old, err := s.Load(ctx, from); err == nil {
					r.Version = old.Version
				}
				switch random.IntN(8) {
				case 0:
					s.Delete(ctx, from)
				case 1:
					s.Move(ctx, from, to, r, record(10, "", time.Minute))
				case 2:
					s.Owned(ctx, r.Owner)
				case 3:
					if random.IntN(20) == 0 {
						s.DeleteOwned(ctx, r.Owner)
					}
				default:
					s.Save(ctx, from, r)
				}
				if used := s.used.Load(); used > s.max || used < 0 {
					t.Errorf("%d bytes are used; the bound is %d", used, s.max)
				}
			}
		})
	}
	group.Wait()
	check(t, s)
	for n := range ids {
		s.Delete(ctx, id(n))
	}
	if n := check(t, s); n != 0 {
		t.Errorf("after all was deleted, %d entries are left", n)
	}
}

// fill saves records of one size until the store is full, and returns how many
// there are.
func fill(t *testing.T, s *Store, bytes int, life time.Duration) (n int) {
	t.Helper()
	for ; ; n++ {
		_, err := s.Save(t.Context(), id(n), record(bytes-1, "o", life))
		if errors.Is(err, store.ErrFull) {
			return n
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullStoreRefusesAndDropsNobody(t *testing.T) {
	s := New(&Options{MaxBytes: 100 * (overhead + 50)})
	if n := fill(t, s, 50, time.Hour); n != 100 {
		t.Fatalf("there was room for %d records instead of 100", n)
	}
	_, err := s.Save(t.Context(), id(1000), record(0, "", time.Hour))
	if !errors.Is(err, store.ErrFull) || !strings.Contains(err.Error(), "MaxBytes") {
		t.Errorf("Save into a full store: %v", err)
	}
	for n := range 100 {
		if _, err := s.Load(t.Context(), id(n)); err != nil {
			t.Fatalf("record %d: %v", n, err)
		}
	}
}

func TestAFullStoreReplacesByWhatIsNotLarger(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 10 * (overhead + 50)}), t.Context()
	fill(t, s, 50, time.Hour)
	r := record(50, "", time.Hour)
	old, _ := s.Load(ctx, id(3))
	r.Version = old.Version
	v, err := s.Save(ctx, id(3), r)
	if err != nil {
		t.Fatalf("Save of a record as large as before: %v", err)
	}
	larger := record(51, "", time.Hour)
	larger.Version = v
	if _, err := s.Save(ctx, id(3), larger); !errors.Is(err, store.ErrFull) {
		t.Errorf("Save of a larger record: %v", err)
	}
	if _, err := s.Move(ctx, id(3), id(99), larger, store.Record{}); !errors.Is(err, store.ErrFull) {
		t.Errorf("Move to a larger record: %v", err)
	}
	if now, err := s.Load(ctx, id(3)); err != nil || now.Version != v || len(now.Data) != 50 {
		t.Errorf("after larger ones were refused there is version %d with %d bytes, %v", now.Version, len(now.Data), err)
	}
	r.Version = v
	if _, err := s.Move(ctx, id(3), id(99), r, store.Record{}); !errors.Is(err, store.ErrFull) {
		t.Errorf("Move with no room for the mark: %v", err)
	}
	if now, err := s.Load(ctx, id(3)); err != nil || now.Version != v {
		t.Errorf("after a Move was refused there is version %d, %v", now.Version, err)
	}
	s.Delete(ctx, id(4))
	if _, err := s.Move(ctx, id(3), id(99), r, record(50, "", time.Minute)); err != nil {
		t.Errorf("Move with room for the mark: %v", err)
	}
}

func TestARecordLargerThanTheStoreIsTooLarge(t *testing.T) {
	s := New(&Options{MaxBytes: overhead + 100})
	for bytes, want := range map[int]error{100: nil, 101: store.ErrTooLarge} {
		s.Delete(t.Context(), id(1))
		if _, err := s.Save(t.Context(), id(1), record(bytes-1, "o", time.Hour)); !errors.Is(err, want) {
			t.Errorf("Save of %d bytes where 100 fit: %v", bytes, err)
		}
	}
}

func TestExpiredRecordsMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(&Options{MaxBytes: 1 << 20})
		before := runtime.NumGoroutine()
		fill(t, s, 10, time.Minute)
		time.Sleep(2 * time.Minute)
		if _, err := s.Save(t.Context(), id(-1), record(1<<20-overhead-1, "o", time.Hour)); err != nil {
			t.Errorf("Save of a record as large as the store, which has none that lives: %v", err)
		}
		if n := check(t, s); n != 1 {
			t.Errorf("there are %d entries instead of 1", n)
		}
		if now := runtime.NumGoroutine(); now > before {
			t.Errorf("there are %d goroutines more than before", now-before)
		}
	})
}

func TestWritesDropExpiredRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil)
		const count = 1000
		for n := range count {
			s.Save(t.Context(), id(n), record(10, "ann", time.Minute))
		}
		time.Sleep(time.Minute)
		for n := range count {
			was := check(t, s)
			s.Save(t.Context(), id(count+n), record(10, "", time.Hour))
			if now := check(t, s); now < was+1-sweepPerWrite {
				t.Fatalf("one Save dropped %d expired records", was+1-now)
			}
		}
		if n := check(t, s); n > count+count/10 {
			t.Errorf("after as many records were saved as had expired, %d of those are left", n-count)
		}
	})
}

// What is counted has to be what it takes, or the bound means nothing. Size
// classes of the allocator and maps that have just grown are the slack.
func TestMemoryIsCounted(t *testing.T) {
	for _, c := range []struct {
		bytes, count int
		owned        bool
	}{{0, 40_000, false}, {100, 40_000, true}, {100, 60_000, true}, {1000, 20_000, false}, {10_000, 2000, true}} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		s := New(&Options{MaxBytes: 1 << 30})
		for n := range c.count {
			r := record(c.bytes, "", time.Hour)
			if c.owned {
				r.Owner = fmt.Sprint("owner number ", n)
			}
			if _, err := s.Save(context.Background(), id(n), r); err != nil {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		ratio := float64(after.HeapAlloc-before.HeapAlloc) / float64(s.used.Load())
		t.Logf("%d records of %d bytes, owned %v: %d bytes each, %.2f of what is counted", c.count, c.bytes, c.owned, (after.HeapAlloc-before.HeapAlloc)/uint64(c.count), ratio)
		if ratio > 1.15 {
			t.Errorf("%d records of %d bytes take %.2f times what is counted", c.count, c.bytes, ratio)
		}
		runtime.KeepAlive(s)
	}
}

func TestSave_AnonymousRecordsLeaveRoomForOwners(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 100 * (overhead + 50)}), t.Context()
	n := 0
	for ; ; n++ {
		_, err := s.Save(ctx, id(n), record(50, "", time.Hour))
		if errors.Is(err, store.ErrFull) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != 75 {
		t.Errorf("%d anonymous records had room instead of 75 of 100", n)
	}
	// An anonymous visitor signs in, which renews the session; and out again.
	old, _ := s.Load(ctx, id(0))
	r := record(49, "a", time.Hour)
	r.Version = old.Version
	v, err := s.Move(ctx, id(0), id(1000), r, record(0, "", time.Minute))
	if err != nil {
		t.Fatalf("Move of a session that gets an owner: %v", err)
	}
	anonymous := record(50, "", time.Hour)
	anonymous.Version = v
	if v, err = s.Save(ctx, id(1000), anonymous); err != nil {
		t.Errorf("Save of a session that loses its owner: %v", err)
	}
	for n := range 24 {
		if _, err := s.Save(ctx, id(2000+n), record(49, "b", time.Hour)); err != nil {
			t.Fatalf("Save of owned record %d beside anonymous ones: %v", n, err)
		}
	}
	larger := record(60, "", time.Hour)
	larger.Version = v
	if _, err := s.Save(ctx, id(1000), larger); !errors.Is(err, store.ErrFull) {
		t.Errorf("Save of an anonymous record that grows: %v", err)
	}
	check(t, s)
}

func TestSave_ARecordThatIsNotLargerCanLoseItsOwner(t *testing.T) {
	s, ctx := New(&Options{MaxBytes: 4 * (overhead + 50)}), t.Context()
	r := record(49, "a", time.Hour)
	r.Version, _ = s.Save(ctx, id(0), r)
	for n := range 3 {
		if _, err := s.Save(ctx, id(1+n), record(50, "", time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	anonymous := record(50, "", time.Hour)
	anonymous.Version = r.Version
	if _, err := s.Save(ctx, id(0), anonymous); err != nil {
		t.Errorf("Save of a session that signs out, while others have the room without an owner: %v", err)
	}
	check(t, s)
}

func TestNew_WithoutMaxBytesHasTheDefault(t *testing.T) {
	for _, opts := range []*Options{nil, {}, {MaxBytes: -1}} {
		if s := New(opts); s.max != defaultMaxBytes {
			t.Errorf("with %+v a store has room for %d bytes", opts, s.max)
		}
	}
}

package sqlstores

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestPurgeIsBoundedAndTakesTheExpiredOnly(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		s := e.new(t, db, opts)
		for n := range 25 {
			save(t, s, id(n), expired("old"))
		}
		save(t, s, id(100), record("live"))
		for _, want := range []int{10, 10, 5, 0} {
			if purged, err := s.Purge(t.Context(), 10); err != nil || purged != want {
				t.Fatalf("Purge deleted %d, error %v; it should delete %d", purged, err, want)
			}
		}
		load(t, s, id(100))
		if left := count(t, db, opts.Table); left != 1 {
			t.Errorf("%d rows are left", left)
		}
	})
}

func TestServersThatPurgeAtOnceShareTheWork(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		s := e.new(t, db, opts)
		fill(t, e, db, opts, manySteps)
		var total atomic.Int64
		var servers sync.WaitGroup
		for range 4 {
			servers.Go(func() {
				for {
					purged, err := s.Purge(t.Context(), 50)
					if err != nil {
						t.Error(err)
						return
					}
					total.Add(int64(purged))
					if purged < 50 {
						return
					}
				}
			})
		}
		servers.Wait()
		if left := count(t, db, opts.Table); total.Load() != manySteps/10 || left != manySteps-manySteps/10 {
			t.Errorf("%d were purged and %d are left, of %d", total.Load(), left, manySteps)
		}
	})
}

func TestAStorePurgesByItself(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		opts := e.migrated(t, db)
		opts.PurgeInterval = time.Second
		s := e.new(t, db, opts)
		for n := range 5 {
			save(t, s, id(n), expired("old"))
		}
		save(t, s, id(100), record("live"))
		for deadline := time.Now().Add(10 * time.Second); count(t, db, opts.Table) > 1; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("expired records are still there after 10 seconds")
			}
		}
		load(t, s, id(100))
	})
}

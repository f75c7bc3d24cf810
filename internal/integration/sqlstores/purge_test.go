package sqlstores

import (
	"database/sql"
	"fmt"
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
		fill(t, e, db, opts)
		var total atomic.Int64
		var servers sync.WaitGroup
		for range 4 {
			servers.Go(func() {
				for {
					purged, err := s.Purge(t.Context(), 300)
					if err != nil {
						t.Error(err)
						return
					}
					total.Add(int64(purged))
					if purged < 300 {
						return
					}
				}
			})
		}
		servers.Wait()
		if left := count(t, db, opts.Table); total.Load() != rows/10 || left != rows-rows/10 {
			t.Errorf("%d were purged and %d are left, of %d", total.Load(), left, rows)
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

// A snapshot keeps what was deleted in the index, where each step would find it again.
func TestPurge_StartsWhereItStopped(t *testing.T) {
	db := postgres.open(t)
	opts := postgres.migrated(t, db)
	s := postgres.new(t, db, opts)
	const many, step = 150_000, 100
	exec(t, db, fmt.Sprintf(`INSERT INTO %s SELECT sha256(n::text::bytea), n, '', 0, n, NULL FROM generate_series(1, %d) n`, opts.Table, many))
	exec(t, db, "VACUUM ANALYZE "+opts.Table)
	held, err := db.BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelRepeatableRead})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Rollback()
	var n int
	if err := held.QueryRow("SELECT COUNT(*) FROM " + opts.Table).Scan(&n); err != nil || n != many {
		t.Fatalf("%d rows, error %v", n, err)
	}
	fastest := func() time.Duration {
		best := time.Hour
		for range 10 {
			began := time.Now()
			if purged, err := s.Purge(t.Context(), step); err != nil || purged != step {
				t.Fatalf("%d purged, error %v", purged, err)
			}
			best = min(best, time.Since(began))
		}
		return best
	}
	first := fastest()
	if purged, err := s.Purge(t.Context(), many-40*step); err != nil || purged != many-40*step {
		t.Fatalf("%d purged, error %v", purged, err)
	}
	if last := fastest(); last > 4*first {
		t.Errorf("a step took %v at first and %v in the end", first, last)
	} else {
		t.Logf("a step took %v at first and %v in the end", first, last)
	}
}

package sqlstores

import (
	"sync"
	"testing"

	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/sqlstore"
)

// InnoDB locks the gaps between an owner's records, so that some of these
// statements deadlock. That is the store's business, not its user's.
func TestSignInAndSignOutOfOneOwnerAtOnceNeverFail(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		s := e.new(t, db, e.migrated(t, db))
		var crowd sync.WaitGroup
		for worker := range 16 {
			crowd.Go(func() {
				for n := range 15 {
					r := record("a value")
					r.Owner = "ada"
					if _, err := s.Save(t.Context(), id(worker*1000+n), r); err != nil {
						t.Error(err)
					}
					if n%5 == 4 {
						if _, err := s.DeleteOwned(t.Context(), "ada", id(worker*1000+n)); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		crowd.Wait()
		if _, err := s.DeleteOwned(t.Context(), "ada"); err != nil {
			t.Error(err)
		}
		if left := countOwned(t, s, "ada"); left > 0 {
			t.Errorf("%d are left", left)
		}
	})
}

// manySteps is how many records it takes for more than ten steps of each kind.
const manySteps = 4_000

func TestAllReadsALargeTableInSteps(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		db.SetMaxOpenConns(1) // a cursor left open would keep the second Load waiting
		opts := e.migrated(t, db)
		s := e.new(t, db, opts)
		fill(t, e, db, opts, manySteps)
		seen := map[store.ID]bool{}
		for entry, err := range s.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if seen[entry.ID] {
				t.Fatal("a record came twice")
			}
			seen[entry.ID] = true
			if len(seen)%500 == 1 {
				load(t, s, entry.ID)
			}
		}
		if len(seen) != manySteps-manySteps/10 {
			t.Errorf("All yielded %d records of %d", len(seen), manySteps-manySteps/10)
		}
	})
}

func TestAllEndsAPageEarlyThatIsLarge(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		s := e.new(t, db, e.migrated(t, db))
		r := record("")
		r.Data = make([]byte, 1<<20)
		save(t, s, store.ID{}, r) // the lowest id there is
		for n := range 11 {
			save(t, s, id(n+1), r)
		}
		seen := 0
		for entry, err := range s.All(t.Context()) {
			if err != nil || len(entry.Data) != 1<<20 {
				t.Fatalf("%d bytes, error %v", len(entry.Data), err)
			}
			seen++
		}
		if seen != 12 {
			t.Errorf("All yielded %d records of 12", seen)
		}
	})
}

func TestAnOwnerWithManyRecordsCanSpareManyOfThem(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		db := e.open(t)
		s := e.new(t, db, e.migrated(t, db))
		r := record("a value")
		r.Owner = "ada"
		for n := range 3 {
			save(t, s, id(n+1), r)
		}
		var except []store.ID
		for n := range 10_000 {
			except = append(except, id(n+2))
		}
		if deleted, err := s.DeleteOwned(t.Context(), "ada", except...); err != nil || deleted != 1 {
			t.Errorf("%d deleted, error %v", deleted, err)
		}
		if left := countOwned(t, s, "ada"); left != 2 {
			t.Errorf("%d are left", left)
		}
	})
}

func TestAnOwnerOfManyIsReadAndDeletedInSteps(t *testing.T) {
	each(t, func(t *testing.T, e engine) {
		dsn := e.dsn(t)
		db := open(t, e.driver, dsn)
		db.SetMaxOpenConns(1) // a cursor left open would keep the Load waiting
		opts := e.migrated(t, db)
		s := e.new(t, db, opts)
		fill(t, e, db, opts, manySteps)
		exec(t, db, "UPDATE "+opts.Table+" SET owner = 'ada'")
		seen := 0
		var last store.ID
		for entry, err := range s.Owned(t.Context(), "ada") {
			if err != nil {
				t.Fatal(err)
			}
			if seen++; seen%500 == 1 {
				load(t, s, entry.ID)
			}
			last = entry.ID
		}
		if seen != manySteps-manySteps/10 {
			t.Errorf("Owned yielded %d records of %d", seen, manySteps-manySteps/10)
		}

		// While they are deleted, others write.
		other := e.new(t, open(t, e.driver, dsn), opts)
		stop, saved := make(chan struct{}), make(chan int)
		go func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					saved <- n
					return
				default:
				}
				if _, err := other.Save(t.Context(), id(n), record("beside")); err != nil {
					t.Error(err)
				}
			}
		}()
		deleted, err := s.DeleteOwned(t.Context(), "ada", last)
		close(stop)
		if n := <-saved; n < 3 {
			t.Errorf("others saved %d times while %d records were deleted", n, deleted)
		}
		if err != nil || deleted != seen-1 {
			t.Errorf("%d deleted, error %v", deleted, err)
		}
		load(t, s, last)
	})
}

// countOwned returns how many records an owner has.
func countOwned(t *testing.T, s *sqlstore.Store, owner string) (found int) {
	t.Helper()
	for _, err := range s.Owned(t.Context(), owner) {
		if err != nil {
			t.Error(err)
		}
		found++
	}
	return found
}

package copying_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// settle is how long copies settle in these tests.
const settle = 5 * time.Second

// id returns the id of a test's nth record.
func id(n int) store.ID { return store.ID{byte(n >> 8), byte(n), 1} }

// put saves a record that expires in an hour, unless told otherwise.
func put(t *testing.T, s store.Store, n int, data string, change ...func(*store.Record)) uint64 {
	t.Helper()
	r := store.Record{Data: []byte(data), Used: time.Now(), Expires: time.Now().Add(time.Hour), Owner: "ada"}
	for _, f := range change {
		f(&r)
	}
	version, err := s.Save(t.Context(), id(n), r)
	if err != nil {
		t.Fatal(err)
	}
	return version
}

func over(version uint64) func(*store.Record) {
	return func(r *store.Record) { r.Version = version }
}

func load(t *testing.T, s store.Store, n int) (data string, there bool) {
	t.Helper()
	r, err := s.Load(t.Context(), id(n))
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		t.Fatal(err)
	}
	return string(r.Data), err == nil
}

func wantData(t *testing.T, s store.Store, n int, want string) {
	t.Helper()
	if got, there := load(t, s, n); !there || got != want {
		t.Errorf("record %d is %q, there: %v; want %q", n, got, there, want)
	}
}

func wantNone(t *testing.T, s store.Store, n int) {
	t.Helper()
	if got, there := load(t, s, n); there {
		t.Errorf("record %d is there: %q", n, got)
	}
}

func wantCounts(t *testing.T, got, want copying.Counts) {
	t.Helper()
	if got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}

// start copies in the background, and returns what waits for the end.
func start(t *testing.T, from, to store.Store, o copying.Options) (wait func() copying.Counts) {
	t.Helper()
	done := make(chan copying.Counts)
	o.Workers, o.Settle = max(o.Workers, 2), settle
	go func() {
		counts, err := copying.Run(context.Background(), from, to, o)
		if err != nil {
			t.Error(err)
		}
		done <- counts
	}()
	return func() copying.Counts { return <-done }
}

// run copies to the end.
func run(t *testing.T, from, to store.Store, o copying.Options) copying.Counts {
	t.Helper()
	return start(t, from, to, o)()
}

func TestRun_ARecordIsCopiedWithAllThatBelongsToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 1000 {
			put(t, from, n, fmt.Sprint("data ", n))
		}
		original, err := from.Load(t.Context(), id(7))
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1000, Copied: 1000})
		for n := range 1000 {
			wantData(t, to, n, fmt.Sprint("data ", n))
		}
		copied, err := to.Load(t.Context(), id(7))
		if err != nil {
			t.Fatal(err)
		}
		if copied.Owner != "ada" || !copied.Used.Equal(original.Used) || !copied.Expires.Equal(original.Expires) {
			t.Errorf("copied %+v of %+v", copied, original)
		}
		wantData(t, from, 7, "data 7")
	})
}

func TestRun_WhatIsThereIsNotOverwritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "old")
		put(t, to, 1, "new")
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1, There: 1})
		wantData(t, to, 1, "new")
	})
}

func TestRun_ASessionSignedOutWhileItsCopySettlesDoesNotComeBack(t *testing.T) {
	for name, change := range map[string]func(*testing.T, store.Store){
		"copy untouched": func(*testing.T, store.Store) {},
		"copy used by a request": func(t *testing.T, to store.Store) {
			put(t, to, 1, "used", over(must(to.Load(t.Context(), id(1))).Version))
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, to := memstore.New(nil), memstore.New(nil)
				put(t, from, 1, "session")
				wait := start(t, from, to, copying.Options{})
				time.Sleep(settle / 2)
				wantData(t, to, 1, "session")
				change(t, to)
				if err := from.Delete(t.Context(), id(1)); err != nil {
					t.Fatal(err)
				}
				wantCounts(t, wait(), copying.Counts{Listed: 1, Gone: 1})
				wantNone(t, to, 1)
			})
		})
	}
}

func must(r store.Record, err error) store.Record {
	if err != nil {
		panic(err)
	}
	return r
}

func TestRun_ASessionThatEndedWhileItsCopySettlesDoesNotComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "session")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "", over(version)) // as a renewal leaves it
		wantCounts(t, wait(), copying.Counts{Listed: 1, Gone: 1})
		wantNone(t, to, 1)
	})
}

func TestRun_WhatChangesInTheOldStoreWhileTheCopySettlesReplacesIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "old")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "new", over(version), func(r *store.Record) { r.Owner = "bob" })
		wantCounts(t, wait(), copying.Counts{Listed: 1, Copied: 1})
		wantData(t, to, 1, "new")
		r := must(to.Load(t.Context(), id(1)))
		if left := time.Until(r.Expires); r.Owner != "bob" || left < 50*time.Minute {
			t.Errorf("copied %+v, which expires in %v", r, left)
		}
	})
}

func TestRun_WhatTheProgramMadeOfACopyIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "old")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		put(t, to, 1, "the program's", over(must(to.Load(t.Context(), id(1))).Version))
		put(t, from, 1, "late", over(version))
		wantCounts(t, wait(), copying.Counts{Listed: 1, Copied: 1})
		wantData(t, to, 1, "the program's")
	})
}

func TestRun_AnExpiryThatTheProgramMovedIsNotMovedBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "session")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		if err := to.Touch(t.Context(), id(1), must(to.Load(t.Context(), id(1))).Version, time.Now(), time.Now().Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		wait()
		if left := time.Until(must(to.Load(t.Context(), id(1))).Expires); left < 23*time.Hour {
			t.Errorf("the copy expires in %v", left)
		}
	})
}

func TestRun_EndedAndExpiredSessionsAreNotCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "")
		put(t, from, 2, "late", func(r *store.Record) { r.Expires = time.Now().Add(time.Second) })
		late := listedLate{from, 2 * time.Second}
		wantCounts(t, run(t, late, to, copying.Options{}), copying.Counts{Listed: 2, Ended: 2})
		wantNone(t, to, 1)
		wantNone(t, to, 2)
	})
}

// listedLate is a store whose list is old when it is read.
type listedLate struct {
	*memstore.Store
	by time.Duration
}

func (s listedLate) All(ctx context.Context) iter.Seq2[store.Entry, error] {
	var all []store.Entry
	for e := range s.Store.All(ctx) {
		all = append(all, e)
	}
	return func(yield func(store.Entry, error) bool) {
		time.Sleep(s.by)
		for _, e := range all {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestRun_ASessionThatExpiresWhileItsCopySettlesIsNotCalledSignedOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "short", func(r *store.Record) { r.Expires = time.Now().Add(settle / 2) })
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1, Ended: 1})
		wantNone(t, to, 1)
	})
}

func TestRun_ACopyThatNobodyLookedAtAgainExpiresSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "session")
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2) // and if it were killed now
		if left := time.Until(must(to.Load(t.Context(), id(1))).Expires); left > 3*time.Minute {
			t.Errorf("the copy expires in %v", left)
		}
		wait()
		if left := time.Until(must(to.Load(t.Context(), id(1))).Expires); left < 50*time.Minute {
			t.Errorf("the copy that has settled expires in %v", left)
		}
	})
}

func TestRun_TheCopyOfAKilledRunIsBroughtToItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "session")
		put(t, to, 1, "session", func(r *store.Record) { r.Expires = time.Now().Add(time.Minute) })
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1, Copied: 1})
		if left := time.Until(must(to.Load(t.Context(), id(1))).Expires); left < 50*time.Minute {
			t.Errorf("the copy expires in %v", left)
		}
	})
}

func TestRun_ASessionThatTheProgramMovedUnchangedIsKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "session")
		put(t, to, 1, "session", func(r *store.Record) { r.Expires = time.Now().Add(30 * time.Minute) })
		wait := start(t, from, to, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "", over(version)) // as session.Migrate leaves it
		wantCounts(t, wait(), copying.Counts{Listed: 1, There: 1})
		wantData(t, to, 1, "session")
	})
}

func TestRun_AStoreWithoutTouchGetsTheExpiryToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "session")
		wantCounts(t, run(t, from, plain{to}, copying.Options{}), copying.Counts{Listed: 1, Copied: 1})
		if left := time.Until(must(to.Load(t.Context(), id(1))).Expires); left < 50*time.Minute {
			t.Errorf("the copy expires in %v", left)
		}
	})
}

// plain is a store that can do no more than it has to, and does not tell
// versions, as memcachestore.
type plain struct{ s store.Store }

func (p plain) Load(ctx context.Context, id store.ID) (store.Record, error) { return p.s.Load(ctx, id) }

func (p plain) Delete(ctx context.Context, id store.ID) error { return p.s.Delete(ctx, id) }

func (p plain) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	_, err := p.s.Save(ctx, id, r)
	return 0, err
}

func TestRun_AStoreThatTellsNoVersionsGetsChangesToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		version := put(t, from, 1, "old")
		wait := start(t, from, plain{to}, copying.Options{})
		time.Sleep(settle / 2)
		put(t, from, 1, "new", over(version))
		wantCounts(t, wait(), copying.Counts{Listed: 1, Copied: 1})
		wantData(t, to, 1, "new")
	})
}

func TestRun_ADryRunChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "a")
		put(t, from, 2, "b")
		put(t, to, 2, "c")
		wantCounts(t, run(t, from, to, copying.Options{DryRun: true}), copying.Counts{Listed: 2, Copied: 1, There: 1})
		wantNone(t, to, 1)
		wantData(t, to, 2, "c")
	})
}

func TestRun_WhatIsStoppedGoesOnAtTheNextRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 100 {
			put(t, from, n, "session")
		}
		ctx, cancel := context.WithCancel(t.Context())
		seen := 0
		first, err := copying.Run(ctx, from, to, copying.Options{Workers: 3, Settle: settle, Listed: func(store.ID) {
			if seen++; seen == 40 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a stopped run ends with %v", err)
		}
		if first.Copied < 30 || first.Copied+first.Waiting != first.Listed {
			t.Errorf("the stopped run counts %+v", first)
		}
		for n := range 100 {
			if r, err := to.Load(t.Context(), id(n)); err == nil && time.Until(r.Expires) < 50*time.Minute {
				t.Errorf("record %d was left behind unsettled", n)
			}
		}
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 100, Copied: 100 - first.Copied, There: first.Copied})
	})
}

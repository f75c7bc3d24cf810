package copying_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/session/driver"
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

// wantData checks what a record contains. An empty text means that it must not be there.
func wantData(t *testing.T, s store.Store, n int, want string) {
	t.Helper()
	r, err := s.Load(t.Context(), id(n))
	if string(r.Data) != want || errors.Is(err, store.ErrNotFound) != (want == "") {
		t.Errorf("record %d is %q, %v; want %q", n, r.Data, err, want)
	}
}

func wantCounts(t *testing.T, got, want copying.Counts) {
	t.Helper()
	if got != want {
		t.Errorf("the counts are %+v, want %+v", got, want)
	}
}

// start copies in the background, and returns what waits for the end.
func start(t *testing.T, from copying.Source, to store.Store, o copying.Options) (wait func() copying.Counts) {
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
func run(t *testing.T, from copying.Source, to store.Store, o copying.Options) copying.Counts {
	t.Helper()
	return start(t, from, to, o)()
}

func TestRun_ARecordIsCopiedWithAllThatBelongsToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		for n := range 1000 {
			put(t, from, n, fmt.Sprint("data ", n))
		}
		original := must(from.Load(t.Context(), id(7)))
		wantCounts(t, run(t, from, to, copying.Options{}), copying.Counts{Listed: 1000, Copied: 1000})
		for n := range 1000 {
			wantData(t, to, n, fmt.Sprint("data ", n))
		}
		copied := must(to.Load(t.Context(), id(7)))
		if copied.Owner != "ada" || !copied.Used.Equal(original.Used) || !copied.Expires.Equal(original.Expires) {
			t.Errorf("copied %+v of %+v", copied, original)
		}
		wantData(t, from, 7, "data 7")
	})
}

// A scene is one session, "session" of Ada's for an hour, between its copy and the copy's settling.
type scene struct {
	*testing.T
	from, to *memstore.Store
	version  uint64 // in from
}

func (s scene) change(data string, more ...func(*store.Record)) {
	put(s.T, s.from, 1, data, append(more, over(s.version))...)
}

func (s scene) changeCopy(data string) {
	put(s.T, s.to, 1, data, over(must(s.to.Load(s.Context(), id(1))).Version))
}

func (s scene) delete() {
	if err := s.from.Delete(s.Context(), id(1)); err != nil {
		s.Fatal(err)
	}
}

func expires(in time.Duration) func(*store.Record) {
	return func(r *store.Record) { r.Expires = time.Now().Add(in) }
}

func TestRun_WhileACopySettles(t *testing.T) {
	none := func(scene) {}
	copied := copying.Counts{Listed: 1, Copied: 1}
	for name, c := range map[string]struct {
		short  time.Duration // until the session expires, if not an hour
		there  time.Duration // until the copy expires that is there already; 0 if none is
		plain  bool          // the store to copy to can do no more than it has to
		during func(s scene)
		counts copying.Counts
		data   string // of the copy; empty if it must not be there
		left   time.Duration
	}{
		"signed out, it does not come back": {during: scene.delete, counts: copying.Counts{Listed: 1, Gone: 1}},
		"signed out after a request used the copy": {during: func(s scene) {
			s.changeCopy("used")
			s.delete()
		}, counts: copying.Counts{Listed: 1, Gone: 1}},
		"ended, as by a renewal, it does not come back": {during: func(s scene) { s.change("") }, counts: copying.Counts{Listed: 1, Gone: 1}},
		"expired, it is not called signed out":          {short: settle / 2, during: none, counts: copying.Counts{Listed: 1, Ended: 1}},
		"a change in the old store replaces the copy": {
			during: func(s scene) { s.change("new") },
			counts: copied, data: "new", left: 50 * time.Minute,
		},
		"a change replaces the copy in a store that tells no versions": {
			plain: true, during: func(s scene) { s.change("new") },
			counts: copied, data: "new",
		},
		"a change by the program is left alone": {during: func(s scene) {
			s.changeCopy("the program's")
			s.change("late")
		}, counts: copied, data: "the program's"},
		"an expiry that the program moved is not moved back": {during: func(s scene) {
			version := must(s.to.Load(s.Context(), id(1))).Version
			if err := s.to.Touch(s.Context(), id(1), version, time.Now(), time.Now().Add(24*time.Hour)); err != nil {
				s.Fatal(err)
			}
		}, counts: copied, data: "session", left: 23 * time.Hour},
		"the copy expires soon, and then as the original": {during: func(s scene) {
			if left := time.Until(must(s.to.Load(s.Context(), id(1))).Expires); left > 3*time.Minute {
				s.Errorf("the copy expires in %v", left)
			}
		}, counts: copied, data: "session", left: 50 * time.Minute},
		"without Touch it gets the original's expiry too": {plain: true, during: none, counts: copied, data: "session", left: 50 * time.Minute},
		"the copy of a killed run is brought to its end":  {there: time.Minute, during: none, counts: copied, data: "session", left: 50 * time.Minute},
		"a session that session.Migrate moved is kept": {
			there: 30 * time.Minute, during: func(s scene) { s.change("") },
			counts: copying.Counts{Listed: 1, There: 1}, data: "session",
		},
		"a copy that session.Migrate used, and moved, is kept": {
			during: func(s scene) { s.changeCopy("used"); s.change(string(driver.MovedRecord("a move"))) },
			counts: copying.Counts{Listed: 1, There: 1}, data: "used",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scene{T: t, from: memstore.New(nil), to: memstore.New(nil)}
				s.version = put(t, s.from, 1, "session", expires(cmp.Or(c.short, time.Hour)))
				if c.there > 0 {
					put(t, s.to, 1, "session", expires(c.there))
				}
				var to store.Store = s.to
				if c.plain {
					to = plain{s.to}
				}
				wait := start(t, s.from, to, copying.Options{})
				time.Sleep(settle / 2)
				c.during(s)
				wantCounts(t, wait(), c.counts)
				wantData(t, s.to, 1, c.data)
				made, err := s.to.Load(t.Context(), id(1))
				if err != nil {
					return
				}
				if left := time.Until(made.Expires); left < c.left {
					t.Errorf("the copy expires in %v", left)
				}
				if original, err := s.from.Load(t.Context(), id(1)); err == nil && string(original.Data) == c.data && made.Owner != original.Owner {
					t.Errorf("the copy's owner is %s, and the original's %s", made.Owner, original.Owner)
				}
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

func TestRun_EndedAndExpiredSessionsAreNotCopied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		from, to := memstore.New(nil), memstore.New(nil)
		put(t, from, 1, "late", expires(time.Second))
		put(t, from, 2, "")
		listed := func(listed store.ID) {
			if listed == id(1) {
				time.Sleep(2 * time.Second)
			}
		}
		wantCounts(t, run(t, from, to, copying.Options{Listed: listed}), copying.Counts{Listed: 2, Ended: 2})
		wantData(t, to, 1, "")
		wantData(t, to, 2, "")
	})
}

// plain is a store that can do no more than it has to, and does not tell versions, as
// memcachestore.
type plain struct{ store.Store }

func (p plain) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	_, err := p.Store.Save(ctx, id, r)
	return 0, err
}

// saving is a store whose Save does what a test needs.
type saving struct {
	*memstore.Store
	save func(context.Context, store.ID, store.Record) (uint64, error)
}

func (s saving) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	return s.save(ctx, id, r)
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

// A move that stopped, or one in the other direction, leaves a record that is not a session.
func TestRun_ReplacesWhatAMoveLeft(t *testing.T) {
	for name, left := range map[string][]byte{
		"a move that stopped":           driver.ArrivingRecord("a move", []byte(`{"n":1}`)),
		"a move in the other direction": driver.MovedRecord("a move"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scene{T: t, from: memstore.New(nil), to: memstore.New(nil)}
				s.version = put(t, s.from, 1, `{"n":2}`)
				put(t, s.to, 1, string(left))
				for _, dry := range []bool{true, false} {
					wantCounts(t, run(t, s.from, s.to, copying.Options{DryRun: dry}), copying.Counts{Listed: 1, Copied: 1})
				}
				wantData(t, s.to, 1, `{"n":2}`)
			})
		})
	}
}

// What the program has saved in the meantime is kept, and so are the marks of a sign-out: a request
// that has found the session before meets them.
func TestRun_TheProgramIsFasterThanAMove(t *testing.T) {
	for name, test := range map[string]struct {
		faster func(s scene)
		want   string
	}{
		"a move":     {func(s scene) { s.change(string(driver.MovedRecord("a move"))) }, `{"n":2}`},
		"a sign-out": {func(s scene) { s.changeCopy(""); s.change("") }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scene{T: t, from: memstore.New(nil), to: memstore.New(nil)}
				s.version = put(t, s.from, 1, `{"n":1}`)
				put(t, s.to, 1, string(driver.ArrivingRecord("a move", []byte(`{"n":2}`))))
				from := saving{s.from, func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
					test.faster(s)
					return s.from.Save(ctx, id, r)
				}}
				wantCounts(t, run(t, from, s.to, copying.Options{}), copying.Counts{Listed: 1, There: 1})
				if got := must(s.to.Load(t.Context(), id(1))); string(got.Data) != test.want {
					t.Errorf("the record is %q", got.Data)
				}
			})
		})
	}
}

// While to says that a session is on its way, requests save it in from. None of their changes is
// lost if the record is copied at that moment.
func TestRun_ARequestThatSavesInFromLosesNothing(t *testing.T) {
	for name, left := range map[string][]byte{
		"arriving":           driver.ArrivingRecord("a move", []byte("1")),
		"in the other store": driver.MovedRecord("a move"),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				from, to := memstore.New(nil), memstore.New(nil)
				put(t, from, 1, "1")
				put(t, to, 1, string(left))
				one := func(t *testing.T, s store.Store, r store.Record) {
					put(t, s, 1, string(r.Data)+"1", over(r.Version))
				}
				first := true
				hooked := saving{to, func(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
					if !first || r.Version == 0 {
						return to.Save(ctx, id, r)
					}
					first = false
					slow := must(from.Load(ctx, id)) // a request that has found that the session is in from
					version, err := to.Save(ctx, id, r)
					one(t, from, slow)
					place := store.Store(to)
					now := must(to.Load(ctx, id))
					if state, _ := driver.ParseRecord(now.Data); state != driver.Live {
						place, now = from, must(from.Load(ctx, id))
					}
					one(t, place, now)
					return version, err
				}}
				wantCounts(t, run(t, from, hooked, copying.Options{}), copying.Counts{Listed: 1, Copied: 1})
				wantData(t, to, 1, "111")
			})
		})
	}
}

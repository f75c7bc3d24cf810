package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
)

// A farStore is a store that is a millisecond away, and counts how often it is asked.
type farStore struct {
	store.Store
	forgets      bool // Save does not tell the new version
	loads, saves atomic.Int32
}

func (f *farStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	f.loads.Add(1)
	time.Sleep(time.Millisecond)
	return f.Store.Load(ctx, id)
}

func (f *farStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	f.saves.Add(1)
	time.Sleep(time.Millisecond)
	version, err := f.Store.Save(ctx, id, r)
	if f.forgets {
		version = 0
	}
	return version, err
}

// asked returns the loads and saves since it was called last.
func (f *farStore) asked() string {
	return fmt.Sprintf("%d loads, %d saves", f.loads.Swap(0), f.saves.Swap(0))
}

// far calls test with a visitor who has a session in a store that is far.
func far(t *testing.T, test func(t *testing.T, v *visitor, f *farStore, wire *recordtest.Wire)) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		f := &farStore{Store: recordtest.New(wire)}
		v := newVisitorOf(t, session.Stored(f), session.Options{})
		v.with(func(s *session.Session) { visits.Set(s, 0) })
		f.asked()
		test(t, v, f, wire)
	})
}

// count has n tabs of the visitor count at once, each a moment after the one before.
func (v *visitor) count(wg *sync.WaitGroup, n int, after time.Duration) {
	for i := range n {
		tab := v.beside()
		wg.Go(func() {
			time.Sleep(after * time.Duration(i))
			res := tab.with(func(s *session.Session) { visits.Update(s, addOne) })
			if res.StatusCode != http.StatusOK {
				v.t.Errorf("a request was answered %d", res.StatusCode)
			}
		})
	}
}

func (v *visitor) counted() (n int) {
	v.with(func(s *session.Session) { n = visits.GetOr(s, -1) })
	return n
}

// Those who save a session at once are one round trip from each other: each goes on from what the
// one before has saved, without loading it, if the store tells versions.
func TestSave_GoesOnFromWhatTheOneBeforeHasSaved(t *testing.T) {
	far(t, func(t *testing.T, v *visitor, f *farStore, _ *recordtest.Wire) {
		for _, tt := range []struct {
			forgets bool
			want    string
			took    time.Duration
		}{
			// All 8 load, and save at once, which one does. Of the other 7, each saves once more, and
			// the first of them has to load.
			{false, "9 loads, 15 saves", 10 * time.Millisecond},
			{true, "15 loads, 15 saves", 16 * time.Millisecond},
		} {
			f.forgets = tt.forgets
			began := time.Now()
			var wg sync.WaitGroup
			v.count(&wg, 8, 0)
			wg.Wait()
			took := time.Since(began)
			if got := f.asked(); got != tt.want || took != tt.took {
				t.Errorf("the store forgets versions: %t: %s in %v, want %s in %v", tt.forgets, got, took, tt.want, tt.took)
			}
		}
		f.forgets = false
		if n := v.counted(); n != 16 {
			t.Errorf("of 16 updates there are %d", n)
		}
	})
}

// One that comes while others wait does not overtake them with an attempt, which fails or makes
// theirs fail.
func TestSave_WaitsBehindThoseWhoWait(t *testing.T) {
	far(t, func(t *testing.T, v *visitor, f *farStore, _ *recordtest.Wire) {
		var wg sync.WaitGroup
		v.count(&wg, 4, 0) // three of them wait from 2 ms to 6 ms
		time.Sleep(2500 * time.Microsecond)
		f.asked()
		v.count(&wg, 4, 100*time.Microsecond) // have loaded by then
		wg.Wait()
		if got, want := f.asked(), "4 loads, 7 saves"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if n := v.counted(); n != 8 {
			t.Errorf("of 8 updates there are %d", n)
		}
	})
}

// What another server saves in between is not overwritten, and does not make the next ones fail.
func TestSave_MeetsAnotherServerThoughTheOneBeforeLeftSomething(t *testing.T) {
	far(t, func(t *testing.T, v *visitor, f *farStore, _ *recordtest.Wire) {
		other := newVisitorOf(t, session.Stored(f.Store), session.Options{}).beside()
		other.cookies = v.cookies
		var wg sync.WaitGroup
		v.count(&wg, 8, 0)
		for i := range 5 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 1700 * time.Microsecond)
				other.beside().with(func(s *session.Session) { visits.Update(s, addOne) })
			})
		}
		wg.Wait()
		if n := v.counted(); n != 13 {
			t.Errorf("of 13 updates there are %d", n)
		}
	})
}

// A request whose earlier save has an unknown outcome does not make its edits again in what another
// one has saved, in which they may be.
func TestSave_OfUnknownOutcomeDoesNotGoOnFromWhatTheOneBeforeHasSaved(t *testing.T) {
	far(t, func(t *testing.T, v *visitor, f *farStore, wire *recordtest.Wire) {
		var wg sync.WaitGroup
		tabs := v.beside()
		res := v.with(func(s *session.Session) {
			visits.Update(s, addOne)
			wire.Begin(string([]rune{recordtest.Lost, recordtest.Refused}))
			if err := s.Save(t.Context()); err == nil {
				t.Error("a save that the store never told of succeeded")
			}
			wire.Recover()
			tabs.count(&wg, 3, 0)
			time.Sleep(2500 * time.Microsecond) // two of them wait
			s.Set("more", true)
		})
		wg.Wait()
		if n := v.counted(); n != 4 || res.StatusCode == http.StatusOK {
			t.Errorf("answered with %d, of 4 updates there are %d", res.StatusCode, n)
		}
	})
}

// What a renewal has saved is not under the ID of those who wait behind it: they are told that their
// session has ended.
func TestSave_DoesNotGoOnFromARenewal(t *testing.T) {
	far(t, func(t *testing.T, v *visitor, _ *farStore, _ *recordtest.Wire) {
		told := make(chan error, 2)
		old := v.beside()
		var wg sync.WaitGroup
		old.count(&wg, 1, 0)
		wg.Go(func() { // meets that after 3 ms, and waits first
			v.with(func(s *session.Session) { visits.Update(s, addOne); s.Renew() })
		})
		for range cap(told) {
			wg.Go(func() {
				old.beside().with(func(s *session.Session) {
					visits.Update(s, addOne)
					time.Sleep(1500 * time.Microsecond)
					told <- s.Save(t.Context())
				})
			})
		}
		wg.Wait()
		for range cap(told) {
			if err := <-told; !errors.Is(err, session.ErrEnded) {
				t.Errorf("told %v", err)
			}
		}
		if n := v.counted(); n != 2 {
			t.Errorf("of 2 updates there are %d", n)
		}
	})
}

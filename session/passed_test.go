package session_test

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

func addOne(n int) int { return n + 1 }

// A listed session has no cookie: the visitor who waits behind it keeps theirs.
func TestSave_OfAListedSessionPassesNothingOnToAVisitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := memstore.New(nil)
		v := newVisitorOf(t, session.Stored(struct {
			store.Store
			store.Lister
		}{&farStore{Store: st}, st}), session.Options{})
		v.with(func(s *session.Session) { visits.Set(s, 0) })
		var wg sync.WaitGroup
		for s, err := range v.m.All(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			visits.Update(s, addOne)
			v.count(&wg, 1, 0)
			wg.Wait()
			wg.Go(func() {
				time.Sleep(500 * time.Microsecond) // it loads, and waits while the listed one loads again
				res := v.with(func(s *session.Session) { visits.Update(s, addOne) })
				if set := res.Cookies(); res.StatusCode != http.StatusOK || len(set) != 0 {
					t.Errorf("the visitor is answered with %d and the cookies %v", res.StatusCode, set)
				}
			})
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
		if n := v.counted(); n != 3 {
			t.Errorf("of 3 updates there are %d", n)
		}
	})
}

// A session whose renewal the store has made late is saved under its new ID by one who has both.
// Those who wait behind it, and have the old ID alone, are not given the new one: an attacker may be
// among them, and the session is a user's now.
func TestSave_AfterALateRenewalPassesNothingOnToTheOldID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		st := recordtest.New(wire)
		v := newVisitorOf(t, session.Stored(struct {
			store.Store
			store.Mover
		}{&farStore{Store: st}, st}), session.Options{})
		v.with(func(s *session.Session) { visits.Set(s, 0) })
		old := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada"); wire.Begin(string(recordtest.Late)) })
		arrive := wire.Hold()
		var wg sync.WaitGroup
		wg.Go(func() {
			v.with(func(s *session.Session) {
				visits.Update(s, addOne)
				time.Sleep(100 * time.Microsecond) // all have loaded
				arrive()
			})
		})
		for range 3 {
			wg.Go(func() {
				tab := old.beside()
				res := tab.with(func(s *session.Session) {
					visits.Update(s, addOne)
					time.Sleep(200 * time.Microsecond)
				})
				if set := res.Cookies(); res.StatusCode == http.StatusOK || len(set) != 0 || tab.signedIn() {
					t.Errorf("the old ID is answered with %d and the cookies %v", res.StatusCode, set)
				}
			})
		}
		wg.Wait()
		v.wantOwner("ada")
		if n := v.counted(); n != 1 {
			t.Errorf("of 1 update there are %d", n)
		}
	})
}

// A request whose earlier save has an unknown outcome saves again at once. If it waited for others
// first, their saves would hide what became of its own, and its edits could be made twice.
func TestSave_OfUnknownOutcomeDoesNotWaitFirst(t *testing.T) {
	for what, open := range map[string]func(store.Store) session.Backend{
		"stored": session.Stored,
		"migrated": func(st store.Store) session.Backend {
			return session.Migrate(session.Stored(st), session.Stored(memstore.New(nil)))
		},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				v := newVisitorOf(t, open(&farStore{Store: recordtest.New(wire)}), session.Options{})
				v.with(func(s *session.Session) { visits.Set(s, 0) })
				old := v.beside()
				var loaded, saved, wg sync.WaitGroup
				loaded.Add(2)
				saved.Add(1)
				for range 2 {
					wg.Go(func() {
						res := old.beside().with(func(s *session.Session) {
							visits.Update(s, func(n int) int {
								time.Sleep(3 * time.Millisecond) // so long that the save of the third is first
								return n + 1
							})
							loaded.Done()
							saved.Wait()
						})
						if res.StatusCode != http.StatusOK {
							t.Errorf("another request is answered with %d", res.StatusCode)
						}
					})
				}
				loaded.Wait()
				res := v.with(func(s *session.Session) {
					visits.Update(s, addOne)
					wire.Begin(string([]rune{recordtest.Lost, recordtest.Refused}))
					if err := s.Save(t.Context()); err == nil {
						t.Error("a save that the store never told of succeeded")
					}
					wire.Recover()
					saved.Done()
					time.Sleep(2500 * time.Microsecond) // one loads again, the other waits
				})
				wg.Wait()
				if n := v.counted(); res.StatusCode != http.StatusOK || n != 3 {
					t.Errorf("answered with %d, of 3 updates there are %d", res.StatusCode, n)
				}
			})
		})
	}
}

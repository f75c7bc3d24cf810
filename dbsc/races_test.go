package dbsc_test

import (
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// TestRefresh_FiveAtOnce, TestRefresh_ALost403 and TestRefresh_ATabThatSlept are the races that
// others had.
func TestRefresh_FiveAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		for round := range 10 {
			s.pass(11 * time.Minute)
			session := d.Session()
			before := d.Cookies()
			var failed atomic.Int32
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() {
					one := d.Thief()
					one.Key, one.Now = d.Key, s.clock
					one.SetSession(session)
					res := one.SendWith(before, "POST", session.RefreshURL, "", refreshHeader(session.ID, d.Proof(session.Challenge, false)))
					d.Keep(res)
					if res.Status != 200 {
						failed.Add(1)
					}
				})
			}
			all.Wait()
			if n := failed.Load(); n > 0 {
				t.Errorf("round %d: %d of five refreshes at once failed", round, n)
			}
			s.want(d, "GET", "/who", 200, "owner ada ")
		}
	})
}

func TestRefresh_ALost403(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		d.SetCookie(boundCookie, "")
		d.Thief().SendWith(d.Cookies(), "POST", "/dbsc/refresh", "", refreshHeader(d.Session().ID, "")) // into nothing
		s.want(d, "GET", "/who", 200, "owner ada ")
		// And a 200 that is lost: the browser comes with the same challenge.
		s.pass(11 * time.Minute)
		session := d.Session()
		d.Thief().SendWith(d.Cookies(), "POST", "/dbsc/refresh", "", refreshHeader(session.ID, d.Proof(session.Challenge, false)))
		s.took()
		s.want(d, "GET", "/who", 200, "owner ada ")
		s.wantTook("refreshed")
	})
}

func TestRefresh_ATabThatSlept(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		for range 3 {
			s.pass(8 * time.Hour)
			s.want(d, "GET", "/who", 200, "owner ada ")
			s.wantTook("challenged", "refreshed") // over a fresh challenge
		}
	})
}

// TestRegistration_RacesThePage has the page after the sign-in, which changes the session that it
// loaded before the registration, answer after it.
func TestRegistration_RacesThePage(t *testing.T) {
	onEach(t, func(t *testing.T, backend string, s *site) {
		entered, release := make(chan bool), make(chan bool)
		s.mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
			session.Field[int]("count").Update(session.From(r), func(n int) int { return n + 1 })
			entered <- true
			<-release
		})
		d, _ := s.offered()
		var page sync.WaitGroup
		page.Go(func() { d.Send("POST", "/slow", "", nil) })
		<-entered
		if err := d.Accept(); err != nil {
			t.Fatal(err)
		}
		release <- true
		page.Wait()
		if inRecord(backend) {
			s.want(d, "GET", "/count", 200, "1") // neither lost the other's
			s.wantTook("offered", "registered")
		} else {
			s.want(d, "GET", "/count", 200, "1") // the page was last, and the bound cookie has the rest
			s.wantTook("offered", "registered", "healed")
		}
		s.enforced(d)
		thief := d.Thief()
		s.pass(11 * time.Minute)
		s.want(thief, "GET", "/who", 403, "Forbidden\n")
	})
}

// TestRefresh_KnowsABindingThatAPageHasOverwritten has the browser refresh after the answer of a page
// that had loaded the session before the registration. Only the bound cookie has the key then.
func TestRefresh_KnowsABindingThatAPageHasOverwritten(t *testing.T) {
	for _, b := range backends[2:] {
		for what, kept := range map[string]bool{"with the bound cookie": true, "without it": false} {
			t.Run(b.name+" "+what, func(t *testing.T) {
				s := newSite(t, b.open(), nil, nil)
				d, _ := s.offered()
				before := d.Cookies()[cookie]
				if err := d.Accept(); err != nil {
					t.Fatal(err)
				}
				d.SetCookie(cookie, before)
				if !kept {
					d.SetCookie(boundCookie, "")
				}
				if status := d.Refresh(); status != 200 || (d.Session().ID != "") != kept {
					t.Errorf("the refresh answers %d, and the device knows %+v", status, d.Session())
				}
				s.took()
				s.want(d, "GET", "/who", 200, "owner ada ")
				if kept {
					s.wantTook("healed")
				}
			})
		}
	}
}

// TestRefresh_RacesPages has pages change the session while the browser refreshes.
func TestRefresh_RacesPages(t *testing.T) {
	for _, b := range backends[:2] {
		t.Run(b.name, func(t *testing.T) {
			s := newSite(t, b.open(), nil, nil)
			d := s.visitor()
			s.enforced(d)
			const rounds = 50
			var all sync.WaitGroup
			for range 4 {
				all.Go(func() {
					for range rounds {
						if res := d.Send("POST", "/count", "", nil); res.Status != 200 {
							t.Errorf("a page answers %d", res.Status)
						}
					}
				})
			}
			all.Go(func() {
				for range rounds {
					if status := d.Refresh(); status != 200 {
						t.Errorf("a refresh answers %d", status)
					}
				}
			})
			all.Wait()
			s.want(d, "GET", "/count", 200, fmt.Sprint(4*rounds))
		})
	}
}

// A page that was loaded before the registration moves the session to a store, without the binding.
// The refresh restores it from the bound cookie.
func TestRefresh_OfASessionThatAnOlderPageHasMoved(t *testing.T) {
	key, own := secret.New(), secret.New()
	s := newSite(t, session.Signed(key), nil, &dbsc.Options{Key: own})
	moves := newSite(t, session.Migrate(session.Stored(memstore.New(nil)), session.Signed(key)), nil, &dbsc.Options{Key: own})
	d, _ := s.offered()
	before := d.Cookies()[cookie]
	if err := d.Accept(); err != nil {
		t.Fatal(err)
	}
	bound := d.Cookies()[boundCookie]
	d.SetCookie(cookie, before)
	d.SetCookie(boundCookie, "")
	s.Handler = moves.Handler
	if res := d.Send("POST", "/count", "", nil); res.Status != 200 {
		t.Fatalf("the page answers %d", res.Status)
	}
	d.SetCookie(boundCookie, bound)
	if status := d.Refresh(); status != 200 || d.Session().ID == "" {
		t.Errorf("the refresh answers %d", status)
	}
}

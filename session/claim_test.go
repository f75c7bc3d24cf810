package session_test

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/session"
)

func TestClaim_AfterALateChangeShowsWhatWaits(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		for _, late := range []bool{false, true} {
			v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
			v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				s.Set("a", 1)
				w.(http.Flusher).Flush()
				if late {
					s.Set("b", 2)
				}
				wantFlashes(t, s, "message:one")
			})
			v.with(func(s *session.Session) {
				if wantFlashes(t, s, ""); !s.Has("kept") || !s.Has("a") || s.Has("b") != late {
					t.Errorf("the next request finds %q", s.Keys())
				}
			})
		}
	})
}

// What this request flashed itself is in no record yet.
func TestClaim_OfNoEarlierMessageAsksTheStoreNothing(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Set("kept", 1) })
		f.took()
		v.with(func(s *session.Session) {
			s.Flash("mine")
			if calls := f.took(); !slices.Equal(calls, []string{"load"}) {
				t.Errorf("before, the store is asked for %q", calls)
			}
			wantFlashes(t, s, "message:mine")
			if calls := f.took(); len(calls) != 0 {
				t.Errorf("to read it, the store is asked for %q", calls)
			}
		})
	})
}

func TestClaim_OfMessagesThatAnotherRequestHasShownIsNoChange(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		other := v.beside()
		meanwhile(f, "save", func() { other.with(func(s *session.Session) { wantFlashes(t, s, "message:one") }) })
		v.with(func(s *session.Session) {
			if wantFlashes(t, s, ""); s.Modified() {
				t.Error("the session counts as modified")
			}
		})
	})
}

// Nothing was claimed, so nothing has to be put back, and the page needs no store.
func TestClaim_OfMessagesThatAreGoneFailsNoPage(t *testing.T) {
	test := func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Set("kept", 1) })
		other, saves := v.beside(), 0
		f.before = func(call string) error {
			if call != "save" {
				return nil
			}
			switch saves++; saves {
			case 1:
				other.with(func(s *session.Session) { wantFlashes(t, s, "message:one") })
			case 2: // the other request's
			default:
				return errDown
			}
			return nil
		}
		res := v.with(func(s *session.Session) { wantFlashes(t, s, "") })
		if res.StatusCode != http.StatusOK || saves < 3 {
			t.Errorf("the page is answered %d, after %d saves", res.StatusCode, saves)
		}
	}
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		synctest.Test(t, func(t *testing.T) { test(t, v, f) })
	})
}

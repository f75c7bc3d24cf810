package session_test

import (
	"errors"
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestReload_BringsWhatOtherRequestsSaved(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada"); visits.Set(s, 1) })
		other := v.beside()
		v.with(func(s *session.Session) {
			visits.Update(s, func(n int) int { return n + 1 })
			other.with(func(s *session.Session) { username.Set(s, "bob"); visits.Set(s, 10) })
			if err := s.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			name, _ := username.Get(s)
			if n, _ := visits.Get(s); name != "bob" || n != 11 {
				t.Errorf("after Reload: %q, %d", name, n)
			}
		})
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 11 {
				t.Errorf("saved: %d", n)
			}
		})
	})
}

func TestReload_TellsThatTheSessionHasEnded(t *testing.T) {
	for what, end := range map[string]func(s *session.Session){
		"signed out": (*session.Session).SignOut, "renewed": (*session.Session).Renew,
	} {
		onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
			v.with(func(s *session.Session) { s.SignIn("ada") })
			other := v.beside()
			v.with(func(s *session.Session) {
				s.Len()
				other.with(end)
				if err := s.Reload(t.Context()); !errors.Is(err, session.ErrEnded) || s.Owner() != "ada" {
					t.Errorf("%s: Reload returns %v, the owner is %q", what, err, s.Owner())
				}
				f.before = func(string) error { return errDown }
				if err := s.Reload(t.Context()); !errors.Is(err, session.ErrUnavailable) {
					t.Errorf("%s: with the store down Reload returns %v", what, err)
				}
				f.before = nil
			})
		})
	}
}

func TestReload_ASessionInItsCookieHasNothingFresher(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.with(func(s *session.Session) {
		username.Set(s, "bob")
		if err := s.Reload(t.Context()); err != nil {
			t.Error(err)
		}
		if name, _ := username.Get(s); name != "bob" {
			t.Errorf("the name is %q", name)
		}
	})
}

// A session can be changed while it is loaded again. What is set then stays, on top of what comes.
func TestReload_KeepsWhatIsSetInTheMeantime(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada"); visits.Set(s, 1) })
		v.with(func(s *session.Session) {
			s.Set("before", 1)
			meanwhile(f, "load", func() { s.Set("one", 1); s.Set("two", 2); visits.Set(s, 3) })
			if err := s.Reload(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, _ := visits.Get(s); n != 3 || !s.Has("before") || !s.Has("one") || !s.Has("two") {
				t.Errorf("after Reload the visits are %d, the keys %q", n, s.Keys())
			}
		})
	})
}

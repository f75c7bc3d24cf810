package session_test

import (
	"slices"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// Programs that keep no cookies begin a session with each request that writes.
func TestUnconfirmed_AnAnonymousRecordEndsInAnHour(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		left := func() time.Duration {
			t.Helper()
			if len(f.records) != 1 {
				t.Fatalf("there are %d records", len(f.records))
			}
			for _, r := range f.records {
				return r.Expires.Sub(r.Used).Truncate(time.Minute)
			}
			return 0
		}
		calls := func(do func(s *session.Session)) []string {
			f.calls = nil
			v.with(do)
			return slices.Clone(f.calls)
		}
		v.with(func(s *session.Session) { s.Set("cart", 1) })
		if l := left(); l != time.Hour {
			t.Errorf("the record of a new session lasts for %v", l)
		}
		read := func(s *session.Session) { s.Has("cart") }
		if c := calls(read); len(c) < 2 || left() != session.DefaultLifetime {
			t.Errorf("when the cookie comes back, the store is asked for %q, and the record lasts for %v", c, left())
		}
		if c := calls(read); len(c) != 1 {
			t.Errorf("the second time the cookie comes back, the store is asked for %q", c)
		}
	})
}

func TestUnconfirmed_ASignedInSessionLastsFromTheStart(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.SignIn("ada") })
		for _, r := range f.records {
			if l := r.Expires.Sub(r.Used).Truncate(time.Minute); l != session.DefaultLifetime {
				t.Errorf("the record lasts for %v", l)
			}
		}
		f.calls = nil
		v.with(func(s *session.Session) { s.Owner() })
		if len(f.calls) != 1 {
			t.Errorf("the first read asks the store for %q", f.calls)
		}
	})
}

func TestUnconfirmed_ALifetimeOfAnHourOrLessIsKept(t *testing.T) {
	for _, lifetime := range []time.Duration{30 * time.Minute, time.Hour} {
		onEachStore(t, session.Options{Lifetime: lifetime}, func(t *testing.T, v *visitor, f *fakeStore) {
			v.with(func(s *session.Session) { s.Set("cart", 1) })
			f.calls = nil
			v.with(func(s *session.Session) { s.Has("cart") })
			if len(f.calls) != 1 {
				t.Errorf("the first read asks the store for %q", f.calls)
			}
			for _, r := range f.records {
				if l := r.Expires.Sub(r.Used).Truncate(time.Minute); l != lifetime {
					t.Errorf("the record lasts for %v", l)
				}
			}
		})
	}
}

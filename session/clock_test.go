package session_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// A manager's clock is behind that of its store by more than a session lasts: sessions end as late as
// they would with one clock.
func TestClock_BehindTheStoresLosesNoLogin(t *testing.T) {
	big := strings.Repeat("too large for the cookie ", 400)
	for name, backend := range map[string]func() session.Backend{
		"stored":   func() session.Backend { return session.Stored(memstore.New(nil)) },
		"overflow": func() session.Backend { return session.Overflow(session.Signed(secret.New()), memstore.New(nil)) },
		"migrate": func() session.Backend {
			return session.Migrate(session.Stored(memstore.New(nil)), session.Signed(secret.New()))
		},
		"without a move": func() session.Backend {
			st := memstore.New(nil)
			return session.Stored(struct {
				store.Store
				store.Clock
			}{st, st})
		},
	} {
		for _, off := range []time.Duration{-30 * 24 * time.Hour, -2 * time.Hour, -time.Minute, -time.Second, 0, time.Minute, 2 * time.Hour} {
			for _, idle := range []time.Duration{0, 30 * time.Minute} {
				synctest.Test(t, func(t *testing.T) {
					v := newVisitorOf(t, backend(), session.Options{Lifetime: time.Hour, IdleTimeout: idle, Permanent: true})
					in := func(after time.Duration) string {
						time.Sleep(after)
						v.clock = time.Now().Add(off)
						owner := ""
						v.with(func(s *session.Session) { owner = s.Owner() })
						return owner
					}
					v.clock = time.Now().Add(off)
					v.with(func(s *session.Session) { s.Set("anonymous", big) })
					v.with(func(s *session.Session) {
						s.SignIn("42")
						s.Set("big", big)
					})
					if idle > 0 {
						for range 4 {
							if got := in(20 * time.Minute); got != "42" {
								t.Fatalf("%s, off by %v: after 20 minutes of idling the owner is %q", name, off, got)
							}
						}
						if got := in(31 * time.Minute); got != "" {
							t.Errorf("%s, off by %v: idle for too long, the owner is %q", name, off, got)
						}
						return
					}
					if got := in(59 * time.Minute); got != "42" {
						t.Fatalf("%s, off by %v: after 59 minutes the owner is %q", name, off, got)
					}
					v.with(func(s *session.Session) { s.Renew() })
					if got := in(59 * time.Minute); got != "42" {
						t.Fatalf("%s, off by %v: renewed, after 59 minutes the owner is %q", name, off, got)
					}
					if got := in(2 * time.Minute); got != "" {
						t.Errorf("%s, off by %v: after 61 minutes the owner is %q", name, off, got)
					}
				})
			}
		}
	}
}

// The old ID of a session that was renewed still says so, so that an answer to a request which comes
// with it sets no cookie; and an anonymous session that comes back once lasts for its Lifetime.
func TestClock_BehindTheStoresKeepsWhatIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const off = -2 * time.Hour
		v := newVisitorOf(t, session.Stored(memstore.New(nil)), session.Options{})
		tell := func(after time.Duration) {
			time.Sleep(after)
			v.clock = time.Now().Add(off)
		}
		tell(0)
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		tell(30 * time.Minute)
		v.with(read)
		tell(5 * 24 * time.Hour)
		v.with(func(s *session.Session) {
			if name, _ := username.Get(s); name != "ada" {
				t.Fatalf("days later the session has %q", s.Keys())
			}
			s.Renew()
		})
		renewed := v.cookies
		v.with(func(s *session.Session) { s.Renew() })
		v.cookies = renewed
		tell(30 * time.Second)
		res := v.with(func(s *session.Session) { _, _ = username.Get(s) })
		if len(res.Cookies()) > 0 || len(v.refused) > 0 {
			t.Errorf("the old ID was refused (%v), or the answer set %q", v.refused, res.Cookies())
		}
	})
}

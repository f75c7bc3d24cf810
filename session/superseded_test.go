package session_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store/memstore"
)

// storing are the backends that keep the session of a user in a record, each with a visitor who has
// an anonymous cart.
func storing(t *testing.T, test func(t *testing.T, v *visitor)) {
	key := secret.New()
	for name, backends := range map[string]func() (before, now session.Backend){
		"stored":              func() (session.Backend, session.Backend) { b := session.Stored(&fullStore{}); return b, b },
		"stored, least store": func() (session.Backend, session.Backend) { b := session.Stored(&fakeStore{}); return b, b },
		"stored, forgetful":   func() (session.Backend, session.Backend) { b := session.Stored(&fakeStore{forgets: true}); return b, b },
		"migrated, then new": func() (session.Backend, session.Backend) {
			b := session.Migrate(session.Stored(&fullStore{}), session.Signed(key))
			return b, b
		},
		"store to store": func() (session.Backend, session.Backend) {
			old := &fakeStore{}
			return session.Stored(old), session.Migrate(session.Stored(&fullStore{}), session.Stored(old))
		},
		"store to overflow": func() (session.Backend, session.Backend) {
			old := &fullStore{}
			return session.Stored(old), session.Migrate(session.Overflow(session.Signed(key), &fullStore{}), session.Stored(old))
		},
		"overflow, large": func() (session.Backend, session.Backend) {
			b := session.Overflow(session.Signed(key), &fullStore{})
			return b, b
		},
	} {
		t.Run(name, func(t *testing.T) {
			before, now := backends()
			first := newVisitorOf(t, before, session.Options{})
			cart := randomText(10)
			if name == "overflow, large" {
				cart = randomText(5000)
			}
			first.with(func(s *session.Session) { s.Set("cart", cart) })
			v := newVisitorOf(t, now, session.Options{})
			v.cookies, v.clock = first.cookies, first.clock
			test(t, v)
		})
	}
}

func TestSuperseded_WriteIsRefusedAndSetsNoCookie(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		poll := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada") })
		res := poll.with(func(s *session.Session) { s.Set("last_seen", 1) })
		if res.StatusCode != http.StatusConflict || len(res.Cookies()) != 0 {
			t.Errorf("the poll is answered %d with %v", res.StatusCode, res.Cookies())
		}
		v.with(func(s *session.Session) {
			if s.Owner() != "ada" || !s.Has("cart") || s.Has("last_seen") {
				t.Errorf("owner %q, keys %q", s.Owner(), s.Keys())
			}
		})
	})
}

func TestSuperseded_ReadsAnonymousValuesAndSetsNoCookie(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		poll := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada"); s.Flash("Welcome") })
		res := poll.with(func(s *session.Session) {
			if !s.Has("cart") || s.Owner() != "" || s.IsNew() || len(s.Flashes()) != 0 {
				t.Errorf("the old ID reads %q, owner %q, new %v", s.Keys(), s.Owner(), s.IsNew())
			}
		})
		if res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("answered %d with %v", res.StatusCode, res.Cookies())
		}
		v.with(func(s *session.Session) {
			if len(s.Flashes()) != 1 {
				t.Error("the message is gone")
			}
		})
	})
}

func TestSuperseded_SecondSignInKeepsAnonymousValues(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		click := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada") })
		res := click.with(func(s *session.Session) {
			s.SignIn("ada")
			username.Set(s, "Ada")
		})
		if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
			t.Fatalf("the second click is answered %d with %v", res.StatusCode, res.Cookies())
		}
		for what, each := range map[string]*visitor{"first": v, "second": click} {
			each.with(func(s *session.Session) {
				if s.Owner() != "ada" || !s.Has("cart") {
					t.Errorf("%s: owner %q, keys %q", what, s.Owner(), s.Keys())
				}
			})
		}
	})
}

func TestSuperseded_SignOutIsAnswered(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		late := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada") })
		res := late.with(func(s *session.Session) { s.SignOut(); s.Flash("Signed out") })
		if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
			t.Fatalf("answered %d with %v", res.StatusCode, res.Cookies())
		}
		late.with(func(s *session.Session) {
			if s.Owner() != "" || s.Has("cart") || len(s.Flashes()) != 1 {
				t.Errorf("owner %q, keys %q", s.Owner(), s.Keys())
			}
		})
	})
}

func TestSuperseded_AUsersRenewalLeavesNothingToRead(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		v.with(func(s *session.Session) { s.SignIn("ada") })
		stolen := v.beside()
		v.with(func(s *session.Session) { s.Renew() })
		res := stolen.with(func(s *session.Session) {
			if s.Len() != 0 || s.Owner() != "" {
				t.Errorf("the old ID reads %q", s.Keys())
			}
		})
		if res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("answered %d with %v", res.StatusCode, res.Cookies())
		}
		if res := stolen.with(func(s *session.Session) { s.Set("x", 1) }); res.StatusCode != http.StatusConflict || len(res.Cookies()) != 0 {
			t.Errorf("its write is answered %d with %v", res.StatusCode, res.Cookies())
		}
	})
}

// A cookie that names two IDs gets another one when its session moves. For a minute the old one
// reads what an anonymous session had, and of a user's nothing: a sign-out everywhere does not reach
// what is read there.
func TestSuperseded_AMoveThatChangesTheIDLeavesNothingOfAUser(t *testing.T) {
	for _, owner := range []string{"", "ada"} {
		from, to := session.Stored(memstore.New(nil)), session.Stored(memstore.New(nil))
		v := newVisitorOf(t, from, session.Options{})
		v.clock = time.Now()
		v.with(func(s *session.Session) {
			s.Set("cart", 1)
			if owner != "" {
				s.SignIn(owner)
			}
		})
		one := v.beside()
		name, id, _ := strings.Cut(v.cookies[0], "=")
		v.cookies = []string{name + "=" + driver.NewID() + "~" + id}
		both := v.beside()
		moving := newVisitorOf(t, session.Migrate(to, from), session.Options{})
		moving.cookies, moving.clock = v.cookies, v.clock
		moving.with(func(s *session.Session) {
			if s.Set("moved", true); s.Owner() != owner {
				t.Fatalf("the session of %q is one of %q", owner, s.Owner())
			}
		})
		for _, old := range []*visitor{one, both} {
			old.m = moving.m
			old.with(func(s *session.Session) {
				if s.Owner() != "" || s.Has("cart") != (owner == "") {
					t.Errorf("of %q, the old cookie reads %q of %q", owner, s.Keys(), s.Owner())
				}
			})
		}
		moving.wantOwner(owner)
	}
}

func TestSuperseded_EndsAfterAMinute(t *testing.T) {
	f := &fullStore{}
	v := newVisitorOf(t, session.Stored(f), session.Options{})
	f.now = func() time.Time { return v.clock }
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	old := v.beside()
	v.with(func(s *session.Session) { s.SignIn("ada") })
	v.clock = v.clock.Add(2 * time.Minute)
	res := old.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Errorf("the old ID still reads %q", s.Keys())
		}
		s.Set("x", 1)
	})
	if res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
		t.Errorf("answered %d with %v", res.StatusCode, res.Cookies())
	}
}

func TestSuperseded_RefreshSetsNoCookie(t *testing.T) {
	for name, o := range map[string]session.Options{
		"idle timeout": {IdleTimeout: time.Hour}, "refresh": {RefreshEachRequest: true}, "reissue": {ReissueOnRead: true},
	} {
		f := &fullStore{}
		v := newVisitorOf(t, session.Stored(f), o)
		f.now = func() time.Time { return v.clock }
		v.with(func(s *session.Session) { s.Set("cart", 1); s.SetPermanent(true) })
		v.clock = v.clock.Add(30 * time.Minute)
		old := v.beside()
		v.with(func(s *session.Session) { s.SignIn("ada") })
		for what, use := range map[string]func(s *session.Session){"used": func(s *session.Session) { s.Len() }, "left alone": func(*session.Session) {}} {
			if res := old.with(use); res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
				t.Errorf("%s, %s: answered %d with %v", name, what, res.StatusCode, res.Cookies())
			}
		}
	}
}

// An ID that was ended, rather than renewed, is as good as none.
func TestEnded_WriteBeginsANewSession(t *testing.T) {
	storing(t, func(t *testing.T, v *visitor) {
		tab, held := v.beside(), v.beside()
		res := held.with(func(s *session.Session) {
			s.Len()
			v.with(func(s *session.Session) { s.SignOut() })
			s.Set("x", 1)
		})
		if res.StatusCode != http.StatusConflict || len(res.Cookies()) != 0 {
			t.Errorf("what had read the session is answered %d with %v", res.StatusCode, res.Cookies())
		}
		if res := tab.with(func(s *session.Session) { s.Set("x", 1) }); res.StatusCode != http.StatusOK || len(res.Cookies()) != 1 {
			t.Errorf("what had not is answered %d with %v", res.StatusCode, res.Cookies())
		}
	})
}

func TestSave_OfASupersededSession(t *testing.T) {
	for what, tt := range map[string]struct {
		use  func(s *session.Session)
		want error
	}{
		"read":      {func(s *session.Session) { s.Len() }, nil},
		"changed":   {func(s *session.Session) { s.Set("a", 1) }, session.ErrEnded},
		"signed in": {func(s *session.Session) { s.SignIn("ada") }, nil}, // the response has the new session
	} {
		storing(t, func(t *testing.T, v *visitor) {
			poll := v.beside()
			v.with(func(s *session.Session) { s.SignIn("ada") })
			poll.with(func(s *session.Session) {
				tt.use(s)
				if err := s.Save(t.Context()); !errors.Is(err, tt.want) {
					t.Errorf("%s: Save returns %v, want %v", what, err, tt.want)
				}
			})
		})
	}
}

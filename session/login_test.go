package session_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// fakeLogin keeps the user at "user", and remembers one.
type fakeLogin struct {
	mu         sync.Mutex
	remembered string
	cookie     string
	arrivals   int
}

func (l *fakeLogin) Owner(v driver.Values) (owner string) {
	v.Get("user", &owner)
	return owner
}

func (l *fakeLogin) Arrive(_ *http.Request, v driver.Values) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrivals++
	if l.Owner(v) == "" && l.remembered != "" {
		v.Set("user", l.remembered)
	}
}

func (l *fakeLogin) SignIn(_ *http.Request, v driver.Values, owner string, _ time.Time) error {
	if owner == "nobody" {
		return errors.New("nobody cannot sign in")
	}
	v.Set("user", owner)
	return nil
}

func (l *fakeLogin) SignOut(_ *http.Request, v driver.Values) {
	v.Delete("user")
	v.Set("remember", "clear")
}

func (l *fakeLogin) Leave(_ *http.Request, v driver.Values, _ time.Time) string {
	if v.Len() > 0 {
		v.Delete("remember")
	}
	return l.cookie
}

func newLoginVisitor(t *testing.T, opts session.Options) (*visitor, *fullStore, *fakeLogin) {
	t.Helper()
	login := &fakeLogin{}
	opts.Login = login
	v, s := newStoredVisitor(t, opts)
	return v, s, login
}

// wantOwner fails unless the next request finds the owner.
func (v *visitor) wantOwner(want string) {
	v.t.Helper()
	v.with(func(s *session.Session) {
		if got := s.Owner(); got != want {
			v.t.Errorf("the owner is %q, want %q", got, want)
		}
	})
}

func TestLogin_SignInAndSignOutGoThroughIt(t *testing.T) {
	v, _, _ := newLoginVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", 1); s.Set("_owner", "of a time before") })
	var before string
	v.with(func(s *session.Session) {
		before = s.ID()
		s.SignIn("ada")
	})
	v.with(func(s *session.Session) {
		if got := s.Keys(); !slices.Equal(got, []string{"_created", "cart", "user"}) || s.ID() == before || s.StartedAt().IsZero() {
			t.Errorf("signed in, the keys are %q", got)
		}
		s.SignIn("bob")
		if got := s.Keys(); s.Owner() != "bob" || slices.Contains(got, "cart") {
			t.Errorf("bob has the keys %q", got)
		}
	})
	if got, err := listed(v.m.Sessions(t.Context(), "bob")); err != nil || len(got) != 1 || got[0].Owner() != "bob" {
		t.Errorf("bob has %d sessions, %v", len(got), err)
	}
	v.with(func(s *session.Session) { s.SignOut(); s.Flash("signed out") })
	v.with(func(s *session.Session) {
		if got := s.Keys(); !slices.Equal(got, []string{"_flashes"}) {
			t.Errorf("signed out, the keys are %q", got)
		}
	})
}

func TestLogin_SetOwnerGoesThroughIt(t *testing.T) {
	v, _, _ := newLoginVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	var id string
	v.with(func(s *session.Session) { id = s.ID(); s.SetOwner("ada") })
	v.with(func(s *session.Session) {
		if got := s.Keys(); s.Owner() != "ada" || s.ID() != id || !slices.Equal(got, []string{"cart", "user"}) {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), got)
		}
		s.SetOwner("")
	})
	v.with(func(s *session.Session) {
		if got := s.Keys(); s.Owner() != "" || s.ID() != id || !slices.Equal(got, []string{"cart"}) {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), got)
		}
	})
}

func TestLogin_AnOwnerThatCannotBeFailsTheResponse(t *testing.T) {
	for _, set := range []func(s *session.Session, owner string){(*session.Session).SignIn, (*session.Session).SetOwner} {
		for _, owner := range []string{"nobody", strings.Repeat("x", 256)} {
			v, _, _ := newLoginVisitor(t, session.Options{})
			var failed error
			v.with(func(s *session.Session) {
				set(s, owner)
				failed = s.Save(t.Context())
			})
			if _, ok := errors.AsType[*session.ValueError](failed); !ok {
				t.Errorf("%.10s: %v", owner, failed)
			}
		}
	}
}

func TestLogin_ARememberedUserIsSignedInBeforeAnythingIsRead(t *testing.T) {
	v, _, login := newLoginVisitor(t, session.Options{})
	var anonymous string
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	v.with(func(s *session.Session) { anonymous = s.ID() })
	login.remembered, login.arrivals = "ada", 0
	v.with(func(s *session.Session) {
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if s.Owner() != "ada" {
					t.Error("a method came before the remembered user")
				}
			})
		}
		all.Wait()
	})
	if login.arrivals != 1 {
		t.Errorf("the session arrived %d times", login.arrivals)
	}
	login.remembered = ""
	v.with(func(s *session.Session) {
		if s.Owner() != "ada" || s.ID() == anonymous || s.StartedAt().IsZero() || !s.Has("cart") {
			t.Errorf("then the owner is %q, of the keys %q", s.Owner(), s.Keys())
		}
	})
}

func TestLogin_ARefusedSessionLeavesARememberedUser(t *testing.T) {
	v, _, login := newLoginVisitor(t, session.Options{})
	login.remembered = "ada"
	v.cookies = []string{"__Host-session=forged"}
	v.wantOwner("ada")
	if len(v.refused) != 1 {
		t.Errorf("refused: %v", v.refused)
	}
	login.remembered = ""
	v.wantOwner("ada")
}

func TestLogin_ASessionLeftAloneDoesNotArrive(t *testing.T) {
	v, s, login := newLoginVisitor(t, session.Options{})
	login.remembered, login.cookie = "ada", "a=b"
	res := v.with(func(*session.Session) {})
	if login.arrivals != 0 || len(s.calls) != 0 || res.Header["Set-Cookie"] != nil {
		t.Errorf("it arrived %d times, the store was asked %q, and the header is %v", login.arrivals, s.calls, res.Header)
	}
}

func TestLogin_ValidateJudgesARememberedUser(t *testing.T) {
	refusal := session.ErrInvalidated
	v, _, login := newLoginVisitor(t, session.Options{Validate: func(_ context.Context, s *session.Session) error {
		if s.Owner() == "ada" {
			return refusal
		}
		return nil
	}})
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	login.remembered = "ada"
	v.with(func(s *session.Session) {
		if s.Owner() != "" || !s.Has("cart") {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), s.Keys())
		}
	})
	refusal = errors.New("the database is down")
	if res := v.with(func(s *session.Session) { s.Owner() }); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %d", res.StatusCode)
	}
	login.remembered = "bob"
	v.wantOwner("bob")
}

// A request that was sent before the answer to a sign-in must not fail because a login judged it.
func TestLogin_ASupersededSessionArrivesForItsRequestAlone(t *testing.T) {
	v, _, login := newLoginVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	poll := v.beside()
	v.with(func(s *session.Session) { s.SignIn("ada") })
	login.remembered, login.cookie = "bob", "remember=bob"
	res := poll.with(func(s *session.Session) {
		if s.Owner() != "bob" {
			t.Errorf("the owner is %q", s.Owner())
		}
	})
	if res.StatusCode != http.StatusOK || res.Header["Set-Cookie"] != nil {
		t.Errorf("answered %d with %v", res.StatusCode, res.Header)
	}
	login.remembered, login.cookie = "", ""
	v.wantOwner("ada")
}

func TestLogin_AnArrivalAfterTheHeaderCountsForItsRequestAlone(t *testing.T) {
	v, store, login := newLoginVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	login.remembered, store.calls = "ada", nil
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		_ = http.NewResponseController(w).Flush()
		if s.Owner() != "ada" {
			t.Errorf("the owner is %q", s.Owner())
		}
	})
	if !slices.Equal(store.calls, []string{"load"}) {
		t.Errorf("the store was asked to %q; a new ID would be lost", store.calls)
	}
	login.remembered = ""
	v.wantOwner("")
}

func TestLogin_AnotherRequestsChangesStay(t *testing.T) {
	v, _, login := newLoginVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", 1) })
	other := v.beside()
	login.remembered = "ada"
	v.with(func(s *session.Session) {
		s.Owner()
		login.remembered = ""
		other.with(func(s *session.Session) { s.Set("theme", "dark") })
		login.remembered = "ada"
	})
	login.remembered = ""
	v.with(func(s *session.Session) {
		if s.Owner() != "ada" || !s.Has("theme") || !s.Has("cart") {
			t.Errorf("the owner is %q, the keys are %q", s.Owner(), s.Keys())
		}
	})
}

func TestLogin_ItsCookieGoesWithTheResponse(t *testing.T) {
	v, store, login := newLoginVisitor(t, session.Options{})
	login.cookie = "remember=ada; Path=/"
	res := v.with(func(s *session.Session) { s.SignIn("ada") })
	if lines := res.Header["Set-Cookie"]; len(lines) != 2 || lines[0] != login.cookie || res.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the header is %v", res.Header)
	}
	res = v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		s.Owner()
	})
	if res.Header["Set-Cookie"] != nil {
		t.Errorf("a page for all has %v", res.Header)
	}
	store.before = func(call string) error {
		if call == "load" {
			return nil
		}
		return errors.New("no store")
	}
	res = v.with(func(s *session.Session) { s.Set("cart", 2) })
	if res.StatusCode != http.StatusServiceUnavailable || res.Header["Set-Cookie"] != nil {
		t.Errorf("a failed save is answered %d with %v", res.StatusCode, res.Header)
	}
}

// A request that carries its token in a header must not be believed for a cookie that the browser
// adds by itself.
func TestLogin_GoesWithNoTokenHeader(t *testing.T) {
	_, err := session.New(session.Signed(secret.New()), &session.Options{Login: &fakeLogin{}, TokenHeader: "Session-Token"})
	if err == nil || !strings.Contains(err.Error(), "Options.Login") {
		t.Errorf("New: %v", err)
	}
}

// A driver that cannot touch has the session saved instead, with the owner that Options.Login knows.
func TestLogin_TouchBySavingKeepsTheOwner(t *testing.T) {
	place := &foreignPlace{records: map[string]foreignRecord{}}
	v := newVisitorOf(t, session.Migrate(&foreignBackend{place, driver.NewID, true}, session.Signed(secret.New())),
		session.Options{Login: &fakeLogin{}, IdleTimeout: time.Hour})
	place.now = func() time.Time { return v.clock }
	v.with(func(s *session.Session) { s.SignIn("ada") })
	for range 2 {
		v.clock = v.clock.Add(30 * time.Minute)
		v.with(func(s *session.Session) {
			if s.Owner() != "ada" {
				t.Errorf("the owner is %q", s.Owner())
			}
		})
		for _, r := range place.records {
			if r.owner != "ada" || !r.saved.Equal(v.clock) {
				t.Errorf("the record has the owner %q, and was saved at %v, at %v", r.owner, r.saved, v.clock)
			}
		}
	}
	v.with(func(s *session.Session) {
		v.clock = v.clock.Add(30 * time.Minute)
		if err := s.Save(t.Context()); err != nil {
			t.Error(err)
		}
	})
	for _, r := range place.records {
		if r.owner != "ada" || !r.saved.Equal(v.clock) {
			t.Errorf("after Save: the record has the owner %q, and was saved at %v, at %v", r.owner, r.saved, v.clock)
		}
	}
}

// The back button must not show a page of someone who has signed out. Whether the login of another
// program or the session keeps the user makes no difference.
func TestCacheSignedIn_PagesOfSignedInSessionsAreNotKept(t *testing.T) {
	for name, login := range map[string]driver.Login{"session": nil, "login": &fakeLogin{}} {
		for cache, want := range map[bool]string{false: "no-store", true: ""} {
			v := newVisitor(t, session.Options{CacheSignedIn: cache, Login: login})
			page := func() string {
				return v.with(func(s *session.Session) { s.Has("cart") }).Header.Get("Cache-Control")
			}
			v.with(func(s *session.Session) { s.Set("cart", 1) })
			if got := page(); got != "" {
				t.Errorf("%s, CacheSignedIn %v: an anonymous page has %q", name, cache, got)
			}
			v.with(func(s *session.Session) { s.SignIn("ada") })
			if got := page(); got != want {
				t.Errorf("%s, CacheSignedIn %v: a page of ada's has %q, want %q", name, cache, got, want)
			}
		}
	}
}

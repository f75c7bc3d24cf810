package session_test

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const device = session.Field[string]("device")

// signIn signs a device of ada's in.
func signIn(v *visitor, name string) *visitor {
	w := v.beside()
	w.cookies = nil
	w.with(func(s *session.Session) {
		s.Renew()
		s.SetOwner("ada")
		username.Set(s, "ada")
		device.Set(s, name)
	})
	return w
}

func devices(t *testing.T, m *session.Manager, owner string) (names []string) {
	t.Helper()
	sessions, err := listed(m.Sessions(t.Context(), owner))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		name, _ := device.Get(s)
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func TestAnOwnersSessionsAreListedAndSignedOut(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	phone, laptop, tablet := signIn(v, "phone"), signIn(v, "laptop"), signIn(v, "tablet")
	v.with(func(s *session.Session) { s.SetOwner("eve"); device.Set(s, "eve's") })
	if got := devices(t, v.m, "ada"); !slices.Equal(got, []string{"laptop", "phone", "tablet"}) {
		t.Errorf("the devices are %q", got)
	}
	laptop.with(func(s *session.Session) {
		if s.Owner() != "ada" || !s.LastUsed().Equal(v.clock) {
			t.Errorf("owner %q, last used %v", s.Owner(), s.LastUsed())
		}
		n, err := laptop.m.SignOutEverywhere(t.Context(), s.Owner(), s.ID())
		if n != 2 || err != nil {
			t.Errorf("%d signed out, %v", n, err)
		}
		s.Flash("All other devices were signed out")
	})
	if phone.known() || tablet.known() || !laptop.known() {
		t.Error("the wrong ones are signed out")
	}
	if got := devices(t, v.m, "eve"); !slices.Equal(got, []string{"eve's"}) {
		t.Errorf("eve has %q", got)
	}
	if n, err := v.m.SignOutEverywhere(t.Context(), "ada"); n != 1 || err != nil || laptop.known() {
		t.Errorf("%d signed out, %v", n, err)
	}
}

func TestOneDeviceIsSignedOutByItsID(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	phone, laptop := signIn(v, "phone"), signIn(v, "laptop")
	var id string
	phone.with(func(s *session.Session) { id = s.ID() })
	for _, tt := range []struct {
		owner, id string
		want      bool
	}{{"eve", id, false}, {"", id, false}, {"ada", "", false}, {"ada", "no id", false}, {"ada", strings.Repeat("0", 64), false}, {"ada", id, true}, {"ada", id, false}} {
		ended, err := v.m.SignOutOne(t.Context(), tt.owner, tt.id)
		if ended != tt.want || err != nil {
			t.Errorf("%q, %q: %v, %v", tt.owner, tt.id, ended, err)
		}
	}
	if phone.known() || !laptop.known() {
		t.Error("the wrong one is signed out")
	}
}

func TestAListedSessionCanBeEnded(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	phone, laptop := signIn(v, "phone"), signIn(v, "laptop")
	sessions, err := listed(v.m.Sessions(t.Context(), "ada"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		if name, _ := device.Get(s); name == "phone" {
			s.Destroy()
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
		}
	}
	if phone.known() || !laptop.known() {
		t.Error("the wrong one is signed out")
	}
}

func TestAListedSessionCanBeChanged(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	phone := signIn(v, "phone")
	sessions, err := listed(v.m.Sessions(t.Context(), "ada"))
	if err != nil || len(sessions) != 1 {
		t.Fatal(sessions, err)
	}
	phone.with(func(s *session.Session) { visits.Set(s, 1) })
	visits.Update(sessions[0], func(n int) int { return n + 1 })
	sessions[0].Flash("An administrator says hello")
	if err := sessions[0].Save(t.Context()); err != nil {
		t.Error(err)
	}
	phone.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 2 || len(s.Flashes()) != 1 {
			t.Errorf("%d visits", n)
		}
	})
}

func TestARequestOfASignedOutDeviceCannotBringItBack(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	phone := signIn(v, "phone")
	meanwhile(&f.fakeStore, "save", func() { _, _ = v.m.SignOutEverywhere(context.Background(), "ada") })
	if res := phone.with(func(s *session.Session) { s.Set("x", 1) }); res.StatusCode != http.StatusConflict {
		t.Errorf("status %d", res.StatusCode)
	}
	if phone.known() || len(f.records) != 0 {
		t.Error("it is back")
	}
}

func TestAnOwnerWhoIsLetGoIsNotListed(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	phone := signIn(v, "phone")
	phone.with(func(s *session.Session) { s.SetOwner("") })
	if got := devices(t, v.m, "ada"); got != nil || !phone.known() {
		t.Errorf("listed are %q", got)
	}
	for _, owner := range []string{"", "nobody"} {
		if n, err := v.m.SignOutEverywhere(t.Context(), owner); n != 0 || err != nil {
			t.Errorf("%q: %d, %v", owner, n, err)
		}
		if got := devices(t, v.m, owner); got != nil {
			t.Errorf("%q has %q", owner, got)
		}
	}
}

func TestAnOwnerThatNoStoreTakesFailsTheResponse(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	for _, owner := range []string{strings.Repeat("a", 256), "\xff"} {
		v.log.Reset()
		if res := v.with(func(s *session.Session) { s.SetOwner(owner) }); res.StatusCode != http.StatusInternalServerError || !strings.Contains(v.log.String(), "_owner") {
			t.Errorf("%.9q: status %d, log %s", owner, res.StatusCode, v.log)
		}
	}
	v.with(func(s *session.Session) { s.SetOwner(strings.Repeat("a", 255)) })
	if n, err := v.m.SignOutEverywhere(t.Context(), strings.Repeat("a", 255)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

func TestABackendWithoutAListOfOwnersSaysSo(t *testing.T) {
	for what, backend := range map[string]session.Backend{
		"signed":            session.Signed(secret.New()),
		"a store that none": session.Stored(&fakeStore{}),
		"migrating":         session.Migrate(session.Signed(secret.New()), session.Sealed(secret.New())),
	} {
		v := newVisitorOf(t, backend, session.Options{})
		v.with(func(s *session.Session) { s.SetOwner("ada") })
		if _, err := listed(v.m.Sessions(t.Context(), "ada")); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: Sessions: %v", what, err)
		}
		if _, err := v.m.SignOutEverywhere(t.Context(), "ada"); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: SignOut: %v", what, err)
		}
		if _, err := v.m.SignOutOne(t.Context(), "ada", strings.Repeat("0", 64)); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: SignOutOne: %v", what, err)
		}
	}
}

func TestAStoreOutOfReachIsNotAnOwnerWithoutSessions(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	f.before = func(string) error { return errDown }
	if _, err := listed(v.m.Sessions(t.Context(), "ada")); !errors.Is(err, session.ErrUnavailable) {
		t.Errorf("Sessions: %v", err)
	}
	if _, err := v.m.SignOutEverywhere(t.Context(), "ada"); !errors.Is(err, session.ErrUnavailable) || !errors.Is(err, errDown) {
		t.Errorf("SignOut: %v", err)
	}
	f.before = nil
	if _, err := v.m.SignOutEverywhere(t.Context(), "ada", "not an id"); err == nil {
		t.Error("an id that is none was taken")
	}
}

func TestAnExpiredSessionIsNotListed(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{AbsoluteTimeout: time.Hour})
	signIn(v, "phone")
	v.clock = v.clock.Add(time.Hour + time.Second)
	if got := devices(t, v.m, "ada"); got != nil {
		t.Errorf("listed are %q", got)
	}
}

func TestOwnersAreFoundInBothStoresOfAMigration(t *testing.T) {
	from, to := &fullStore{}, &fullStore{}
	old := newVisitorOf(t, session.Stored(from), session.Options{})
	signIn(old, "phone")
	v := newVisitorOf(t, session.Migrate(session.Stored(to), session.Stored(from)), session.Options{})
	laptop := signIn(v, "laptop")
	if got := devices(t, v.m, "ada"); !slices.Equal(got, []string{"laptop", "phone"}) {
		t.Errorf("listed are %q", got)
	}
	sessions, _ := listed(v.m.Sessions(t.Context(), "ada"))
	for _, s := range sessions {
		visits.Set(s, 1)
		if err := s.Save(t.Context()); err != nil {
			t.Errorf("a listed session of the old store: %v", err)
		}
	}
	var id string
	laptop.with(func(s *session.Session) { id = s.ID() })
	if n, err := v.m.SignOutEverywhere(t.Context(), "ada", id); n != 1 || err != nil || !laptop.known() {
		t.Errorf("%d signed out, %v", n, err)
	}
}

// listed collects what a manager yields.
func listed(sessions iter.Seq2[*session.Session, error]) (all []*session.Session, err error) {
	for s, err := range sessions {
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

func TestSignIn_TheSameOwnerKeepsTheValues(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.SignIn("ada"); s.Set("cart", 1) })
	v.with(func(s *session.Session) { s.SignIn("ada") })
	if !v.has("cart") {
		t.Error("ada proved her identity again and lost her values")
	}
	v.with(func(s *session.Session) { s.SignIn("bob") })
	if v.has("cart") {
		t.Error("bob has ada's values")
	}
}

func TestSignIn_AnOwnerThatCannotBeFailsTheResponse(t *testing.T) {
	for owner, want := range map[string]string{
		"": "the owner is empty; give SignIn the user's ID", strings.Repeat("x", 256): "an owner has at most 255 bytes, and this one has 256",
		"\xff": "", strings.Repeat("x", 255): "none", "x": "none",
	} {
		var failed error
		v := newVisitor(t, session.Options{ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed = err }})
		v.with(func(s *session.Session) { s.SignIn(owner) })
		var value *session.ValueError
		switch {
		case want == "none" && failed != nil:
			t.Errorf("an owner of %d bytes fails with %v", len(owner), failed)
		case want != "none" && (!errors.As(failed, &value) || value.Key != "_owner" || !strings.Contains(failed.Error(), want)):
			t.Errorf("an owner of %d bytes fails with %v, want %q", len(owner), failed, want)
		}
	}
}

package session_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// A session that has no ID yet is kept as one with an ID is: one that moves to the store, and one
// that signs in with this request, after a forgotten password for example.
func TestSignOutEverywhere_KeepsTheOwnSessionWithoutAnID(t *testing.T) {
	key := secret.New()
	moves := session.Migrate(session.Stored(&fullStore{}), session.Signed(key))
	for name, v := range map[string]*visitor{
		"still in its cookie": newVisitorOf(t, session.Signed(key), session.Options{}),
		"new":                 newVisitorOf(t, moves, session.Options{}),
	} {
		if name != "new" {
			v.with(func(s *session.Session) { s.SignIn("ada") })
			v.m = newVisitorOf(t, moves, session.Options{}).m
		}
		v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
			s.SignIn("ada")
			if s.ID() != "" {
				t.Fatalf("%s: it has the ID %q", name, s.ID())
			}
			if _, err := v.m.SignOutEverywhere(r.Context(), "ada", s.ID()); err != nil {
				t.Error(err)
			}
		})
		if !v.signedIn() {
			t.Errorf("%s: the session that was to be kept is signed out", name)
		}
	}
}

// A button beside each device is beside the visitor's own too.
func TestSignOutOne_OwnSession(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.SignIn("ada") })
	other := signIn(v, "phone")
	w := v.do(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		if ended, err := v.m.SignOutOne(r.Context(), "ada", s.ID()); !ended || err != nil {
			t.Errorf("ended: %v, %v", ended, err)
		}
		if s.Owner() != "" {
			t.Error("the request goes on as ada")
		}
		s.Flash("You are signed out")
	})
	if w.StatusCode != http.StatusOK {
		t.Errorf("the status is %d", w.StatusCode)
	}
	v.with(func(s *session.Session) {
		if got := s.Flashes(); len(got) != 1 || s.Owner() != "" {
			t.Errorf("afterwards there are the messages %v, and the owner is %q", got, s.Owner())
		}
	})
	if !other.signedIn() {
		t.Error("the other device is signed out too")
	}
}

// After a move to cookies a list of the store's sessions would look complete, and the sign-out too.
func TestMigrate_FromAStoreToCookiesListsNoOwners(t *testing.T) {
	key, st := secret.New(), &fullStore{}
	v := newVisitorOf(t, session.Stored(st), session.Options{})
	v.with(func(s *session.Session) { s.SignIn("ada") })
	left := signIn(v, "phone")
	v.m = newVisitorOf(t, session.Migrate(session.Sealed(key), session.Stored(st)), session.Options{}).m
	left.m = v.m
	v.with(func(s *session.Session) { s.Set("moves", true) })
	for _, err := range v.m.Sessions(t.Context(), "ada") {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("Sessions: %v", err)
		}
	}
	if _, err := v.m.SignOutOne(t.Context(), "ada", "x"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("SignOutOne: %v", err)
	}
	if _, err := v.m.SignOutEverywhere(t.Context(), "ada"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("SignOutEverywhere: %v", err)
	}
	if left.signedIn() {
		t.Error("the session that was still in the store lives")
	}
}

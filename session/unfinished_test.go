package session_test

import (
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// If Save moved the session, and the old place did not say whether it ended there, a response with
// 200 says that it did: the ID from before a login is worth nothing then.
func TestSave_WhatItDidNotFinishTheResponseDoes(t *testing.T) {
	for where, to := range map[string]session.Backend{
		"stored":   session.Stored(memstore.New(nil)),
		"overflow": session.Overflow(session.Signed(secret.New()), memstore.New(nil)),
	} {
		for _, recovers := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				from := session.Stored(recordtest.New(wire))
				v, old := newVisitorOf(t, session.Migrate(to, recordtest.Least{Backend: from}), session.Options{}), newVisitorOf(t, from, session.Options{})
				v.former = old.m
				v.with(func(s *session.Session) { s.Set("n", 1) })
				old.cookies = v.cookies
				res := v.with(func(s *session.Session) {
					s.SignIn("ada")
					wire.Begin(string(recordtest.Refused))
					if err := s.Save(t.Context()); err == nil {
						t.Error("Save succeeded without an answer")
					}
					if recovers {
						wire.Recover()
					}
				})
				wire.Recover()
				want := map[bool]int{true: http.StatusOK, false: http.StatusServiceUnavailable}[recovers]
				if res.StatusCode != want {
					t.Errorf("%s: answered with %d, not %d", where, res.StatusCode, want)
				}
				if old.has("n") == recovers {
					t.Errorf("%s: answered with %d, and the old place has the session: %t", where, res.StatusCode, !recovers)
				}
				if !v.signedIn() {
					t.Errorf("%s: answered with %d, and the visitor is not signed in", where, res.StatusCode)
				}
			})
		}
	}
}

// A message that cannot be put back fails no page, nor does it cost the cookie of what Save has saved.
func TestFlashes_OneThatIsLostLeavesTheCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		v := newVisitorOf(t, session.Stored(recordtest.New(wire)), session.Options{})
		v.with(func(s *session.Session) { s.Set("n", 1); s.Flash("hello") })
		res := v.with(func(s *session.Session) {
			s.SignIn("ada")
			if err := s.Save(t.Context()); err != nil {
				t.Fatal(err)
			}
			wire.Begin(string(recordtest.Refused))
			s.Flashes()
		})
		wire.Recover()
		if res.StatusCode != http.StatusOK || !v.signedIn() || !v.has("n") {
			t.Errorf("answered with %d and the cookie %q; the visitor is signed in: %t", res.StatusCode, res.Header["Set-Cookie"], v.signedIn())
		}
	})
}

// A response that fails after Manager.Commit has given the session another cookie has that one, too.
func TestCommit_ItsCookieSurvivesAnErrorPage(t *testing.T) {
	for where, backend := range map[string]func(st *recordtest.Store) session.Backend{
		"stored":   func(st *recordtest.Store) session.Backend { return session.Stored(st) },
		"overflow": func(st *recordtest.Store) session.Backend { return session.Overflow(session.Signed(secret.New()), st) },
	} {
		synctest.Test(t, func(t *testing.T) {
			wire := new(recordtest.Wire)
			v := newVisitorOf(t, backend(recordtest.New(wire)), session.Options{})
			v.with(func(s *session.Session) { s.Set("n", randomText(8000)) })
			res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				s.Set("n", "small")
				s.Renew()
				if err := v.m.Commit(w, r, s); err != nil {
					t.Fatal(err)
				}
				wire.Begin(string(recordtest.Refused))
				s.SignIn("ada")
			})
			wire.Recover()
			if res.StatusCode != http.StatusServiceUnavailable || !v.has("n") {
				t.Errorf("%s: answered with %d, and the cookies %q", where, res.StatusCode, res.Header["Set-Cookie"])
			}
			if res := v.with(func(s *session.Session) { s.Set("m", 1) }); res.StatusCode != http.StatusOK {
				t.Errorf("%s: the next change is answered with %d", where, res.StatusCode)
			}
		})
	}
}

// A session that is signed out by the request that has just moved it does not come back when the
// store carries out the first try to create it.
func TestSignOut_AfterAMoveWhoseFirstTryIsLate(t *testing.T) {
	signed := session.Signed(secret.New())
	for where, migrate := range map[string]func(to, from session.Backend) session.Backend{
		"alone": func(to, from session.Backend) session.Backend { return session.Migrate(to, from) },
		"in a move": func(to, from session.Backend) session.Backend {
			return session.Migrate(signed, session.Migrate(to, from))
		},
	} {
		recordtest.Scripts(3, func(script string) {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				from, to := session.Stored(recordtest.New(wire)), session.Stored(recordtest.New(wire))
				v := newVisitorOf(t, migrate(to, from), session.Options{})
				v.former = newVisitorOf(t, from, session.Options{}).m
				v.with(func(s *session.Session) { s.SignIn("ada") })
				old := v.beside()
				res := v.with(func(s *session.Session) {
					s.Set("n", 2)
					wire.Begin(script + string(recordtest.Fine))
					_ = s.Save(t.Context())
					wire.Begin(string(recordtest.Fine))
					s.SignOut()
				})
				wire.Recover()
				if old.signedIn() && res.StatusCode == http.StatusOK {
					t.Errorf("%s, script %s: the sign-out is answered with 200, and the old cookie is signed in", where, script)
				}
			})
		})
	}
}

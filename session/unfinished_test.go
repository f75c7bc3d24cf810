package session_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
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

// If a message cannot be put back, the page is sent all the same, with the cookie of what Save saved.
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

// An error page does not bring back what the request has signed out, although it had a cookie before.
func TestSignOut_IsNotUndoneByAnErrorPage(t *testing.T) {
	type request struct {
		v *visitor
		w http.ResponseWriter
		r *http.Request
	}
	for what, handle := range map[string]func(q request, s *session.Session) error{
		"Manager.Commit": func(q request, s *session.Session) error {
			s.Set("n", 1)
			first := q.v.m.Commit(q.w, q.r, s)
			s.SignOut()
			return errors.Join(first, q.v.m.Commit(q.w, q.r, s))
		},
		"Save": func(q request, s *session.Session) error {
			s.SignOut()
			s.SignIn("bob")
			first := s.Save(q.r.Context())
			s.SignOut()
			return errors.Join(first, s.Save(q.r.Context()))
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			from := session.Stored(memstore.New(nil))
			v, former := newVisitorOf(t, session.Migrate(session.Signed(secret.New()), from), session.Options{}), newVisitorOf(t, from, session.Options{})
			v.clock, former.clock, v.former = time.Now(), time.Now(), former.m
			v.with(func(s *session.Session) { s.SignIn("ada") })
			res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				if err := handle(request{v, w, r}, s); err != nil {
					t.Error(err)
				}
				s.Set("bad", make(chan int))
			})
			time.Sleep(2 * time.Minute)
			if v.clock = time.Now(); res.StatusCode != http.StatusInternalServerError || v.signedIn() {
				t.Errorf("%s: answered with %d, and the visitor is signed in: %t", what, res.StatusCode, v.signedIn())
			}
		})
	}
}

// An error page has the cookie that was committed last.
func TestCommit_ItsLastCookieIsThatOfAnErrorPage(t *testing.T) {
	from := session.Stored(memstore.New(nil))
	v := newVisitorOf(t, session.Migrate(session.Signed(secret.New()), from), session.Options{})
	v.former = newVisitorOf(t, from, session.Options{}).m
	v.with(func(s *session.Session) { s.Set("n", 1) })
	res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		for n := range 3 {
			visits.Set(s, n)
			if err := v.m.Commit(w, r, s); err != nil {
				t.Error(err)
			}
		}
		s.Set("bad", make(chan int))
	})
	v.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 2 || res.StatusCode != http.StatusInternalServerError {
			t.Errorf("answered with %d, and the cookie has %d", res.StatusCode, n)
		}
	})
}

// A move to another ID that the old place has made without an answer is finished when it answers.
func TestCommit_FinishesAMoveThatWasMade(t *testing.T) {
	for _, outcome := range []rune{recordtest.Refused, recordtest.Lost, recordtest.Late} {
		synctest.Test(t, func(t *testing.T) {
			wire := new(recordtest.Wire)
			from := session.Stored(recordtest.New(wire))
			v, old := newVisitorOf(t, session.Migrate(session.Stored(memstore.New(nil)), from), session.Options{}), newVisitorOf(t, from, session.Options{})
			v.clock, old.clock = time.Now(), time.Now()
			old.with(func(s *session.Session) { s.Set("n", 1) })
			old.with(func(s *session.Session) {
				s.Renew()
				wire.Begin(string(recordtest.Refused)) // the cookie then names two IDs
			})
			wire.Recover()
			v.cookies = old.cookies
			res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				s.SignIn("ada")
				wire.Begin(string(outcome))
				if err := v.m.Commit(w, r, s); err == nil {
					t.Error("it succeeded without an answer")
				}
				wire.Recover()
				for range 2 {
					if err := v.m.Commit(w, r, s); err != nil {
						t.Errorf("%c: the store answers again: %v", outcome, err)
					}
				}
			})
			time.Sleep(2 * time.Minute)
			v.clock, old.clock = time.Now(), time.Now()
			if res.StatusCode != http.StatusOK || !v.signedIn() || old.has("n") {
				t.Errorf("%c: answered with %d, signed in: %t, the old place has it: %t", outcome, res.StatusCode, v.signedIn(), old.has("n"))
			}
		})
	}
}

// A cookie that names two IDs is worth nothing once the session has another identity, or is over, in
// a store that renews in two steps.
func TestRenew_ACookieOfTwoIDsDoesNotOutliveIt(t *testing.T) {
	for what, next := range map[string]func(v *visitor) *http.Response{
		"renewed":           func(v *visitor) *http.Response { return v.with(func(s *session.Session) { s.Renew() }) },
		"another signed in": func(v *visitor) *http.Response { return v.with(func(s *session.Session) { s.SignIn("bob") }) },
		"changed, and signed out": func(v *visitor) *http.Response {
			v.with(func(s *session.Session) { s.Set("n", 1) })
			return v.with(func(s *session.Session) { s.SignOut() })
		},
	} {
		for _, script := range []string{"fr", "fl", "fd", "flfr"} {
			synctest.Test(t, func(t *testing.T) {
				wire := new(recordtest.Wire)
				st := recordtest.New(wire)
				v := newVisitorOf(t, session.Stored(struct {
					store.Store
					store.OwnerIndex
				}{st, st}), session.Options{})
				v.clock = time.Now()
				v.with(func(s *session.Session) { s.SignIn("ada") })
				v.with(func(s *session.Session) { s.Renew(); wire.Begin(script) })
				wire.Recover()
				two := v.beside()
				if res := next(v); res.StatusCode != http.StatusOK {
					t.Fatalf("%s, script %s: answered with %d", what, script, res.StatusCode)
				}
				late := two.beside()
				if late.with(func(*session.Session) {}); late.cookies == nil {
					t.Errorf("%s, script %s: a request on its way loses the cookie", what, script)
				}
				time.Sleep(2 * time.Minute)
				two.clock = time.Now()
				if len(two.cookies) > 0 && !slices.Equal(two.cookies, v.cookies) && two.signedIn() {
					t.Errorf("%s, script %s: two minutes later the cookie of two IDs is signed in", what, script)
				}
			})
		}
	}
}

// A handler's own panic is what its server hears of, also if nothing has used the session.
func TestHandler_PassesAPanicOn(t *testing.T) {
	for what, use := range map[string]func(s *session.Session){
		"nothing": func(*session.Session) {}, "a look": func(s *session.Session) { s.Has("n") }, "a change": func(s *session.Session) { s.Set("n", 1) },
	} {
		v := newVisitorOf(t, session.Stored(memstore.New(nil)), session.Options{})
		func() {
			defer func() {
				if got := recover(); got != "boom" {
					t.Errorf("%s: it panicked with %v", what, got)
				}
			}()
			v.with(func(s *session.Session) {
				use(s)
				panic("boom")
			})
		}()
	}
}

// A page that can neither take its messages nor put them back moves no session into the cookie: a
// sign-out afterwards ends the record.
func TestFlashes_OneThatIsLostMovesNoSession(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire := new(recordtest.Wire)
		from := session.Stored(recordtest.New(wire))
		v, former := newVisitorOf(t, session.Migrate(session.Signed(secret.New()), from), session.Options{}), newVisitorOf(t, from, session.Options{})
		v.clock, former.clock, v.former = time.Now(), time.Now(), former.m
		v.with(func(s *session.Session) { s.SignIn("ada"); s.Flash("hello") })
		old := v.beside()
		page := v.with(func(s *session.Session) {
			s.Has("anything")
			wire.Begin(string(recordtest.Refused))
			s.Flashes()
		})
		wire.Recover()
		out := v.with(func(s *session.Session) { s.SignOut() })
		time.Sleep(2 * time.Minute)
		old.clock = time.Now()
		if page.StatusCode != http.StatusOK || out.StatusCode != http.StatusOK || old.signedIn() {
			t.Errorf("answered with %d and %d, and the old cookie is signed in: %t", page.StatusCode, out.StatusCode, old.signedIn())
		}
	})
}

// A page whose messages are lost fails all the same if a save before was not finished.
func TestFlashes_OneThatIsLostFinishesNoSave(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wire, toWire := new(recordtest.Wire), new(recordtest.Wire)
		from := session.Stored(recordtest.New(wire))
		v, old := newVisitorOf(t, session.Migrate(session.Stored(recordtest.New(toWire)), recordtest.Least{Backend: from}), session.Options{}), newVisitorOf(t, from, session.Options{})
		v.former = old.m
		v.with(func(s *session.Session) { s.Set("n", 1); s.Flash("hello") })
		old.cookies = v.cookies
		res := v.with(func(s *session.Session) {
			s.SignIn("ada")
			wire.Begin(string(recordtest.Refused))
			_ = s.Save(t.Context())
			toWire.Begin(string(recordtest.Refused))
			s.Flashes()
		})
		wire.Recover()
		toWire.Recover()
		if res.StatusCode == http.StatusOK && old.has("n") {
			t.Error("answered with 200, and the ID from before the login lives in the old place")
		}
	})
}

package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// cut calls test with a visitor whose sessions are in a store at the end of a wire, for each thing
// that can become of two calls: in a store that renews in one step and in one that does not, where
// sessions have moved to, and where the first request leaves one that is to move.
func cut(t *testing.T, letters int, test func(t *testing.T, v *visitor, wire *recordtest.Wire, script string)) {
	recordtest.Scripts(letters, func(script string) {
		for where, backends := range map[string]func(st, another store.Store) (backend, former session.Backend){
			"one step":  func(st, _ store.Store) (_, _ session.Backend) { return session.Stored(st), nil },
			"two steps": func(st, _ store.Store) (_, _ session.Backend) { return session.Stored(struct{ store.Store }{st}), nil },
			"arrived": func(st, another store.Store) (_, _ session.Backend) {
				return session.Migrate(session.Stored(st), session.Stored(another)), nil
			},
			"moves": func(st, another store.Store) (_, _ session.Backend) {
				return session.Migrate(session.Stored(st), session.Stored(another)), session.Stored(another)
			},
			"moves from another's records": func(st, another store.Store) (_, _ session.Backend) {
				return session.Migrate(session.Stored(st), recordtest.Retiring{Backend: session.Stored(another)}), session.Stored(another)
			},
			"moves from records that can only be deleted": func(st, another store.Store) (_, _ session.Backend) {
				return session.Migrate(session.Stored(st), recordtest.Least{Backend: session.Stored(another)}), session.Stored(another)
			},
		} {
			t.Run(script+" "+where, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					wire := new(recordtest.Wire)
					backend, former := backends(recordtest.New(wire), recordtest.New(wire))
					v := newVisitorOf(t, backend, session.Options{})
					if former != nil {
						v.former = newVisitorOf(t, former, session.Options{}).m
					}
					test(t, v, wire, script)
				})
			})
		}
	})
}

// A handler that goes on after Save has failed makes no update twice, and loses none that the
// response says is saved.
func TestSave_UnknownOutcomeMakesNoUpdateTwice(t *testing.T) {
	made := session.Field[[]string]("made")
	add := func(s *session.Session, one string) {
		made.Update(s, func(all []string) []string { return append(slices.Clone(all), one) })
	}
	for _, how := range []string{"keeps", "renews", "reloads", "reloads in the middle of a move"} {
		cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
			v.with(func(s *session.Session) { add(s, "zero") })
			res := v.with(func(s *session.Session) {
				add(s, "one")
				if how == "renews" {
					s.Renew()
				}
				first := script[:1]
				if how == "reloads in the middle of a move" {
					first = string(recordtest.Fine) + first
				}
				wire.Begin(first)
				_ = s.Save(t.Context())
				if strings.HasPrefix(how, "reloads") {
					wire.Begin("")
					_ = s.Reload(t.Context())
				}
				wire.Begin(script[1:])
				add(s, "two")
			})
			wire.Recover()
			v.with(func(s *session.Session) {
				got := made.GetOr(s, nil)
				once := slices.Sorted(slices.Values(got))
				if len(slices.Compact(once)) != len(got) || res.StatusCode == http.StatusOK && !slices.Equal(got, []string{"zero", "one", "two"}) {
					t.Errorf("one that %s: answered with %d, the session has %q", how, res.StatusCode, got)
				}
			})
		})
	}
}

// What a save did not keep for certain is saved with the response, or the response says that it was
// not: also if the save failed in the middle of a move.
func TestSave_UnknownOutcomeIsSavedWithTheResponse(t *testing.T) {
	cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
		v.with(func(s *session.Session) { s.Set("n", 1) })
		res := v.with(func(s *session.Session) {
			s.Set("n", 2)
			wire.Begin(script)
			_ = s.Save(t.Context())
			wire.Recover()
		})
		v.with(func(s *session.Session) {
			if n, _ := session.Field[int]("n").Get(s); n != 2 && res.StatusCode == http.StatusOK {
				t.Errorf("answered with 200, and n is %d", n)
			}
		})
	})
}

// A stream whose save had an unknown outcome hears of a sign-out all the same, as it is to end then.
func TestReload_TellsAfterAnUnknownOutcomeThatTheSessionHasEnded(t *testing.T) {
	unknown := 0
	cut(t, 1, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
		v.with(func(s *session.Session) { s.Set("n", 1) })
		tab := v.beside()
		v.with(func(s *session.Session) {
			s.Set("n", 2)
			wire.Begin(script)
			if s.Save(t.Context()) == nil {
				return
			}
			wire.Recover()
			unknown++
			if res := tab.with(func(s *session.Session) { s.Clear() }); res.StatusCode != http.StatusOK {
				t.Fatalf("the other tab was answered with %d", res.StatusCode)
			}
			if err := s.Reload(t.Context()); !errors.Is(err, session.ErrEnded) {
				t.Errorf("Reload returns %v", err)
			}
			if err := s.Save(t.Context()); !errors.Is(err, session.ErrEnded) {
				t.Errorf("Save returns %v", err)
			}
		})
	})
	if unknown == 0 {
		t.Error("no save had an unknown outcome")
	}
}

// No update is made twice if the save first meets another request's either, and if another one is saved between the two.
func TestSave_UnknownOutcomeAfterAConflictMakesNoUpdateTwice(t *testing.T) {
	made := session.Field[[]string]("made")
	add := func(s *session.Session, one string) {
		made.Update(s, func(all []string) []string { return append(slices.Clone(all), one) })
	}
	const fine = string(recordtest.Fine)
	cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
		v.with(func(s *session.Session) { add(s, "zero") })
		tab, told := v.beside(), 0
		res := v.with(func(s *session.Session) {
			add(s, "one")
			tab.with(func(s *session.Session) { add(s, "before") })
			wire.Begin(fine + fine + script[:1]) // its own save, the load after the conflict, the save after that
			_ = s.Save(t.Context())
			wire.Begin(fine)
			told = tab.with(func(s *session.Session) { add(s, "between") }).StatusCode
			wire.Begin(script[1:])
			add(s, "two")
		})
		wire.Recover()
		v.with(func(s *session.Session) {
			got := slices.Sorted(slices.Values(made.GetOr(s, nil)))
			lost := res.StatusCode == http.StatusOK && !(slices.Contains(got, "one") && slices.Contains(got, "two"))
			if len(slices.Compact(slices.Clone(got))) != len(got) || lost || told == http.StatusOK && !slices.Contains(got, "between") {
				t.Errorf("answered with %d, and the other tab with %d; the session has %q", res.StatusCode, told, got)
			}
		})
	})
}

// A page whose claim of the messages has an unknown outcome does not show them. They wait, unless
// the store does not answer a second time, which is reported; they never fail the page.
func TestFlashes_ClaimOfUnknownOutcomeLosesNoneSilently(t *testing.T) {
	cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
		v.with(func(s *session.Session) { s.Flash("one"); s.Flash("two") })
		var page, next string
		res := v.with(func(s *session.Session) {
			s.Has("anything")
			wire.Begin(script[:1])
			page = texts(s.Flashes())
			wire.Begin(script[1:])
		})
		wire.Recover()
		if res.StatusCode != http.StatusOK {
			t.Fatalf("answered with %d", res.StatusCode)
		}
		v.with(func(s *session.Session) { next = texts(s.Flashes()) })
		const all = "message:one message:two"
		reported := strings.Contains(v.log.String(), "flash messages were dropped")
		if page+next != all && !(page+next == "" && reported && script[1] != recordtest.Fine) {
			t.Errorf("the page shows %q and the next one %q; the loss is reported: %v", page, next, reported)
		}
	})
}

// The same if the claim first meets another request's change, and has loaded the record again; and
// if yet another one is saved before the next save.
func TestFlashes_ClaimOfUnknownOutcomeAfterAConflictLosesNoneSilently(t *testing.T) {
	const fine = string(recordtest.Fine)
	for _, between := range []bool{false, true} {
		cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
			v.with(func(s *session.Session) { s.Flash("one"); s.Flash("two") })
			tab := v.beside()
			var page, next string
			v.with(func(s *session.Session) {
				s.Has("anything")
				tab.with(func(s *session.Session) { s.Set("x", 1) })
				wire.Begin(fine + fine + script[:1]) // its own save, the load after the conflict, the save after that
				page = texts(s.Flashes())
				if wire.Begin(fine); between {
					tab.with(func(s *session.Session) { s.Set("x", 2) })
				}
				wire.Begin(script[1:])
			})
			wire.Recover()
			v.with(func(s *session.Session) { next = texts(s.Flashes()) })
			const all = "message:one message:two"
			reported := strings.Contains(v.log.String(), "flash messages were dropped")
			if page+next != all && !(page+next == "" && reported) {
				t.Errorf("another one between: %t: the page shows %q and the next one %q; the loss is reported: %t", between, page, next, reported)
			}
		})
	}
}

// What else such a page changes is kept if it is answered with 200.
func TestFlashes_ClaimOfUnknownOutcomeLosesNoChangeBesideIt(t *testing.T) {
	name := session.Field[string]("name")
	refused := 0
	cut(t, 2, func(t *testing.T, v *visitor, wire *recordtest.Wire, script string) {
		v.with(func(s *session.Session) { s.Flash("one") })
		res := v.with(func(s *session.Session) {
			s.Has("anything")
			wire.Begin(script[:1])
			_ = s.Flashes()
			wire.Begin(script[1:])
			name.Set(s, "ada")
		})
		wire.Recover()
		if res.StatusCode != http.StatusOK {
			refused++
			return
		}
		v.with(func(s *session.Session) {
			if got := name.GetOr(s, ""); got != "ada" {
				t.Errorf("answered with 200, and the name is %q", got)
			}
		})
	})
	if refused == 0 {
		t.Error("each page was answered with 200, so this test shows nothing")
	}
}

// A program may go on after Commit has failed because a store did not tell whether the session had
// left it for the cookie. If it ends the session, the record does not outlive that; if it commits
// again, the cookie alone has the session.
func TestCommit_AfterAMoveIntoTheCookieOfUnknownOutcome(t *testing.T) {
	signed := session.Signed(secret.New())
	for where, backends := range map[string]func(st store.Store) (backend, former session.Backend){
		"moves": func(st store.Store) (_, _ session.Backend) {
			return session.Migrate(signed, session.Stored(st)), session.Stored(st)
		},
		"moves to an overflow": func(st store.Store) (_, _ session.Backend) {
			return session.Migrate(session.Overflow(signed, memstore.New(nil)), session.Stored(st)), session.Stored(st)
		},
		"moves from records that can only be deleted": func(st store.Store) (_, _ session.Backend) {
			return session.Migrate(signed, recordtest.Least{Backend: session.Stored(st)}), session.Stored(st)
		},
		"shrinks": func(st store.Store) (_, _ session.Backend) { return session.Overflow(signed, st), nil },
	} {
		for _, ends := range []bool{true, false} {
			for _, script := range []string{"r", "l", "d", "fr", "fl", "fd"} {
				t.Run(fmt.Sprintf("%s, ends %t, %s", where, ends, script), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						wire := new(recordtest.Wire)
						backend, former := backends(recordtest.New(wire))
						v := newVisitorOf(t, backend, session.Options{})
						if former != nil {
							v.former = newVisitorOf(t, former, session.Options{}).m
						}
						v.with(func(s *session.Session) { s.Set("n", randomText(8000)) })
						old := v.beside()
						r := httptest.NewRequest(http.MethodPost, "https://example.com/", nil)
						r.Header["Cookie"] = v.cookies
						w := httptest.NewRecorder()
						s, err := v.m.Load(r)
						if err != nil {
							t.Fatal(err)
						}
						s.Set("n", "small")
						wire.Begin(script)
						switch err := v.m.Commit(w, r, s); {
						case err == nil && script[0] == recordtest.Fine:
							return // it asked the store once
						case !errors.Is(err, session.ErrUnavailable) || len(w.Header()["Set-Cookie"]) > 0:
							t.Fatalf("Commit without an answer returned %v, and set %q", err, w.Header()["Set-Cookie"])
						}
						wire.Recover()
						if ends {
							s.Clear()
						}
						if err := v.m.Commit(w, r, s); err != nil {
							t.Fatal(err)
						}
						v.cookies = nil
						for _, c := range w.Result().Cookies() {
							if c.MaxAge >= 0 {
								v.cookies = []string{c.Name + "=" + c.Value}
							}
						}
						v.with(func(s *session.Session) {
							if n, _ := session.Field[string]("n").Get(s); (n == "small") == ends {
								t.Errorf("the visitor has %q", n)
							}
						})
						found := false
						res := old.with(func(s *session.Session) {
							found = s.Has("n")
							s.Set("n", "changed")
						})
						if found && (ends || res.StatusCode != http.StatusConflict) {
							t.Errorf("the old cookie still finds the session, and a change is answered with %d", res.StatusCode)
						}
					})
				})
			}
		}
	}
}

package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// An edit and what it means for the session's life are one: nothing that the program does in
// between parts them.
func TestEdit_ItsEffectCannotBeSavedWithoutIt(t *testing.T) {
	for name, change := range map[string]func(s *session.Session){
		"destroy": func(s *session.Session) { s.Destroy() }, "renew": func(s *session.Session) { s.Renew() },
		"sign in": func(s *session.Session) { s.SignIn("ada") },
	} {
		t.Run(name, func(t *testing.T) {
			f := &fullStore{}
			v := newVisitorOf(t, session.Stored(f), session.Options{Observe: func(ctx context.Context, e session.Event) {
				if s, ok := session.Lookup(ctx); ok {
					_ = s.Save(ctx)
				}
			}})
			v.with(func(s *session.Session) { username.Set(s, "ada") })
			before := v.cookies[0]
			res := v.with(change)
			if len(res.Cookies()) != 1 || len(v.cookies) > 0 && v.cookies[0] == before {
				t.Errorf("the browser keeps its cookie: %v", res.Cookies())
			}
			old := newVisitorOf(t, session.Stored(f), session.Options{})
			old.clock, old.cookies = v.clock, []string{before}
			res = old.with(func(s *session.Session) { s.Set("x", 1) })
			if name != "destroy" && res.StatusCode != http.StatusConflict {
				t.Errorf("the old ID is still good: %d", res.StatusCode)
			}
			if name == "destroy" && old.cookies[0] == before {
				t.Error("the old ID was adopted")
			}
		})
	}
}

func TestEdit_AfterTheHandlerReturnedIsReported(t *testing.T) {
	for name, backend := range map[string]session.Backend{"stored": session.Stored(&fullStore{}), "signed": session.Signed(secret.New())} {
		var late atomic.Int32
		v := newVisitorOf(t, backend, session.Options{Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventLate {
				late.Add(1)
			}
		}})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		var kept *session.Session
		v.with(func(s *session.Session) { s.Len(); kept = s })
		kept.Set("x", 1)
		if err := kept.Save(t.Context()); !errors.Is(err, session.ErrTooLate) {
			t.Errorf("%s: Save returns %v", name, err)
		}
		if late.Load() != 1 || !strings.Contains(v.log.String(), "change=set name=x") || !strings.Contains(v.log.String(), "edit_test.go:") {
			t.Errorf("%s: %d events, log %s", name, late.Load(), v.log)
		}
	}
}

func TestEdit_AfterATimeoutInsideIsReported(t *testing.T) {
	v := newVisitorOf(t, session.Stored(&fullStore{}), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	changed := make(chan bool)
	slow := http.TimeoutHandler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		<-r.Context().Done()
		time.Sleep(20 * time.Millisecond)
		session.From(r).Set("x", 1)
		close(changed)
	}), time.Millisecond, "too slow")
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header["Cookie"] = v.cookies
	v.m.Handler(slow).ServeHTTP(httptest.NewRecorder(), r)
	<-changed
	if !strings.Contains(v.log.String(), "change=set name=x") {
		t.Errorf("the log does not tell: %s", v.log)
	}
}

// together sends n requests of one visitor at once and returns their status codes.
func together(v *visitor, n int, handler func(w http.ResponseWriter, r *http.Request)) []int {
	codes := make([]int, n)
	var all sync.WaitGroup
	for i := range codes {
		all.Go(func() {
			r := httptest.NewRequest("POST", "https://example.com/", nil)
			r.Header["Cookie"] = v.cookies
			w := httptest.NewRecorder()
			v.m.Handler(http.HandlerFunc(handler)).ServeHTTP(w, r)
			codes[i] = w.Code
		})
	}
	all.Wait()
	return codes
}

func TestPop_OneCouponIsSpentOnce(t *testing.T) {
	coupon := session.Field[string]("coupon")
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { coupon.Set(s, "SAVE10") })
		var spent, refused atomic.Int32
		codes := together(v, 50, func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			code, ok := coupon.Pop(s)
			visits.Update(s, func(n int) int { return n + 1 })
			switch err := s.Save(r.Context()); {
			case err == nil && ok && code == "SAVE10":
				spent.Add(1)
			case errors.Is(err, session.ErrOvertaken):
				refused.Add(1)
			case err != nil || code != "":
				t.Errorf("Save returns %v, the coupon is %q", err, code)
			}
		})
		conflicts := 0
		for _, code := range codes {
			if code == http.StatusConflict {
				conflicts++
			}
		}
		if spent.Load() != 1 || conflicts != int(refused.Load()) {
			t.Errorf("spent %d times; %d saves refused, %d responses 409", spent.Load(), refused.Load(), conflicts)
		}
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 50-conflicts {
				t.Errorf("%d visits are kept of %d that were saved", n, 50-conflicts)
			}
		})
	})
}

func TestTryUpdate_ThreeTriesAreThree(t *testing.T) {
	tries, errTooMany := session.Field[int]("tries"), errors.New("too many tries")
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { s.Set("form", 1) })
		var allowed atomic.Int32
		together(v, 30, func(_ http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			err := tries.TryUpdate(s, func(n int) (int, error) {
				if n == 3 {
					return n, errTooMany
				}
				return n + 1, nil
			})
			if err == nil {
				err = s.Save(r.Context())
			}
			if err == nil {
				allowed.Add(1)
			} else if !errors.Is(err, errTooMany) {
				t.Errorf("the error is %v", err)
			}
		})
		v.with(func(s *session.Session) {
			if n, _ := tries.Get(s); n != 3 || allowed.Load() != 3 {
				t.Errorf("%d tries are kept, %d were allowed", n, allowed.Load())
			}
		})
	})
}

func TestTryUpdate_ItsErrorKeepsTheOldValue(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { visits.Set(s, 3) })
	v.with(func(s *session.Session) {
		wrong := errors.New("no")
		if err := visits.TryUpdate(s, func(n int) (int, error) { return 9, wrong }); err != wrong || s.Modified() {
			t.Errorf("TryUpdate returns %v, modified %v", err, s.Modified())
		}
		if n, _ := visits.Get(s); n != 3 {
			t.Errorf("the value is %d", n)
		}
	})
}

func TestUpdate_ChangeMayUseItsOwnSession(t *testing.T) {
	v := newVisitorOf(t, session.Stored(&fullStore{}), session.Options{})
	within(t, "the handler", func() {
		v.with(func(s *session.Session) {
			username.Set(s, "ada")
			visits.Update(s, func(n int) int {
				name, _ := username.Get(s)
				s.Set("seen", name)
				return n + len(name)
			})
			if n, _ := visits.Get(s); n != 3 || s.Value("seen") != "ada" {
				t.Errorf("%d, %v", n, s.Value("seen"))
			}
		})
	})
}

func TestUpdate_ChangeThatSetsItsOwnValuePanics(t *testing.T) {
	v := newVisitor(t, session.Options{})
	within(t, "the handler", func() {
		v.with(func(s *session.Session) {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "visits") || !strings.Contains(text, "return the new value instead") {
					t.Errorf("it panics with %s", text)
				}
			}()
			visits.Update(s, func(n int) int { visits.Set(s, n+1); return n })
		})
	})
}

func TestSignOutOne_TrueMeansThatNoRequestFindsIt(t *testing.T) {
	f := &fullStore{}
	v := newVisitorOf(t, session.Stored(f), session.Options{})
	v.with(func(s *session.Session) { s.SignIn("ada") })
	var id string
	v.with(func(s *session.Session) { id = s.ID() })
	renewing := v.beside()
	for _, call := range []string{"load", "delete", "deleteone", "save"} {
		meanwhile(&f.fakeStore, call, func() { renewing.with(func(s *session.Session) { s.Renew() }) })
		ended, err := v.m.SignOutOne(t.Context(), "ada", id)
		f.before = nil
		if err != nil {
			t.Fatal(err)
		}
		if alive := renewing.signedIn(); ended && alive {
			t.Errorf("a renewal before %q: it is reported as ended, and lives", call)
		}
	}
}

// has reports whether the visitor's session has a value.
func (v *visitor) has(key string) (has bool) {
	v.with(func(s *session.Session) { has = s.Has(key) })
	return has
}

// signedIn reports whether the visitor's session has an owner.
func (v *visitor) signedIn() (known bool) {
	v.with(func(s *session.Session) { known = s.Owner() != "" })
	return known
}

func TestOverflow_ReadsNoRecordOfAnotherFormat(t *testing.T) {
	st := &fullStore{}
	cookie := session.Cookie{Name: "session"}
	plain := newVisitorOf(t, session.Stored(st), session.Options{Cookie: cookie})
	plain.with(func(s *session.Session) {
		s.Set("comment", map[string]any{" m": "<script>alert(1)</script>"})
		s.Set("filler", randomText(4000))
	})
	if !plain.has("comment") || len(st.records) != 1 {
		t.Fatal("the store has no record")
	}
	v := newVisitorOf(t, session.Overflow(flaskCookies(t), st), session.Options{Cookie: cookie})
	v.cookies = plain.cookies
	v.with(func(s *session.Session) {
		if got := s.Value("comment"); got != nil {
			t.Errorf("a record of plain JSON is read as Flask's: %#v", got)
		}
	})
}

func TestFormerCookies_ReadWhatStoredWroteUnderThatName(t *testing.T) {
	st := &fullStore{}
	old := newVisitorOf(t, session.Stored(st), session.Options{Cookie: session.Cookie{Name: "old"}})
	old.with(func(s *session.Session) { s.SignIn("ada") })
	v := newVisitorOf(t, session.Stored(st), session.Options{FormerCookies: []session.Cookie{{Name: "old"}}, ReissueOnRead: true})
	v.cookies = old.cookies
	var id string
	res := v.with(func(s *session.Session) {
		if s.Owner() != "ada" {
			t.Errorf("the owner is %q", s.Owner())
		}
		id = s.ID()
	})
	names := set(res)
	if names["old"] != "deleted" || names[session.DefaultCookieName] == "" || id == "" {
		t.Errorf("the cookies set are %v", names)
	}
	// Another tab sends the former cookie once more.
	v.cookies = old.cookies
	v.with(func(s *session.Session) {
		if s.Owner() != "ada" {
			t.Errorf("the other tab's owner is %q", s.Owner())
		}
	})
}

func TestFormerCookies_AnIDOfTodayUnderAFormerNameIsRefused(t *testing.T) {
	st := &fullStore{}
	o := session.Options{FormerCookies: []session.Cookie{{Name: "old"}}}
	attacker := newVisitorOf(t, session.Stored(st), o)
	attacker.with(func(s *session.Session) { s.SignIn("eve") })
	if !attacker.signedIn() {
		t.Fatal("the attacker is not signed in")
	}
	v := newVisitorOf(t, session.Stored(st), o)
	v.cookies = []string{strings.Replace(attacker.cookies[0], session.DefaultCookieName, "old", 1)}
	v.with(func(s *session.Session) {
		if s.Owner() != "" || !s.IsNew() {
			t.Errorf("the planted cookie is believed: %q", s.Owner())
		}
	})
}

func TestLoad_AsksStoresABoundedNumberOfTimes(t *testing.T) {
	stores := []*fakeStore{{}, {}, {}, {}, {}, {}, {}, {}}
	var old []session.Backend
	for _, f := range stores[1:] {
		old = append(old, session.Stored(f))
	}
	v := newVisitorOf(t, session.Migrate(session.Stored(stores[0]), old...), session.Options{})
	for i := range 8 {
		v.cookies = append(v.cookies, fmt.Sprintf("__Host-session=%s%d%sA", strings.Repeat("x", 20), i, strings.Repeat("y", 21)))
	}
	if res := v.with(func(s *session.Session) { s.Len() }); res.StatusCode != http.StatusOK {
		t.Errorf("answered %d", res.StatusCode)
	}
	asked := 0
	for _, f := range stores {
		asked += len(f.took())
	}
	if asked > 16 {
		t.Errorf("one request asked %d questions", asked)
	}
}

func TestFind_APlantedIDDoesNotBeatTheGoodCookie(t *testing.T) {
	cookie := session.Cookie{Name: "session"}
	v := newVisitorOf(t, session.Overflow(flaskCookies(t), &fullStore{}), session.Options{Cookie: cookie})
	eve := v.beside()
	v.with(func(s *session.Session) { s.SignIn("ada") })
	eve.with(func(s *session.Session) { s.SignIn("eve") })
	if !v.signedIn() || !eve.signedIn() {
		t.Fatal("they are not signed in")
	}
	v.cookies = []string{eve.cookies[0] + "; " + v.cookies[0]}
	v.with(func(s *session.Session) {
		if s.Owner() == "eve" {
			t.Error("the planted cookie is believed")
		}
	})
}

func TestHold_KeepsTheSessionInUseUntilItIsReleased(t *testing.T) {
	v := newVisitorOf(t, session.Stored(&fullStore{}), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	var kept *session.Session
	var release func()
	v.with(func(s *session.Session) { kept, release = s, s.Hold() })
	visits.Set(kept, 7)
	if strings.Contains(v.log.String(), "level=ERROR") {
		t.Errorf("a change before the release is reported: %s", v.log)
	}
	release()
	v.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 7 {
			t.Errorf("what was changed before the release is not saved: %d", n)
		}
	})
	visits.Set(kept, 8)
	if !strings.Contains(v.log.String(), "change=set name=visits") {
		t.Errorf("a change after the release is not reported: %s", v.log)
	}
}

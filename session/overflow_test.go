package session_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

func newOverflowVisitor(t *testing.T, cookie session.Backend, opts session.Options) (*visitor, *fullStore) {
	t.Helper()
	f := &fullStore{}
	v := newVisitorOf(t, session.Overflow(cookie, f), opts)
	f.now = func() time.Time { return v.clock }
	return v, f
}

func inStore(v *visitor) bool { return len(strings.TrimPrefix(v.cookies[0], v.cookieName()+"=")) == 43 }

func (v *visitor) cookieName() string {
	name, _, _ := strings.Cut(v.cookies[0], "=")
	return name
}

func TestASessionMovesToTheStoreWhenItGrowsAndBackWhenItShrinks(t *testing.T) {
	key := secret.New()
	for what, backend := range map[string]session.Backend{"signed": session.Signed(key), "sealed": session.Sealed(key), "Flask": flaskCookies(t)} {
		v, f := newOverflowVisitor(t, backend, session.Options{Cookie: session.Cookie{Name: "s"}})
		size := func(n int) {
			t.Helper()
			v.with(func(s *session.Session) {
				s.Set("cart", randomText(n))
				visits.Update(s, func(n int) int { return n + 1 })
				s.Flash("moved")
			})
		}
		for i, step := range []struct {
			size    int
			inStore bool
		}{{100, false}, {8000, true}, {9000, true}, {2500, true}, {200, false}, {200, false}, {20000, true}} {
			size(step.size)
			if inStore(v) != step.inStore {
				t.Errorf("%s, step %d: with %d bytes it is in the store: %v", what, i, step.size, inStore(v))
			}
			v.with(func(s *session.Session) {
				if n, _ := visits.Get(s); n != i+1 {
					t.Errorf("%s, step %d: %d visits", what, i, n)
				}
				if got := s.Flashes(); len(got) != 1 {
					t.Errorf("%s, step %d: flashes %v", what, i, got)
				}
			})
		}
		v.with(func(s *session.Session) { s.Destroy() })
		v.clock = v.clock.Add(time.Minute)
		for id := range f.records {
			if _, ok := f.get(id); ok {
				t.Errorf("%s: the store still has a session", what)
			}
		}
	}
}

func TestAnOldIDLivesForAMinuteAfterTheSessionMovedIntoItsCookie(t *testing.T) {
	v, _ := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", randomText(8000)); username.Set(s, "ada") })
	old := v.beside()
	v.with(func(s *session.Session) { s.Delete("cart") })
	if inStore(v) || !old.known() {
		t.Error("a request that was under way is signed out")
	}
	v.clock = v.clock.Add(time.Minute)
	old.clock = v.clock
	if old.known() || !v.known() {
		t.Error("the old id lives on, or the cookie does not")
	}
}

func TestARenewedSessionLeavesNothingBehindInTheStore(t *testing.T) {
	for what, end := range map[string]func(s *session.Session){
		"renewed":   func(s *session.Session) { s.Renew(); s.Delete("cart") },
		"destroyed": func(s *session.Session) { s.Destroy(); s.Flash("bye") },
	} {
		v, _ := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{})
		v.with(func(s *session.Session) { s.Set("cart", randomText(8000)); username.Set(s, "ada") })
		old := v.beside()
		v.with(end)
		if inStore(v) || old.known() {
			t.Errorf("%s: the old id is still good", what)
		}
	}
}

func TestASessionWithAnOwnerIsInTheStore(t *testing.T) {
	v, _ := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{})
	v.with(func(s *session.Session) { s.SetOwner("ada") })
	if !inStore(v) {
		t.Error("it is in the cookie")
	}
	if n, err := v.m.SignOutEverywhere(t.Context(), "ada"); n != 1 || err != nil {
		t.Errorf("%d signed out, %v", n, err)
	}
}

func TestAMoveIntoTheCookieLosesNoChangeOfAnotherRequest(t *testing.T) {
	v, f := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{})
	v.with(func(s *session.Session) { s.Set("cart", randomText(8000)) })
	other := v.beside()
	meanwhile(&f.fakeStore, "save", func() { other.with(func(s *session.Session) { s.Set("other", 1) }) })
	v.with(func(s *session.Session) { s.Delete("cart"); s.Set("own", 1) })
	v.with(func(s *session.Session) {
		if got := s.Keys(); !slices.Equal(got, []string{"other", "own"}) {
			t.Errorf("there is %q", got)
		}
	})
}

func TestASmallSessionNeverAsksTheStore(t *testing.T) {
	v, f := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{IdleTimeout: time.Hour})
	f.before = func(string) error { return errDown }
	for range 3 {
		v.with(func(s *session.Session) { visits.Update(s, func(n int) int { return n + 1 }) })
	}
	v.with(func(s *session.Session) { s.Destroy() })
	if got := f.took(); got != nil {
		t.Errorf("the store was asked to %q", got)
	}
}

func TestALargeSessionFailsWhereTheStoreIsOutOfReach(t *testing.T) {
	v, f := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{})
	f.before = func(string) error { return errDown }
	if res := v.with(func(s *session.Session) { s.Set("cart", randomText(8000)) }); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestMigratingBetweenCookieAndStoreSignsNobodyOut(t *testing.T) {
	key := secret.New()
	for what, tt := range map[string]struct {
		to, from func(store.Store) session.Backend
	}{
		"signed to stored":   {session.Stored, func(store.Store) session.Backend { return session.Signed(key) }},
		"Flask to stored":    {session.Stored, func(store.Store) session.Backend { return flaskCookies(t) }},
		"stored to signed":   {func(store.Store) session.Backend { return session.Signed(key) }, session.Stored},
		"stored to sealed":   {func(store.Store) session.Backend { return session.Sealed(key) }, session.Stored},
		"stored to Flask":    {func(store.Store) session.Backend { return flaskCookies(t) }, session.Stored},
		"stored to overflow": {func(st store.Store) session.Backend { return session.Overflow(session.Signed(key), st) }, session.Stored},
		"store to store":     {session.Stored, session.Stored},
		"overflow to stored": {session.Stored, func(st store.Store) session.Backend { return session.Overflow(session.Signed(key), st) }},
	} {
		opts := session.Options{Cookie: session.Cookie{Name: "s"}}
		oldStore, newStore := &fullStore{}, &fullStore{}
		before := newVisitorOf(t, tt.from(oldStore), opts)
		before.with(func(s *session.Session) {
			username.Set(s, "ada")
			s.Set("zé", 1.5)
			s.FlashAs("info", "hello")
		})
		during := newVisitorOf(t, session.Migrate(tt.to(newStore), tt.from(oldStore)), opts)
		during.cookies = before.cookies
		other := during.beside()
		during.with(func(s *session.Session) { s.Set("own", 1) })
		// A request that was under way with the old cookie loses nothing where
		// there is a store to see it.
		if what == "store to store" {
			other.with(func(s *session.Session) { s.Set("other", 1) })
		}
		after := newVisitorOf(t, tt.to(newStore), opts)
		after.cookies = during.cookies
		after.with(func(s *session.Session) {
			if name, _ := username.Get(s); name != "ada" || s.Value("zé") != 1.5 || !s.Has("own") || what == "store to store" && !s.Has("other") {
				t.Errorf("%s: there is %q", what, s.Keys())
			}
			if got := s.Flashes(); len(got) != 1 || got[0].Category != "info" {
				t.Errorf("%s: flashes %v", what, got)
			}
		})
	}
}

func TestASessionThatWasCopiedEndsInBothStores(t *testing.T) {
	for what, end := range map[string]func(v *visitor){
		"destroyed": func(v *visitor) { v.with(func(s *session.Session) { s.Destroy() }) },
		"renewed":   func(v *visitor) { v.with(func(s *session.Session) { s.Renew() }) },
		"signed out by its id": func(v *visitor) {
			found, _ := listed(v.m.Sessions(v.t.Context(), "ada"))
			if ended, err := v.m.SignOutOne(v.t.Context(), "ada", found[0].ID()); !ended || err != nil {
				v.t.Errorf("signed out: %v, %v", ended, err)
			}
		},
		"signed out": func(v *visitor) {
			if n, err := v.m.SignOutEverywhere(v.t.Context(), "ada"); n != 1 || err != nil {
				v.t.Errorf("%d signed out, %v", n, err)
			}
		},
	} {
		from, to := &fullStore{}, &fullStore{}
		v := newVisitorOf(t, session.Migrate(session.Stored(to), session.Stored(from)), session.Options{})
		before := newVisitorOf(t, session.Stored(from), session.Options{})
		before.with(func(s *session.Session) { username.Set(s, "ada"); s.SetOwner("ada") })
		to.records = make(map[store.ID]store.Record)
		for id, r := range from.records {
			to.records[id] = r
		}
		v.cookies = before.cookies
		old := v.beside()
		if found, err := listed(v.m.Sessions(t.Context(), "ada")); len(found) != 1 || err != nil {
			t.Errorf("%s: a copied session is listed %d times, %v", what, len(found), err)
		}
		end(v)
		if old.known() {
			t.Errorf("%s: the copy brought it back", what)
		}
	}
}

func TestAMigrationLosesNoChangeOfAServerThatHasNotBegunIt(t *testing.T) {
	from, to := &fullStore{}, &fullStore{}
	old := newVisitorOf(t, session.Stored(from), session.Options{})
	old.with(func(s *session.Session) { username.Set(s, "ada") })
	v := newVisitorOf(t, session.Migrate(session.Stored(to), session.Stored(from)), session.Options{})
	v.cookies = old.cookies
	n := 0
	from.before = func(c string) error {
		if c == "save" {
			if n++; n == 1 { // ending the old record
				old.with(func(s *session.Session) { s.Set("other", 1) })
			}
		}
		return nil
	}
	v.with(func(s *session.Session) { s.Set("own", 1) })
	v.with(func(s *session.Session) {
		if got := s.Keys(); !slices.Equal(got, []string{"other", "own", "username"}) {
			t.Errorf("there is %q", got)
		}
	})
	if !errors.Is(errors.Join(v.refused...), nil) && len(v.refused) > 0 {
		t.Errorf("refused with %v", v.refused)
	}
}

// copied is a migration in which the old store's records were copied to the
// new one, and a visitor of it.
func copied(t *testing.T) (v *visitor, from, to *fullStore) {
	t.Helper()
	from, to = &fullStore{}, &fullStore{}
	v = newVisitorOf(t, session.Migrate(session.Stored(to), session.Stored(from)), session.Options{})
	old := newVisitorOf(t, session.Stored(from), session.Options{})
	old.with(func(s *session.Session) { username.Set(s, "ada"); s.Flash("hello") })
	v.cookies = old.cookies
	return v, from, to
}

func (f *fullStore) copyTo(to *fullStore) {
	to.records = make(map[store.ID]store.Record)
	for id, r := range f.records {
		to.records[id] = r
	}
}

func TestASessionThatMovesBetweenTwoQuestionsIsFound(t *testing.T) {
	v, from, _ := copied(t)
	other := v.beside()
	// The new store has said that it does not have it; then another request
	// moves it there.
	meanwhile(&from.fakeStore, "load", func() { other.with(func(s *session.Session) { s.Set("other", 1) }) })
	v.with(func(s *session.Session) {
		if !s.Has("username") {
			t.Error("the visitor looks signed out")
		}
	})
}

func TestASessionCopiedMeanwhileEndsInBothStores(t *testing.T) {
	for what, end := range map[string]func(s *session.Session){
		"destroyed":              func(s *session.Session) { s.Destroy() },
		"destroyed and flashing": func(s *session.Session) { s.Destroy(); s.Flash("bye") },
		"renewed":                func(s *session.Session) { s.Renew() },
	} {
		v, from, to := copied(t)
		old := v.beside()
		v.with(func(s *session.Session) {
			s.Len() // loaded from the old store
			from.copyTo(to)
			end(s)
		})
		if old.known() {
			t.Errorf("%s: the copy brought it back", what)
		}
	}
}

func TestAnEmptiedSessionIsNotFilledFromItsCopy(t *testing.T) {
	v, from, to := copied(t)
	from.copyTo(to)
	v.with(func(s *session.Session) { s.Delete("username"); s.Flashes() })
	for id := range to.records {
		delete(to.records, id) // it has expired
	}
	if v.known() {
		t.Error("what was emptied is back")
	}
}

func TestAMigrationToACookieLosesNothingThatDoesNotFit(t *testing.T) {
	f, key := &fullStore{}, secret.New()
	for _, reissue := range []bool{false, true} {
		old := newVisitorOf(t, session.Stored(f), session.Options{})
		old.with(func(s *session.Session) { username.Set(s, "ada"); s.Set("big", randomText(8000)) })
		v := newVisitorOf(t, session.Migrate(session.Signed(key), session.Stored(f)), session.Options{ReissueOnRead: reissue})
		v.cookies = old.cookies
		f.now = func() time.Time { return v.clock }
		res := v.with(func(s *session.Session) {
			if !reissue {
				s.Set("x", 1)
			} else {
				s.Len()
			}
		})
		if want := map[bool]int{false: 500, true: 200}[reissue]; res.StatusCode != want {
			t.Errorf("reissue %v: status %d", reissue, res.StatusCode)
		}
		v.clock = v.clock.Add(2 * time.Minute)
		if !v.known() {
			t.Errorf("reissue %v: the session is gone", reissue)
		}
	}
}

func TestAMigrationToACookieSavesWhereItIsWhenNoCookieCanGo(t *testing.T) {
	for what, to := range map[string]session.Backend{"signed": session.Signed(secret.New()), "Flask": flaskCookies(t)} {
		f := &fullStore{}
		old := newVisitorOf(t, session.Stored(f), session.Options{})
		old.with(func(s *session.Session) { username.Set(s, "ada") })
		v := newVisitorOf(t, session.Migrate(to, session.Stored(f)), session.Options{})
		v.cookies = old.cookies
		f.now = func() time.Time { return v.clock }
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Len()
			w.(http.Flusher).Flush()
			for i := range 2 {
				visits.Set(s, i+1)
				if err := s.Save(t.Context()); err != nil {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
		v.clock = v.clock.Add(2 * time.Minute)
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 2 || !s.Has("username") {
				t.Errorf("%s: %d visits, there is %q", what, n, s.Keys())
			}
		})
	}
}

func TestACopyIsInTheFormatOfItsStore(t *testing.T) {
	f := &fullStore{}
	old := newVisitorOf(t, session.Stored(f), session.Options{})
	old.with(func(s *session.Session) { username.Set(s, "ada"); s.FlashAs("info", "hello") })
	v := newVisitorOf(t, session.Migrate(flaskCookies(t), session.Stored(f)), session.Options{})
	v.cookies = old.cookies
	tab := v.beside()
	v.with(func(s *session.Session) { s.Set("x", map[string]any{" t": 1}) })
	tab.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" || len(s.Flashes()) != 0 {
			t.Errorf("there is %q; the messages are where the session has gone", s.Keys())
		}
	})
}

func TestAnUnreachableOldStoreCostsNoSession(t *testing.T) {
	for what, change := range map[string]func(s *session.Session){
		"renewed": func(s *session.Session) { s.Renew() },
		"emptied": func(s *session.Session) { s.Delete("username"); s.Flashes() },
	} {
		v, from, to := copied(t)
		from.copyTo(to)
		from.before = func(c string) error {
			if c == "delete" {
				return errDown
			}
			return nil
		}
		before := v.beside()
		if res := v.with(change); res.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: status %d", what, res.StatusCode)
		}
		if what == "renewed" {
			before = v // which was sent the new id with the error
		}
		before.with(func(s *session.Session) {
			if !s.Has("username") || len(s.Flashes()) != 1 {
				t.Errorf("%s: there is %q", what, s.Keys())
			}
		})
	}
}

func TestMigratingOnOneStoreDeletesNothingOfItsOwn(t *testing.T) {
	f := &fullStore{}
	v := newVisitorOf(t, session.Migrate(session.Overflow(session.Signed(secret.New()), f), session.Stored(f)), session.Options{})
	old := newVisitorOf(t, session.Stored(f), session.Options{})
	old.with(func(s *session.Session) { s.Flash("one") })
	v.cookies = old.cookies
	reader, writer := v.beside(), v.beside()
	meanwhile(&f.fakeStore, "save", func() { reader.with(func(s *session.Session) { s.Flashes() }) })
	writer.with(func(s *session.Session) { s.Flash("two") })
	f.before = nil
	writer.with(func(s *session.Session) {
		if got := s.Flashes(); len(got) != 1 || got[0].Text != "two" {
			t.Errorf("flashes %v", got)
		}
	})
}

func TestAnOldIDDoesNotOutliveItsMinute(t *testing.T) {
	v, _ := newOverflowVisitor(t, session.Signed(secret.New()), session.Options{IdleTimeout: 5 * time.Minute})
	v.with(func(s *session.Session) { s.Set("cart", randomText(8000)); username.Set(s, "ada") })
	old := v.beside()
	v.with(func(s *session.Session) { s.Delete("cart") })
	for range 4 {
		v.clock = v.clock.Add(20 * time.Second)
		reader := old.beside()
		reader.clock = v.clock
		reader.with(func(s *session.Session) { s.Len() })
	}
	reader := old.beside()
	if reader.known() {
		t.Error("reading kept the old id alive")
	}
}

// A program begins with signed cookies, goes on with an overflow, and then with its store alone.
func TestOverflow_BetweenACookieAndItsStoreSignsNobodyOut(t *testing.T) {
	for _, size := range []int{10, 8000} {
		key, f, text := secret.New(), &fullStore{}, randomText(size)
		backends := []session.Backend{
			session.Signed(key), session.Overflow(session.Signed(key), f),
			session.Migrate(session.Stored(f), session.Signed(key)), session.Stored(f),
		}
		if size == 8000 {
			backends = backends[1:] // because no cookie has the room
		}
		var cookies []string
		for i, backend := range backends {
			v := newVisitorOf(t, backend, session.Options{})
			v.cookies = cookies
			v.with(func(s *session.Session) {
				if i > 0 && (s.Value("text") != text || s.Value("seen") != int64(i-1)) {
					t.Errorf("%d bytes, backend %d: the session has %q", size, i, s.Keys())
				}
				s.Set("text", text)
				s.Set("seen", i)
			})
			cookies = v.cookies
		}
	}
}

package session_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

func TestAStoredSessionLastsFromOneRequestToTheNext(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) {
			username.Set(s, "ada")
			s.Flash("hello")
		})
		f.took()
		v.with(func(s *session.Session) {
			if name, _ := username.Get(s); name != "ada" {
				t.Errorf("username is %q", name)
			}
			if got := s.Flashes(); len(got) != 1 || got[0].Text != "hello" {
				t.Errorf("flashes are %v", got)
			}
		})
		if got := f.took(); !slices.Equal(got, []string{"load", "save"}) {
			t.Errorf("reading and changing took %q", got)
		}
		v.with(func(s *session.Session) {
			if got := s.Flashes(); len(got) != 0 {
				t.Errorf("shown again: %v", got)
			}
		})
		if got := f.took(); !slices.Equal(got, []string{"load"}) {
			t.Errorf("reading took %q", got)
		}
		v.with(func(*session.Session) {})
		if got := f.took(); got != nil {
			t.Errorf("leaving the session alone took %q", got)
		}
	})
}

func TestTheStoreSeesNothingThatACookieCouldBeMadeOf(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	var id string
	v.with(func(s *session.Session) {
		username.Set(s, "ada")
		if s.ID() != "" {
			t.Errorf("a session that is nowhere yet has the ID %q", s.ID())
		}
	})
	v.with(func(s *session.Session) { id = s.ID() })
	value := strings.TrimPrefix(v.cookies[0], "__Host-session=")
	if len(value) != 43 {
		t.Errorf("the cookie is %q, not 256 bits in base64url", value)
	}
	for key, r := range f.records {
		if key.String() != id {
			t.Errorf("ID is %s and the record's %s", id, key)
		}
		if strings.Contains(fmt.Sprintf("%s %v %q", key, key, r.Data), value) {
			t.Error("the store has the cookie's id")
		}
	}
	// What the store has is worth nothing in a cookie.
	w := v.beside()
	for _, made := range []string{id, id[:43]} {
		w.cookies = []string{"__Host-session=" + made}
		if w.known() {
			t.Errorf("the store's own id %q was taken", made)
		}
	}
}

func TestNothingIsStoredForASessionLeftAloneOrEmpty(t *testing.T) { // CVE-2015-5143
	v, f := newStoredVisitor(t, session.Options{RefreshEachRequest: true, IdleTimeout: time.Hour, AbsoluteTimeout: time.Hour})
	for what, touch := range map[string]func(s *session.Session){
		"left alone":      func(*session.Session) {},
		"read":            func(s *session.Session) { username.Get(s); s.Flashes(); s.Len() },
		"renewed":         func(s *session.Session) { s.Renew() },
		"cleared":         func(s *session.Session) { s.Clear() },
		"destroyed":       func(s *session.Session) { s.Destroy() },
		"set and deleted": func(s *session.Session) { username.Set(s, "ada"); username.Delete(s) },
		"clock restarted": func(s *session.Session) { s.RestartClock() },
		"saved":           func(s *session.Session) { _ = s.Save(t.Context()) },
	} {
		v.cookies = nil
		v.with(touch)
		if calls := f.took(); slices.Contains(calls, "save") || len(f.records) != 0 {
			t.Errorf("%s: the store was asked to %q and has %d records", what, calls, len(f.records))
		}
	}
}

func TestAnIDThatTheVisitorChoseIsNeverAdopted(t *testing.T) { // CVE-2024-38513
	v, f := newStoredVisitor(t, session.Options{})
	chosen := strings.Repeat("A", 43)
	v.cookies = []string{"__Host-session=" + chosen}
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	if strings.Contains(v.cookies[0], chosen) || len(f.records) != 1 || !errors.Is(errors.Join(v.refused...), session.ErrUnknown) {
		t.Errorf("the cookie is %q, refused with %v", v.cookies, v.refused)
	}
	for _, form := range []string{"", "A", strings.Repeat("A", 42), strings.Repeat("A", 44), strings.Repeat("A", 42) + "B", strings.Repeat("A", 42) + "=", strings.Repeat("A", 42) + "+"} {
		f.took()
		v.cookies = []string{"__Host-session=" + form}
		v.with(func(s *session.Session) { s.Len() })
		if got := f.took(); got != nil {
			t.Errorf("the store was asked for the id %q", form)
		}
	}
}

func TestAFloodOfIDsAsksTheStoreAFewTimesOnly(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	var flood []string
	for i := range 3000 {
		flood = append(flood, fmt.Sprintf("__Host-session=%039dAAAA", i))
	}
	v.cookies = []string{strings.Join(flood, "; ")}
	if v.known() || len(f.took()) > 8 {
		t.Error("the store was asked for each of 3000 ids")
	}
}

func TestNoUpdateIsLostWhenRequestsChangeASessionAtOnce(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		const each = 64
		cookie := v.cookies
		var shown sync.Map
		request := func(change func(s *session.Session)) int {
			r := httptest.NewRequest("GET", "https://example.com/", nil)
			r.Header["Cookie"] = cookie
			w := httptest.NewRecorder()
			v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { change(session.From(r)) })).ServeHTTP(w, r)
			return w.Code
		}
		f.now = nil
		var wg sync.WaitGroup
		for i := range each {
			wg.Go(func() {
				code := request(func(s *session.Session) {
					s.Set(fmt.Sprintf("key%d", i), i)
					visits.Update(s, func(n int) int { return n + 1 })
					s.Flash(fmt.Sprintf("message %d", i))
					if i%8 == 0 {
						for _, m := range s.Flashes() {
							shown.Store(m.Text, true)
						}
					}
				})
				if code != http.StatusOK {
					t.Errorf("request %d: status %d", i, code)
				}
			})
		}
		wg.Wait()
		request(func(s *session.Session) {
			for i := range each {
				if !s.Has(fmt.Sprintf("key%d", i)) {
					t.Errorf("key%d is lost", i)
				}
			}
			if n, _ := visits.Get(s); n != each {
				t.Errorf("%d of %d updates are there", n, each)
			}
			for _, m := range s.Flashes() {
				shown.Store(m.Text, true)
			}
		})
		for i := range each {
			if _, ok := shown.Load(fmt.Sprintf("message %d", i)); !ok {
				t.Errorf("message %d is lost", i)
			}
		}
	})
}

// meanwhile runs other once, right before the first call of a kind.
func meanwhile(f *fakeStore, call string, other func()) {
	done := false
	f.before = func(c string) error {
		if c == call && !done {
			done = true
			other()
		}
		return nil
	}
}

// saves are the calls that write a record.
func saves(f *fakeStore) []string {
	return slices.DeleteFunc(f.took(), func(c string) bool { return c == "load" })
}

func TestASignedOutSessionDoesNotComeBack(t *testing.T) { // CVE-2025-46336
	for what, end := range map[string]func(s *session.Session){
		"destroyed":              func(s *session.Session) { s.Destroy() },
		"cleared":                func(s *session.Session) { s.Clear() },
		"destroyed and flashing": func(s *session.Session) { s.Destroy(); s.Flash("bye") },
	} {
		onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
			v.with(func(s *session.Session) { username.Set(s, "ada") })
			old := v.beside()
			slow, other := v.beside(), v.beside()
			meanwhile(f, "save", func() { other.with(end) })
			res := slow.with(func(s *session.Session) { s.Set("cart", 1) })
			if res.StatusCode != http.StatusConflict || len(res.Cookies()) != 0 {
				t.Errorf("%s: the slow request has the status %d and the cookies %v", what, res.StatusCode, res.Cookies())
			}
			f.before = nil
			if old.known() || slow.known() || other.known() {
				t.Errorf("%s: the session is back", what)
			}
		})
	}
}

func TestASlowReaderOfAnEndedSessionIsNotTroubled(t *testing.T) {
	onEachStore(t, session.Options{IdleTimeout: time.Hour}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) {
			username.Set(s, "ada")
			s.Flash("hello")
		})
		v.clock = v.clock.Add(30 * time.Minute)
		slow, other := v.beside(), v.beside()
		meanwhile(f, "save", func() { other.with(func(s *session.Session) { s.Destroy() }) })
		res := slow.with(func(s *session.Session) {
			if got := s.Flashes(); len(got) != 0 {
				t.Errorf("flashes of an ended session are %v", got)
			}
		})
		if res.StatusCode != http.StatusOK || len(res.Cookies()) != 0 {
			t.Errorf("status %d, cookies %v", res.StatusCode, res.Cookies())
		}
		f.before = nil
		if slow.known() {
			t.Error("the session is back")
		}
	})
}

func TestRenewGivesANewIDAndEndsTheOld(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Set("cart", 1) })
		old := v.beside()
		f.took()
		v.with(func(s *session.Session) {
			s.Renew()
			username.Set(s, "ada")
		})
		if calls := saves(f); len(calls) > 2 || slices.Contains(calls, "delete") {
			t.Errorf("it took %q", calls)
		}
		if slices.Equal(v.cookies, old.cookies) {
			t.Error("the id is the same")
		}
		old.with(func(s *session.Session) {
			if s.Len() != 0 {
				t.Errorf("the old id still has %q", s.Keys())
			}
			s.Set("x", 1)
		})
		v.with(func(s *session.Session) {
			if got := s.Keys(); !slices.Equal(got, []string{"cart", "username"}) {
				t.Errorf("the new one has %q", got)
			}
		})
	})
}

func TestRenewLosesNoChangeOfAnotherRequest(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Set("cart", 1) })
		for _, call := range []string{"move", "save"} {
			// Before the renewal's first and, where it takes two, its second write.
			for skip := range 2 {
				one, other := v.beside(), v.beside()
				n := 0
				f.before = func(c string) error {
					if c == call {
						if n++; n == skip+1 {
							other.with(func(s *session.Session) { s.Set("other", skip) })
						}
					}
					return nil
				}
				one.with(func(s *session.Session) { s.Renew(); s.Set("login", 1) })
				f.before = nil
				one.with(func(s *session.Session) {
					if !s.Has("cart") || !s.Has("login") || n > skip && !s.Has("other") {
						t.Errorf("a change before call %d to %s is lost: there is %q", skip+1, call, s.Keys())
					}
				})
				v.cookies = one.cookies
			}
		}
	})
}

func TestARenewalThatFailsLeavesTheVisitorWhatThereWas(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Set("cart", 1) })
		for failing := 1; failing <= 2; failing++ {
			n := 0
			f.before = func(c string) error {
				if c == "save" || c == "move" {
					if n++; n >= failing {
						return errDown
					}
				}
				return nil
			}
			res := v.with(func(s *session.Session) { s.Renew(); username.Set(s, "ada") })
			f.before = nil
			if n < failing {
				continue // it takes one write on this store
			}
			if res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("write %d: status %d", failing, res.StatusCode)
			}
			v.with(func(s *session.Session) {
				if !s.Has("cart") {
					t.Errorf("write %d: there is %q", failing, s.Keys())
				}
			})
		}
	})
}

func TestAStoreOutOfReachIsNeverTakenForAnEmptySession(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		for what, tt := range map[string]struct {
			call   string
			handle func(s *session.Session)
		}{
			"load":   {"load", func(s *session.Session) { username.Get(s) }},
			"save":   {"save", func(s *session.Session) { s.Set("x", 1) }},
			"delete": {"delete", func(s *session.Session) { s.Destroy() }},
		} {
			before := slices.Clone(v.cookies)
			f.before = func(c string) error {
				if c == tt.call {
					return errDown
				}
				return nil
			}
			if res := v.with(tt.handle); res.StatusCode != http.StatusServiceUnavailable || len(res.Cookies()) != 0 {
				t.Errorf("%s: status %d, cookies %v", what, res.StatusCode, res.Cookies())
			}
			v.cookies = before
			f.before = nil
			if !v.known() {
				t.Errorf("%s: the session is gone", what)
			}
		}
	})
}

func TestARecordOfAnotherShapeIsRefusedAndReplaced(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	for _, data := range []string{"[]", "{", "\x00", "null"} {
		for id, r := range f.records {
			r.Data = []byte(data)
			f.records[id] = r
		}
		v.refused = nil
		if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrBadPayload) {
			t.Errorf("%q: refused with %v", data, v.refused)
		}
	}
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	if !v.known() {
		t.Error("the visitor cannot begin anew")
	}
}

func TestASessionEmptiedByReadingItsFlashesLosesNoOtherRequestsFlash(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { s.Flash("one") })
		reader, writer := v.beside(), v.beside()
		meanwhile(f, "save", func() { reader.with(func(s *session.Session) { s.Flashes() }) })
		writer.with(func(s *session.Session) { s.Flash("two") })
		f.before = nil
		v.with(func(s *session.Session) {
			if got := s.Flashes(); len(got) != 1 || got[0].Text != "two" {
				t.Errorf("flashes are %v", got)
			}
		})
		// What stays of an empty session does not stay for long.
		v.clock = v.clock.Add(10*time.Minute + time.Second)
		v.refused = nil
		v.with(func(s *session.Session) { s.Len() })
		if !errors.Is(errors.Join(v.refused...), session.ErrUnknown) {
			t.Errorf("refused with %v", v.refused)
		}
	})
}

func TestTheCookieOfAStoredSessionIsSentOnceUnlessItExpires(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	cookies := func(f func(s *session.Session)) int { return len(v.with(f).Header["Set-Cookie"]) }
	set := func(s *session.Session) { s.Set("x", v.clock.Unix()) }
	for _, tt := range []struct {
		what string
		f    func(s *session.Session)
		want int
	}{
		{"the first write", set, 1},
		{"another write", set, 0},
		{"made permanent", func(s *session.Session) { s.SetPermanent(true) }, 1},
		{"a write of a permanent one", set, 1},
		{"not permanent any more", func(s *session.Session) { s.SetPermanent(false) }, 1},
		{"another write", set, 0},
		{"renewed", func(s *session.Session) { s.Renew() }, 1},
		{"saved before the header leaves", func(s *session.Session) { s.Renew(); _ = s.Save(t.Context()) }, 1},
		{"destroyed", func(s *session.Session) { s.Destroy() }, 1},
	} {
		if got := cookies(tt.f); got != tt.want {
			t.Errorf("%s: %d Set-Cookie lines, want %d", tt.what, got, tt.want)
		}
	}
}

func TestAStoredSessionIsTouchedOnceATenth(t *testing.T) {
	onEachStore(t, session.Options{IdleTimeout: 100 * time.Minute}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.with(func(*session.Session) {}) // the first time that the cookie comes back
		f.took()
		written := 0
		for range 100 {
			v.clock = v.clock.Add(time.Minute)
			if res := v.with(func(*session.Session) {}); len(res.Cookies()) != 0 {
				t.Error("a touch set a cookie")
			}
			written += len(saves(f))
		}
		if written != 10 {
			t.Errorf("%d writes in 100 requests", written)
		}
		v.clock = v.clock.Add(99 * time.Minute)
		if !v.known() {
			t.Error("a session in use ended")
		}
		v.clock = v.clock.Add(100*time.Minute + time.Second)
		if v.known() {
			t.Error("an idle session did not end")
		}
	})
}

func TestAPermanentStoredSessionIsRefreshedWithItsCookie(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{RefreshEachRequest: true, Lifetime: 100 * time.Minute})
	v.with(func(s *session.Session) { username.Set(s, "ada"); s.SetPermanent(true) })
	f.took()
	cookies := 0
	for range 30 {
		v.clock = v.clock.Add(time.Minute)
		cookies += len(v.with(func(*session.Session) {}).Cookies())
	}
	if got := saves(&f.fakeStore); len(got) != 3 || cookies != 3 {
		t.Errorf("30 requests touched the store %d times, and sent %d cookies", len(got), cookies)
	}
}

func TestARefreshDoesNotBringAnOldIDBack(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{RefreshEachRequest: true})
	v.with(func(s *session.Session) { s.Set("cart", 1); s.SetPermanent(true) })
	for _, passed := range []time.Duration{0, 10 * 24 * time.Hour} {
		v.clock = v.clock.Add(passed)
		slow := v.beside()
		res := slow.with(func(s *session.Session) {
			s.Len()
			v.with(func(s *session.Session) { s.Renew(); username.Set(s, "ada") })
		})
		if len(res.Cookies()) != 0 {
			t.Errorf("%v after the last write, the slow answer sends the old id", passed)
		}
	}
}

func TestARenewedSessionIsNotLostWithItsResponse(t *testing.T) {
	for what, fail := range map[string]func(s *session.Session){
		"a value that cannot be kept": func(s *session.Session) { s.Set("x", func() {}) },
		"a panic":                     func(*session.Session) { panic("a bug") },
	} {
		v, _ := newStoredVisitor(t, session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		r := httptest.NewRequest("GET", "https://example.com/", nil)
		r.Header["Cookie"] = v.cookies
		w := httptest.NewRecorder()
		func() {
			defer func() { _ = recover() }()
			v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				s.Renew()
				if err := s.Save(t.Context()); err != nil {
					t.Error(err)
				}
				fail(s)
			})).ServeHTTP(w, r)
		}()
		cookies := w.Result().Cookies()
		if len(cookies) != 1 {
			t.Errorf("%s: the new id is lost", what)
			continue
		}
		v.cookies = []string{cookies[0].Name + "=" + cookies[0].Value}
		if !v.known() {
			t.Errorf("%s: the session is lost", what)
		}
	}
}

func TestTheAbsoluteTimeoutIsNotDrivenForwardBySaving(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{AbsoluteTimeout: time.Hour})
	v.with(func(s *session.Session) {
		for i := range 4 {
			visits.Set(s, i)
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
			v.clock = v.clock.Add(20 * time.Minute)
		}
		username.Set(s, "ada")
	})
	if v.known() {
		t.Error("it lasts longer than an hour")
	}
}

func TestALongHandlerThatSavesHoldsNoOldValues(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.with(func(s *session.Session) {
		for i := range 100 {
			s.Set("x", i)
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if got := v.m.Inspect(httptest.NewRequest("GET", "/", nil)).Changes; len(got) != 0 {
			t.Errorf("%d changes", len(got))
		}
	})
}

func TestWhatIsSetAfterALateSignOutIsSaidAndNotKept(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.log.Reset()
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Len()
		w.(http.Flusher).Flush()
		s.Destroy()
		s.Flash("bye")
	})
	if len(f.records) != 0 || !strings.Contains(v.log.String(), "changed after the response header was sent") {
		t.Errorf("%d records, log %s", len(f.records), v.log)
	}
}

func TestAClearedPermanentSessionLosesItsExpiry(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.SetPermanent(true) })
	res := v.with(func(s *session.Session) { s.Clear(); s.Set("x", 1) })
	if got := res.Header.Get("Set-Cookie"); got == "" || strings.Contains(got, "Expires") {
		t.Errorf("Set-Cookie is %q", got)
	}
}

func TestSavingAStreamKeepsItsSessionAlive(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{IdleTimeout: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Len()
		w.(http.Flusher).Flush()
		for range 12 {
			v.clock = v.clock.Add(10 * time.Minute)
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
	if !v.known() {
		t.Error("it idled out under a stream that was saved")
	}
}

func TestAnOwnerSetByItsKeyIsCheckedToo(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	if res := v.with(func(s *session.Session) { s.Set("_owner", strings.Repeat("a", 300)) }); res.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", res.StatusCode)
	}
}

func TestAPublicPageTouchesARecordAndSendsNoCookie(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{IdleTimeout: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.clock = v.clock.Add(30 * time.Minute)
	f.took()
	res := v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
		w.Header().Set("Cache-Control", "public")
	})
	if got := f.took(); !slices.Contains(got, "touch") || len(res.Cookies()) != 0 {
		t.Errorf("the store was asked to %q, cookies %v", got, res.Cookies())
	}
}

func TestTheAbsoluteTimeoutHoldsInAStore(t *testing.T) {
	onEachStore(t, session.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 3 * time.Hour}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		for range 9 {
			v.clock = v.clock.Add(20 * time.Minute)
			if !v.known() {
				t.Fatal("it ended before")
			}
		}
		v.clock = v.clock.Add(20 * time.Minute)
		if v.known() {
			t.Error("it did not end")
		}
	})
}

func TestSaveKeepsAStoredSessionInTheMidstOfAHandler(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Len()
			w.(http.Flusher).Flush()
			other := v.beside()
			for i := range 3 {
				visits.Update(s, func(n int) int { return n + 1 })
				if err := s.Save(t.Context()); err != nil {
					t.Errorf("save %d: %v", i, err)
				}
				other.with(func(s *session.Session) {
					if n, _ := visits.Get(s); n != 2*i+1 {
						t.Errorf("another request sees %d visits", n)
					}
					visits.Update(s, func(n int) int { return n + 1 })
				})
			}
			s.Set("last", true) // and no Save
		})
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 6 || !s.Has("last") {
				t.Errorf("%d visits, and the last change there: %v", n, s.Has("last"))
			}
		})
		if strings.Contains(v.log.String(), "level=ERROR") {
			t.Errorf("the log says: %s", v.log)
		}
	})
}

func TestWhatIsChangedTooLateInAStoredSessionIsSaid(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	for what, tt := range map[string]struct {
		begin bool
		late  func(s *session.Session)
		want  string
	}{
		"a new session":     {false, func(s *session.Session) { s.Set("x", 1) }, "changed after the response header was sent"},
		"a renewal":         {true, func(s *session.Session) { s.Renew() }, "changed after the response header was sent"},
		"an ended session":  {true, func(s *session.Session) { v.beside().with(func(s *session.Session) { s.Destroy() }); s.Set("x", 1) }, "ended while this request was changing it"},
		"a value unwritten": {true, func(s *session.Session) { s.Set("x", func() {}) }, "cannot be kept"},
	} {
		v.cookies = nil
		if tt.begin {
			v.with(func(s *session.Session) { username.Set(s, "ada") })
		}
		v.log.Reset()
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Len()
			w.(http.Flusher).Flush()
			tt.late(s)
		})
		if !strings.Contains(v.log.String(), tt.want) {
			t.Errorf("%s: the log says %s", what, v.log)
		}
	}
}

func TestASignOutAfterTheHeaderHasLeftHolds(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		s.Len()
		w.(http.Flusher).Flush()
		s.Destroy()
	})
	if len(f.records) != 0 || v.known() {
		t.Error("the session is still there")
	}
}

func TestAPanickingHandlerStoresNothingMore(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.with(func(s *session.Session) { s.Len() }) // which extends its life
	for what, flush := range map[string]bool{"before the header": false, "after it": true} {
		f.took()
		v.log.Reset()
		func() {
			defer func() { _ = recover() }()
			v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				s.Len()
				if flush {
					w.(http.Flusher).Flush()
				}
				s.Set("x", 1)
				panic("a bug")
			})
		}()
		if got := saves(&f.fakeStore); len(got) != 0 || !strings.Contains(v.log.String(), "set x") {
			t.Errorf("%s: the store was asked to %q, and the log says %s", what, got, v.log)
		}
	}
}

func TestAVisitorWhoLeavesCostsNothingThatWasKept(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		ctx, leave := context.WithCancel(t.Context())
		leave()
		r := httptest.NewRequestWithContext(ctx, "GET", "https://example.com/", nil)
		r.Header["Cookie"] = v.cookies
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			visits.Set(session.From(r), 7)
		})).ServeHTTP(httptest.NewRecorder(), r)
		v.with(func(s *session.Session) {
			if n, _ := visits.Get(s); n != 7 {
				t.Error("the change of a visitor who left is lost")
			}
		})
	})
}

func TestASilentStoreFailsTheRequestInTime(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{BackendTimeout: 20 * time.Millisecond})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	silent := &silentStore{f}
	w := newVisitorOf(t, session.Stored(silent), session.Options{BackendTimeout: 20 * time.Millisecond})
	w.cookies = v.cookies
	if res := w.with(func(s *session.Session) { s.Len() }); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d", res.StatusCode)
	}
}

// silentStore never answers.
type silentStore struct{ store.Store }

func (*silentStore) Load(ctx context.Context, _ store.ID) (store.Record, error) {
	<-ctx.Done()
	return store.Record{}, ctx.Err()
}

func TestARecordThatNeverStaysStillFailsTheRequestInTime(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{BackendTimeout: 50 * time.Millisecond})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	f.before = func(c string) error {
		if c == "save" {
			f.mu.Lock()
			for id, r := range f.records {
				r.Version++
				f.records[id] = r
			}
			f.mu.Unlock()
		}
		return nil
	}
	res := v.with(func(s *session.Session) { s.Set("x", 1) })
	if res.StatusCode != http.StatusServiceUnavailable || !strings.Contains(v.log.String(), "other requests kept changing it for 50ms") {
		t.Errorf("status %d, log %s", res.StatusCode, v.log)
	}
}

func TestASessionOfOnePurposeIsNothingToAnother(t *testing.T) {
	key := secret.New()
	st := &fullStore{}
	for what, backend := range map[string]session.Backend{"signed": session.Signed(key), "sealed": session.Sealed(key), "stored": session.Stored(st)} {
		one := newVisitorOf(t, backend, session.Options{Purpose: "shop"})
		one.with(func(s *session.Session) { username.Set(s, "ada") })
		if !one.known() {
			t.Errorf("%s: it is nothing to itself", what)
		}
		for _, opts := range []session.Options{{}, {Purpose: "admin"}, {Purpose: "shop", Cookie: session.Cookie{Name: "s"}}, {Cookie: session.Cookie{Name: "__Host-session-shop"}}} {
			other := newVisitorOf(t, backend, opts)
			name := opts.Cookie.Name
			if name == "" {
				name = session.DefaultCookieName
			}
			other.cookies = []string{name + "=" + strings.TrimPrefix(one.cookies[0], "__Host-session=")}
			if other.known() || len(other.refused) != 1 {
				t.Errorf("%s: %q takes it", what, opts.Purpose)
			}
		}
	}
	if _, err := session.New(flaskCookies(t), &session.Options{Purpose: "shop"}); err == nil {
		t.Error("Flask's cookies took a purpose")
	}
}

func TestAStoredSessionWithoutAStoreIsAnErrorAtTheStart(t *testing.T) {
	for what, backend := range map[string]session.Backend{
		"Stored":               session.Stored(nil),
		"Overflow":             session.Overflow(session.Signed(secret.New()), nil),
		"Overflow of nothing":  session.Overflow(nil, &fakeStore{}),
		"Overflow of a store":  session.Overflow(session.Stored(&fakeStore{}), &fakeStore{}),
		"Overflow of Overflow": session.Overflow(session.Overflow(session.Signed(secret.New()), &fakeStore{}), &fakeStore{}),
	} {
		if _, err := session.New(backend, nil); err == nil || !strings.HasPrefix(err.Error(), "session: ") {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
}

func TestALoadThatFailsHandsNothingToTheLog(t *testing.T) {
	v, f := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada lovelace") })
	f.before = func(string) error { return errDown }
	v.with(func(s *session.Session) { s.Len() })
	value := strings.TrimPrefix(v.cookies[0], "__Host-session=")
	if bytes.Contains(v.log.Bytes(), []byte(value)) || bytes.Contains(v.log.Bytes(), []byte("lovelace")) {
		t.Errorf("the log says %s", v.log)
	}
}

func TestASessionSavedTwiceIsNotBroughtBackBetween(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, f *fakeStore) {
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			visits.Set(s, 1)
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
			v.beside().with(func(s *session.Session) { s.Destroy() })
			visits.Set(s, 2)
			if err := s.Save(t.Context()); !errors.Is(err, session.ErrEnded) {
				t.Errorf("the second save: %v", err)
			}
		})
		if v.known() || len(f.records) != 0 {
			t.Error("it is back")
		}
	})
}

// The visitor may have the cookie of another session by then, or of the same one after a renewal.
func TestSave_TheCookieOfASessionThatHasEndedSinceIsNotSent(t *testing.T) {
	v, _ := newStoredVisitor(t, session.Options{})
	v.with(func(s *session.Session) { s.Set("before", 1) })
	res := v.with(func(s *session.Session) {
		s.SignIn("ada")
		if err := s.Save(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := v.m.SignOutEverywhere(t.Context(), "ada"); n != 1 || err != nil {
			t.Fatalf("%d sessions were ended: %v", n, err)
		}
		s.Set("after", 1)
	})
	if set := res.Header["Set-Cookie"]; res.StatusCode != http.StatusConflict || len(set) > 0 {
		t.Errorf("answered with %d, and sets %q", res.StatusCode, set)
	}
}

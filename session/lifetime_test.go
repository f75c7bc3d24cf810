package session_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// known reports whether the visitor is, without changing anything else.
func (v *visitor) known() (known bool) {
	v.t.Helper()
	v.with(func(s *session.Session) { known = s.Has("username") })
	return known
}

func TestAnIdleSessionEnds(t *testing.T) {
	v := newVisitor(t, session.Options{IdleTimeout: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.clock = v.clock.Add(time.Hour)
	if !v.known() {
		t.Error("it ended at its timeout")
	}
	v.clock = v.clock.Add(time.Hour + time.Second)
	if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrExpired) {
		t.Errorf("it did not end after its timeout; refused with %v", v.refused)
	}
}

func TestEachRequestStartsTheIdleTimeoutAnew(t *testing.T) {
	v := newVisitor(t, session.Options{IdleTimeout: time.Hour})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	for range 10 {
		v.clock = v.clock.Add(50 * time.Minute)
		v.with(func(*session.Session) {}) // it is left alone
	}
	if !v.known() {
		t.Error("a session in use ended")
	}
}

func TestTheIdleTimeoutWritesACookieOnceATenth(t *testing.T) {
	v := newVisitor(t, session.Options{IdleTimeout: 100 * time.Minute})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	written := 0
	for range 100 {
		v.clock = v.clock.Add(time.Minute)
		res := v.with(func(*session.Session) {})
		written += len(res.Cookies())
		if (len(res.Cookies()) == 1) != (res.Header.Get("Vary") == "Cookie") {
			t.Errorf("the header is %v", res.Header)
		}
	}
	if written != 10 {
		t.Errorf("100 requests in one timeout write %d cookies, want 10", written)
	}
	v.cookies = nil
	if res := v.with(func(*session.Session) {}); len(res.Cookies()) != 0 {
		t.Error("a visitor without a session got a cookie")
	}
}

func TestAnAbsoluteTimeoutEndsASessionInUse(t *testing.T) {
	for name, backend := range map[string]session.Backend{"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New())} {
		v := newVisitorOf(t, backend, session.Options{AbsoluteTimeout: 2 * time.Hour, IdleTimeout: time.Hour})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		for range 4 {
			v.clock = v.clock.Add(30 * time.Minute)
			v.with(func(s *session.Session) { visits.Update(s, func(n int) int { return n + 1 }); s.Renew() })
		}
		if !v.known() {
			t.Errorf("%s: it ended at its timeout", name)
		}
		v.clock = v.clock.Add(time.Second)
		if v.known() || !errors.Is(errors.Join(v.refused...), session.ErrExpired) {
			t.Errorf("%s: it did not end; refused with %v", name, v.refused)
		}
	}
}

func TestTheAbsoluteClockStartsAnewOnlyWhenAsked(t *testing.T) {
	for what, tt := range map[string]struct {
		change func(s *session.Session)
		known  bool
	}{
		"Renew":             {(*session.Session).Renew, false},
		"RestartClock":      {(*session.Session).RestartClock, true},
		"Destroy and Set":   {func(s *session.Session) { s.Destroy(); username.Set(s, "ada") }, true},
		"Clear and Set":     {func(s *session.Session) { s.Clear(); username.Set(s, "ada") }, true},
		"another value set": {func(s *session.Session) { visits.Set(s, 1) }, false},
	} {
		v := newVisitor(t, session.Options{AbsoluteTimeout: 2 * time.Hour})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.clock = v.clock.Add(90 * time.Minute)
		v.with(tt.change)
		v.clock = v.clock.Add(90 * time.Minute)
		if got := v.known(); got != tt.known {
			t.Errorf("%s: known %v, want %v", what, got, tt.known)
		}
	}
}

func TestASessionWithoutAClockCountsFromItsLastWrite(t *testing.T) {
	key := secret.New()
	before := newVisitorOf(t, session.Signed(key), session.Options{})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	v := newVisitorOf(t, session.Signed(key), session.Options{AbsoluteTimeout: 2 * time.Hour})
	v.cookies, v.clock = before.cookies, before.clock.Add(90*time.Minute)
	v.with(func(s *session.Session) { visits.Set(s, 1) })
	v.clock = v.clock.Add(30 * time.Minute)
	if !v.known() {
		t.Error("it ended before its timeout")
	}
	v.clock = v.clock.Add(time.Second)
	if v.known() {
		t.Error("it did not end")
	}
}

func TestWithoutAnAbsoluteTimeoutNothingIsKept(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada"); s.RestartClock() })
	v.with(func(s *session.Session) {
		if got := s.Keys(); !slices.Equal(got, []string{"username"}) {
			t.Errorf("the keys are %q", got)
		}
	})
}

func TestClearSiteDataIsAskedForWhereASessionIsDestroyed(t *testing.T) {
	for what, tt := range map[string]struct {
		kinds  []string
		change func(s *session.Session)
		want   string
	}{
		"destroyed":             {[]string{"cache", "storage"}, (*session.Session).Destroy, `"cache", "storage"`},
		"destroyed and flashed": {[]string{"cache"}, func(s *session.Session) { s.Destroy(); s.Flash("bye") }, `"cache"`},
		"cleared":               {[]string{"cache"}, (*session.Session).Clear, ""},
		"changed":               {[]string{"cache"}, func(s *session.Session) { visits.Set(s, 1) }, ""},
		"not asked for":         {nil, (*session.Session).Destroy, ""},
	} {
		v := newVisitor(t, session.Options{ClearSiteData: tt.kinds})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		if got := v.with(tt.change).Header.Get("Clear-Site-Data"); got != tt.want {
			t.Errorf("%s: Clear-Site-Data is %q, want %q", what, got, tt.want)
		}
	}
}

func TestImpossibleLifetimesAreRefusedAtStart(t *testing.T) {
	for want, o := range map[string]session.Options{
		"Options.IdleTimeout is 2h0m0s":   {Lifetime: time.Hour, IdleTimeout: 2 * time.Hour},
		"Options.IdleTimeout is 1ms":      {IdleTimeout: time.Millisecond},
		"Options.IdleTimeout is -1h0m0s":  {IdleTimeout: -time.Hour},
		"Options.AbsoluteTimeout is -1ns": {AbsoluteTimeout: -1},
		`Options.ClearSiteData has "all"`: {ClearSiteData: []string{"all"}},
	} {
		if _, err := session.New(session.Signed(secret.New()), &o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want %s", err, want)
		}
	}
}

func TestExpireAfter_IsTheLifetimeOfOneSession(t *testing.T) {
	for _, tt := range []struct {
		after, lives time.Duration
	}{
		{30 * 24 * time.Hour, 30 * 24 * time.Hour},
		{time.Minute, time.Minute},
		{90*time.Second + 999*time.Millisecond, 90 * time.Second},
		{1, time.Second},
		{0, time.Hour},
		{-1, time.Hour},
		{-time.Minute, time.Hour},
	} {
		v := newVisitor(t, session.Options{Lifetime: time.Hour})
		v.with(func(s *session.Session) { username.Set(s, "ada"); s.ExpireAfter(time.Minute); s.ExpireAfter(tt.after) })
		begun := v.clock
		v.with(func(s *session.Session) {
			if got := s.ExpiresAt().Sub(begun); got != tt.lives {
				t.Errorf("ExpireAfter(%v): it lives for %v, want %v", tt.after, got, tt.lives)
			}
		})
		v.clock = begun.Add(tt.lives)
		if !v.known() {
			t.Errorf("ExpireAfter(%v): it ended within %v", tt.after, tt.lives)
		}
		v.clock = begun.Add(tt.lives + time.Second)
		if v.known() {
			t.Errorf("ExpireAfter(%v): it lives longer than %v", tt.after, tt.lives)
		}
	}
}

// A permanent session's cookie expires Lifetime after the save, so the browser has to be told.
func TestSave_OfAPermanentSessionSendsTheCookieAgain(t *testing.T) {
	for _, permanent := range []bool{false, true} {
		v, _ := newStoredVisitor(t, session.Options{Lifetime: time.Hour, Permanent: permanent})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		v.with(func(s *session.Session) { s.Len() }) // confirms that the cookie was kept
		v.clock = v.clock.Add(time.Minute)
		res := v.with(func(s *session.Session) {
			username.Set(s, "bob")
			if err := s.Save(t.Context()); err != nil {
				t.Error(err)
			}
		})
		switch cookies := res.Cookies(); {
		case !permanent && len(cookies) > 0:
			t.Errorf("the cookie of a browser's session is sent again: %v", cookies)
		case permanent && (len(cookies) != 1 || !cookies[0].Expires.Equal(v.clock.Add(time.Hour))):
			t.Errorf("the cookie of a permanent session is %v, want one that expires an hour after %v", cookies, v.clock)
		}
	}
}

// A request that adds a value at that moment still finds the record of one that removed the last.
func TestDelete_OfTheLastValueLeavesTheRecordForTenMinutes(t *testing.T) {
	for lifetime, want := range map[time.Duration]time.Duration{time.Hour: 10 * time.Minute, 5 * time.Minute: 5 * time.Minute} {
		onEachStore(t, session.Options{Lifetime: lifetime}, func(t *testing.T, v *visitor, f *fakeStore) {
			v.with(func(s *session.Session) { username.Set(s, "ada") })
			v.with(func(s *session.Session) { username.Delete(s) })
			for _, r := range f.records {
				if got := r.Expires.Sub(v.clock).Truncate(time.Minute); got != want {
					t.Errorf("with a lifetime of %v it lasts for %v, want %v", lifetime, got, want)
				}
			}
			if len(f.records) != 1 {
				t.Errorf("there are %d records", len(f.records))
			}
		})
	}
}

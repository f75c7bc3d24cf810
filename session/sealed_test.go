package session_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestASealedSessionLastsAndCannotBeRead(t *testing.T) {
	v := newVisitorOf(t, session.Sealed(secret.New()), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada"); s.Flash("one") })
	_, token, _ := strings.Cut(v.cookies[0], "=")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || strings.Contains(string(raw), "ada") || strings.Contains(string(raw), "username") {
		t.Errorf("the cookie shows %q (%v)", raw, err)
	}
	v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" {
			t.Errorf("username is %q", name)
		}
		wantFlashes(t, s, "message:one")
	})
}

func TestASealedCookieIsBoundToItsName(t *testing.T) {
	key := secret.New()
	a := newVisitorOf(t, session.Sealed(key), session.Options{Cookie: session.Cookie{Name: "a"}})
	b := newVisitorOf(t, session.Sealed(key), session.Options{Cookie: session.Cookie{Name: "b"}})
	a.with(func(s *session.Session) { username.Set(s, "ada") })
	b.cookies = []string{"b" + strings.TrimPrefix(a.cookies[0], "a")}
	b.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Error("the cookie b took a token of the cookie a")
		}
	})
}

func TestSealedAndSignedCookiesAreNotTakenForEachOther(t *testing.T) {
	key := secret.New()
	sealed, signed := newVisitorOf(t, session.Sealed(key), session.Options{}), newVisitorOf(t, session.Signed(key), session.Options{})
	sealed.with(func(s *session.Session) { username.Set(s, "ada") })
	signed.with(func(s *session.Session) { username.Set(s, "ada") })
	sealed.cookies, signed.cookies = signed.cookies, sealed.cookies
	for _, v := range []*visitor{sealed, signed} {
		v.with(func(s *session.Session) {
			if !s.IsNew() {
				t.Error("a cookie of the other backend was taken")
			}
		})
	}
}

func TestAcceptedKeysOpenSealedCookiesAndTheCurrentOneSeals(t *testing.T) {
	older, newer := secret.New(), secret.New()
	v := newVisitorOf(t, session.Sealed(older), session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	both := newVisitorOf(t, session.Sealed(newer, older), session.Options{})
	both.cookies = v.cookies
	both.with(func(s *session.Session) { visits.Set(s, 1) })
	only := newVisitorOf(t, session.Sealed(newer), session.Options{})
	only.cookies = both.cookies
	only.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" {
			t.Error("an accepted key's cookie was not read, or not sealed with the current key")
		}
	})
	if !strings.Contains(both.log.String(), "accepted key") {
		t.Errorf("the log does not tell of the accepted key: %s", both.log)
	}
}

// A server with a longer Lifetime takes no longer what another sealed for a
// shorter one.
func TestASealedCookieExpiresWhenItsWriterSaid(t *testing.T) {
	key := secret.New()
	short := newVisitorOf(t, session.Sealed(key), session.Options{Lifetime: time.Hour})
	long := newVisitorOf(t, session.Sealed(key), session.Options{Lifetime: 24 * time.Hour})
	short.with(func(s *session.Session) { username.Set(s, "ada") })
	for age, want := range map[time.Duration]bool{time.Hour: true, time.Hour + time.Second: false} {
		long.cookies, long.refused, long.clock = short.cookies, nil, short.clock.Add(age)
		long.with(func(s *session.Session) {
			if s.IsNew() == want {
				t.Errorf("after %v the session is read: %v", age, !want)
			}
		})
		if !want && !errors.Is(errors.Join(long.refused...), session.ErrExpired) {
			t.Errorf("after %v refused with %v", age, long.refused)
		}
	}
}

func TestImpossibleKeysForSealedFailAtStart(t *testing.T) {
	key := secret.New()
	for what, b := range map[string]session.Backend{
		"zero": session.Sealed(secret.Key{}), "zero accepted": session.Sealed(key, secret.Key{}), "given twice": session.Sealed(key, key),
	} {
		if _, err := session.New(b, nil); err == nil || !strings.Contains(err.Error(), "session: Sealed: ") {
			t.Errorf("%s: the error is %v", what, err)
		}
	}
}

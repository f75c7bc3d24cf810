package flask_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func TestFlaskLine01_CookieHasFlasksAttributes(t *testing.T) {
	r := newSite(t).visit("", func(s *session.Session) { username.Set(s, "alice") })
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine01_LifetimeIs31Days(t *testing.T) {
	site := newSite(t)
	site.clock = now + 31*24*3600
	site.visit(alice, func(s *session.Session) {
		if name, _ := username.Get(s); name != "alice" {
			t.Errorf("after 31 days the session has %q", name)
		}
	})
}

func TestFlaskLine02_CookieThatIsNoSessionGivesAnEmptyOneAndStays(t *testing.T) {
	for _, c := range []struct {
		name   string
		cookie string
		reason error
	}{
		{"malformed", "abc", session.ErrMalformed},
		{"badly signed", alice[:len(alice)-1] + "l", session.ErrBadSignature},
		{"cut", alice[:len(alice)-2], session.ErrBadSignature},
		{"expired", token(`{"username":"alice"}`, now-31*24*3600-1), session.ErrExpired},
		{"from the future", token(`{"username":"alice"}`, now+1), session.ErrFromFuture},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := newSite(t)
			r := site.visit(c.cookie, func(s *session.Session) {
				if s.Len() != 0 || !s.IsNew() {
					t.Errorf("the session has %v", s.Keys())
				}
			})
			if r.StatusCode != http.StatusOK {
				t.Errorf("status %d", r.StatusCode)
			}
			wantCookie(t, r, "")
			wantVary(t, r, "Cookie")
			site.wantRefused(c.reason)
		})
	}
}

func TestFlaskLine02_MissingOrEmptyCookieGivesAnEmptySession(t *testing.T) {
	for _, header := range []string{"", "session=", "other=" + alice} {
		site := newSite(t)
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", header)
		site.serve(r, func(_ http.ResponseWriter, r *http.Request) {
			if s := session.From(r); s.Len() != 0 {
				t.Errorf("%q: the session has %v", header, s.Keys())
			}
		})
		if site.refused != nil || site.errors != nil {
			t.Errorf("%q: refused for %v, errors %v", header, site.refused, site.errors)
		}
	}
}

func TestFlaskLine03_AgeLimitHoldsForEverySession(t *testing.T) {
	const lifetime = 31 * 24 * 3600
	for _, payload := range []string{`{"username":"alice"}`, `{"_permanent":true,"username":"alice"}`} {
		for age, accepted := range map[int64]bool{0: true, lifetime: true, lifetime + 1: false, -1: false} {
			newSite(t).visit(token(payload, now-age), func(s *session.Session) {
				if s.Has("username") != accepted {
					t.Errorf("%s, %d seconds old: accepted is %v", payload, age, !accepted)
				}
			})
		}
	}
}

func TestFlaskLine03_ClockSkewIsAllowedWhereItIsAskedFor(t *testing.T) {
	site := newSite(t, func(o *session.Options) { o.ClockSkew = 2e9 })
	for age, accepted := range map[int64]bool{-2: true, -3: false} {
		site.visit(token(`{"username":"alice"}`, now-age), func(s *session.Session) {
			if s.Has("username") != accepted {
				t.Errorf("%d seconds old: accepted is %v", age, !accepted)
			}
		})
	}
}

func TestFlaskLine04_FirstOfTwoCookiesIsTheSession(t *testing.T) {
	bob := token(`{"username":"bob"}`, now)
	for _, c := range []struct{ header, want string }{
		{"session=" + alice + "; session=" + bob, "alice"},
		{"session=" + bob + "; other=1; session=" + alice, "bob"},
		{"session=forged; session=" + bob, ""},
		{"session=; session=" + bob, ""},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Cookie", c.header)
		newSite(t).serve(r, func(_ http.ResponseWriter, r *http.Request) {
			if got, _ := username.Get(session.From(r)); got != c.want {
				t.Errorf("%.20s...: %q, want %q", c.header, got, c.want)
			}
		})
	}
}

func TestFlaskLine05_PayloadThatIsNoObjectGivesAnEmptySession(t *testing.T) {
	for _, payload := range []string{`[1]`, `"x"`, `{" t":[1]}`, `{"a":1`, `{"a":1}}`, `nonsense`, "{\"a\":\"\xff\"}"} {
		site := newSite(t)
		r := site.visit(token(payload, now), func(s *session.Session) {
			if s.Len() != 0 {
				t.Errorf("%s: the session has %v", payload, s.Keys())
			}
		})
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", payload, r.StatusCode)
		}
		site.wantRefused(session.ErrBadPayload)
	}
}

// signedWith returns the cookie that a site with another key sends.
func signedWith(t *testing.T, key string) string {
	t.Helper()
	backend, err := flask.Cookies(key, nil)
	if err != nil {
		t.Fatal(err)
	}
	site := newSite(t)
	opts := flask.Defaults()
	opts.Clock = nil
	if site.sessions, err = session.New(backend, opts); err != nil {
		t.Fatal(err)
	}
	return cookieOf(t, site.visit("", func(s *session.Session) { username.Set(s, "alice") }))
}

const oldKey = "7c1e6a8d0b5f4c3ea1920f"

func newSiteWithFallback(t *testing.T) *site {
	return newSiteWithFallbacks(t, []string{oldKey}, func(o *session.Options) { o.Clock = nil })
}

func TestFlaskLine06_ReadingUnderAFallbackDoesNotSignAnew(t *testing.T) {
	r := newSiteWithFallback(t).visit(signedWith(t, oldKey), func(s *session.Session) {
		if name, _ := username.Get(s); name != "alice" {
			t.Errorf("the session has %q", name)
		}
	})
	wantCookie(t, r, "")
}

func TestFlaskLine07_SessionUnderAFallbackIsSignedAnewAtItsNextWrite(t *testing.T) {
	site := newSiteWithFallback(t)
	r := site.visit(signedWith(t, oldKey), func(s *session.Session) { s.Set("n", 1) })
	current := newSite(t, func(o *session.Options) { o.Clock = nil })
	current.visit(cookieOf(t, r), func(s *session.Session) {
		if name, _ := username.Get(s); name != "alice" {
			t.Error("the site that has the current key alone does not read it")
		}
	})
}

func TestFlaskLine25_WithoutAKeyNothingStarts(t *testing.T) {
	if _, err := flask.Cookies("", nil); err == nil || !strings.Contains(err.Error(), "SECRET_KEY") {
		t.Errorf("error %v", err)
	}
}

func TestValuesThatNobodyTouchedComeBackByteForByte(t *testing.T) {
	const untouched = `"a":NaN,"b":1208925819614629174706176,"c":1.0,"d":"\ud83d","e":{" d":"garbage"},"f":[ 1 , {"x" : 2}],"g":-Infinity`
	r := newSite(t).visit(token(`{`+untouched+`}`, now), func(s *session.Session) { s.Set("z", 1) })
	if got, want := payloadOf(t, r), `{`+untouched+`,"z":1}`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}

func TestKeyThatIsATagIsWrittenAsFlaskDoes(t *testing.T) {
	site := newSite(t)
	r := site.visit("", func(s *session.Session) { s.Set(" t", "not a tuple") })
	if got, want := payloadOf(t, r), `{" di":{" t__":"not a tuple"}}`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
	site.visit(cookieOf(t, r), func(s *session.Session) {
		if got := s.Value(" t"); got != "not a tuple" {
			t.Errorf("read back %#v", got)
		}
	})
}

func TestUnreadableValueIsMissingAndTheRestIsThere(t *testing.T) {
	site := newSite(t)
	r := site.visit(token(`{"bad":{" d":"garbage"},"username":"alice"}`, now), func(s *session.Session) {
		if v := s.Value("bad"); v != nil {
			t.Errorf("bad is %#v", v)
		}
		if name, _ := username.Get(s); name != "alice" {
			t.Errorf("username is %q", name)
		}
	})
	if r.StatusCode != http.StatusOK || errors.Join(site.errors...) != nil {
		t.Errorf("status %d, errors %v", r.StatusCode, site.errors)
	}
}

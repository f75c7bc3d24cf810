package session_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/migrate/scs"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// ofFlask is a Cookie header with a session of Flask's, called "session".
func ofFlask(t *testing.T) string {
	t.Helper()
	before := newVisitorOf(t, flaskCookies(t), session.Options{Cookie: session.Cookie{Name: "session"}})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	return before.cookies[0]
}

// set returns what a response does with each cookie: its value, or "deleted".
func set(res *http.Response) map[string]string {
	all := make(map[string]string)
	for _, c := range res.Cookies() {
		all[c.Name] = c.Value
		if c.MaxAge < 0 {
			all[c.Name] = "deleted"
		}
	}
	return all
}

func former(t *testing.T, o session.Options) *visitor {
	t.Helper()
	o.FormerCookies = []session.Cookie{{Name: "older"}, {Name: "session"}}
	return newVisitorOf(t, session.Migrate(session.Sealed(secret.New()), flaskCookies(t)), o)
}

func TestASessionMovesFromAFormerCookie(t *testing.T) {
	v := former(t, session.Options{})
	old := ofFlask(t)
	v.cookies = []string{old}
	res := v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" || s.IsNew() {
			t.Errorf("username is %q", name)
		}
	})
	if len(set(res)) != 0 {
		t.Errorf("reading set %v", set(res))
	}
	v.cookies = []string{old}
	got := set(v.with(func(s *session.Session) { visits.Set(s, 1) }))
	if len(got) != 2 || got["session"] != "deleted" || len(got["__Host-session"]) < 40 {
		t.Fatalf("writing set %v", got)
	}
	v.cookies = []string{old, "__Host-session=" + got["__Host-session"]}
	got = set(v.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 1 {
			t.Errorf("visits is %d", n)
		}
		visits.Set(s, 2)
	}))
	if got["session"] != "deleted" {
		t.Errorf("an old cookie that is still there: set %v", got)
	}
}

func TestTokensOfOurOwnMoveFromAFormerCookie(t *testing.T) {
	key := secret.New()
	for name, backend := range map[string]session.Backend{
		"signed": session.Signed(key), "sealed": session.Sealed(key), "overflow": session.Overflow(session.Signed(key), memstore.New(nil)),
	} {
		before := newVisitorOf(t, backend, session.Options{Cookie: session.Cookie{Name: "older", Domain: "example.com"}})
		before.with(func(s *session.Session) { username.Set(s, "ada") })
		v := newVisitorOf(t, backend, session.Options{FormerCookies: []session.Cookie{{Name: "older", Domain: "example.com"}}})
		v.cookies = before.cookies
		res := v.with(func(s *session.Session) {
			if got, _ := username.Get(s); got != "ada" {
				t.Errorf("%s: username is %q", name, got)
			}
			visits.Set(s, 1)
		})
		if got := set(res); got["older"] != "deleted" || got["__Host-session"] == "" {
			t.Errorf("%s: set %v", name, got)
		}
		for _, c := range res.Cookies() {
			if c.Name == "older" && c.Domain != "example.com" {
				t.Errorf("%s: the cookie deleted is %v, which is another than the browser has", name, c)
			}
		}
		// The name is no longer any name: a token is good in the cookies that are listed alone.
		v.cookies = []string{strings.Replace(before.cookies[0], "older=", "oldest=", 1)}
		v.with(func(s *session.Session) {
			if !s.IsNew() {
				t.Errorf("%s: taken under a name that is not listed", name)
			}
		})
	}
}

func TestAStoreOutOfReachIsNoEmptySessionForAFormerCookie(t *testing.T) {
	f := &fakeStore{}
	before := newVisitorOf(t, session.Stored(f), session.Options{Cookie: session.Cookie{Name: "older"}})
	before.with(func(s *session.Session) { username.Set(s, "ada") })
	v := newVisitorOf(t, session.Stored(f), session.Options{FormerCookies: []session.Cookie{{Name: "older"}}})
	v.cookies = before.cookies
	f.before = func(string) error { return errDown }
	if res := v.with(func(s *session.Session) { s.Len() }); res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("answered %d", res.StatusCode)
	}
}

func TestReissueOnReadMovesASessionFromAFormerCookie(t *testing.T) {
	v := former(t, session.Options{ReissueOnRead: true})
	v.cookies = []string{ofFlask(t)}
	if got := set(v.with(func(s *session.Session) { username.Get(s) })); got["session"] != "deleted" || got["__Host-session"] == "" {
		t.Errorf("set %v", got)
	}
}

func TestDestroyDeletesFormerCookiesToo(t *testing.T) {
	v := former(t, session.Options{})
	v.cookies = []string{ofFlask(t)}
	if got := set(v.with((*session.Session).Destroy)); got["session"] != "deleted" || got["__Host-session"] != "deleted" {
		t.Errorf("set %v", got)
	}
}

func TestDestroyDeletesFormerCookiesThatThisPathDoesNotGet(t *testing.T) {
	v := former(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	if got := set(v.with((*session.Session).Destroy)); got["session"] != "deleted" || got["older"] != "deleted" || got["__Host-session"] != "deleted" {
		t.Errorf("set %v", got)
	}
}

func TestAFormerCookieDoesNotStandInForARefusedOne(t *testing.T) {
	v := former(t, session.Options{})
	v.cookies = []string{ofFlask(t), "__Host-session=forged"}
	v.with(func(s *session.Session) {
		if !s.IsNew() {
			t.Error("it was taken")
		}
	})
}

func TestAFormerCookieNeedsANameOfItsOwn(t *testing.T) {
	for _, name := range []string{"", "__Host-session", "a b"} {
		_, err := session.New(session.Signed(secret.New()), &session.Options{FormerCookies: []session.Cookie{{Name: name}}})
		if err == nil || !strings.Contains(err.Error(), "Name") && !strings.Contains(err.Error(), "FormerCookies") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// records is a store as scs has them.
type records map[string][]byte

func (r records) Find(token string) ([]byte, bool, error) { return r[token], r[token] != nil, nil }

func (r records) Delete(token string) error {
	delete(r, token)
	return nil
}

func TestASessionThatKeepsItsIDGetsTheNewCookie(t *testing.T) {
	const token = "F35LDwpFEsxZnvTxUVCqLrwQ7fXBNE3h2Rk6xgsJK0w"
	old := records{token: []byte("x")}
	read := &scs.Options{Decode: func([]byte) (time.Time, map[string]any, error) {
		return time.Time{}, map[string]any{"username": "ada"}, nil
	}}
	v := newVisitorOf(t, session.Migrate(session.Stored(memstore.New(nil)), scs.Records(old, read)), session.Options{
		FormerCookies: []session.Cookie{{Name: "session"}},
	})
	v.cookies = []string{"session=" + token}
	got := set(v.with(func(s *session.Session) {
		if name, _ := username.Get(s); name != "ada" {
			t.Errorf("username is %q", name)
		}
		visits.Set(s, 1)
	}))
	if got["session"] != "deleted" || got["__Host-session"] != token || len(old) != 0 {
		t.Errorf("set %v", got)
	}
}

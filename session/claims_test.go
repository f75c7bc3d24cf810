package session_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// What doc comments say, tried.

// Cookie.Domain: "An IP address, and a name without a dot such as localhost, are errors".
func TestCookieDomain_WithoutSubdomainsIsAnError(t *testing.T) {
	for domain, bad := range map[string]bool{
		"127.0.0.1": true, "127.0.0.1:8080": true, "localhost": true, ".localhost": true, "localhost.": true, "com": true, "[::1]": true, "::1": true,
		"example.com": false, ".example.com": false, "example.com.": false, "example.com:8080": false, "app.localhost": false,
	} {
		m, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: "s", Domain: domain}})
		if bad {
			if err == nil {
				t.Errorf("%q is taken", domain)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", domain, err)
			continue
		}
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") })).
			ServeHTTP(w, httptest.NewRequest("GET", "https://app."+strings.Trim(domain, "."), nil))
		if want := "Domain=" + strings.Trim(strings.TrimSuffix(domain, ":8080"), ".") + ";"; !strings.Contains(w.Header().Get("Set-Cookie"), want) {
			t.Errorf("%q: Set-Cookie is %q, want one with %q", domain, w.Header().Get("Set-Cookie"), want)
		}
	}
}

// Options.RefreshEachRequest: "with each response", and of a session in a store "only once a tenth of
// Lifetime has passed"; either way it expires Lifetime after the last request, to within a tenth.
func TestRefreshEachRequest_SendsTheCookieAsOftenAsItSays(t *testing.T) {
	const requests, lifetime = 25, 100 * time.Minute // a minute apart
	for name, want := range map[string]int{"signed": requests, "stored": 2} {
		backend := session.Signed(secret.New())
		f := new(fakeStore)
		if name == "stored" {
			backend = session.Stored(f)
		}
		v := newVisitorOf(t, backend, session.Options{RefreshEachRequest: true, Lifetime: lifetime, Permanent: true})
		f.now = func() time.Time { return v.clock }
		v.with(func(s *session.Session) { s.SignIn("42") })
		sent := 0
		for range requests {
			v.clock = v.clock.Add(time.Minute)
			sent += len(v.with(func(*session.Session) {}).Cookies())
		}
		if sent != want {
			t.Errorf("%s: %d requests in %d minutes sent %d cookies, want %d", name, requests, requests, sent, want)
		}
		v.clock = v.clock.Add(lifetime - lifetime/10)
		if v.with(func(s *session.Session) {
			if s.Owner() != "42" {
				t.Errorf("%s: nine tenths of Lifetime after the last request, the session has ended", name)
			}
		}); t.Failed() {
			return
		}
		res := v.do(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
			w.Header().Set("Cache-Control", "public, max-age=60")
		})
		if len(res.Cookies()) > 0 {
			t.Errorf("%s: a response for shared caches has %q", name, res.Cookies())
		}
	}
}

// Session.Destroy: "Flash messages are removed too. Those that were read before are still what
// Session.Flashes returns in this request, and in no other, also if its response shows none."
func TestDestroy_TakesFlashesThatWereReadBefore(t *testing.T) {
	for name, backend := range everyBackend() {
		for _, method := range []string{"GET", "HEAD"} {
			v := newVisitorOf(t, backend, session.Options{})
			v.clock = time.Now()
			v.with(func(s *session.Session) { username.Set(s, "ada"); s.Flash("hello") })
			v.method(method, func(w http.ResponseWriter, r *http.Request, s *session.Session) {
				wantFlashes(t, s, "message:hello")
				s.Destroy()
				wantFlashes(t, s, "message:hello")
				http.Redirect(w, r, "/", http.StatusSeeOther)
			})
			v.with(func(s *session.Session) {
				if got := s.Flashes(); !s.IsNew() || len(got) != 0 {
					t.Errorf("%s: after a %s the session has %q, and %v", name, method, s.Keys(), got)
				}
			})
		}
	}
}

// Session.Set: "To set the value that is there already counts as a change."
func TestSet_OfTheValueThatIsThereIsAChange(t *testing.T) {
	for name, backend := range everyBackend() {
		v := newVisitorOf(t, backend, session.Options{Lifetime: time.Hour, Permanent: true})
		v.clock = time.Now()
		set := func(s *session.Session) { username.Set(s, "ada") }
		v.with(set)
		v.clock = v.clock.Add(40 * time.Minute)
		if res := v.with(set); len(res.Cookies()) != 1 {
			t.Errorf("%s: it set %q", name, res.Cookies())
		}
		v.clock = v.clock.Add(40 * time.Minute)
		v.with(func(s *session.Session) {
			if got, _ := username.Get(s); got != "ada" {
				t.Errorf("%s: 40 minutes after it the session, of an hour, has ended", name)
			}
		})
	}
}

// Cookie.Path: "elsewhere browsers do not send the cookie, and changes have no effect". A flash on "/"
// is kept nowhere, replaces no session of the path, and that is said once.
func TestCookiePath_OutsideItNothingIsReplaced(t *testing.T) {
	for name, backend := range everyBackend() {
		v := newVisitorOf(t, backend, session.Options{Cookie: session.Cookie{Name: "admin", Path: "/admin"}})
		v.clock = time.Now()
		visit := func(path string, f func(s *session.Session)) *httptest.ResponseRecorder {
			r, w := httptest.NewRequest("GET", "https://example.com"+path, nil), httptest.NewRecorder()
			if strings.HasPrefix(path, "/admin") { // as browsers do
				r.Header["Cookie"] = v.cookies
			}
			v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).ServeHTTP(w, r)
			for _, c := range w.Result().Cookies() {
				v.cookies = []string{c.Name + "=" + c.Value}
			}
			return w
		}
		visit("/admin/", func(s *session.Session) { s.SignIn("root") })
		for range 3 {
			w := visit("/", func(s *session.Session) { s.Flash("hello"); s.Set("name", "ada") })
			if w.Code != http.StatusOK || w.Header()["Set-Cookie"] != nil {
				t.Errorf("%s: outside the path the answer is %d with %q", name, w.Code, w.Header()["Set-Cookie"])
			}
		}
		visit("/admin/", func(s *session.Session) {
			if s.Owner() != "root" || s.Has("name") {
				t.Errorf("%s: the owner is %q, the session has %q", name, s.Owner(), s.Keys())
			}
			if got := s.Flashes(); len(got) != 0 {
				t.Errorf("%s: there are %v", name, got)
			}
		})
		if n := strings.Count(v.log.String(), "path=/admin"); n != 1 {
			t.Errorf("%s: it is said %d times: %s", name, n, v.log)
		}
	}
}

// A page that a recoverer writes after a panic varies by the cookie that the handler has read.
func TestVary_OfTheErrorPageAfterAPanic(t *testing.T) {
	v := newVisitor(t, session.Options{})
	w := httptest.NewRecorder()
	func() {
		defer func() {
			_ = recover()
			http.Error(w, "sorry", http.StatusInternalServerError)
		}()
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			username.Get(session.From(r))
			panic("a bug")
		})).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	}()
	if got := w.Header()["Vary"]; len(got) != 1 || got[0] != "Cookie" {
		t.Errorf("Vary is %q", got)
	}
}

package main

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// site is where the tests' browsers are.
var site = &url.URL{Scheme: "https", Host: "app.test", Path: "/"}

// browser visits the program without a network, so that synctest can give it
// its time.
type browser struct {
	t       *testing.T
	program http.Handler
	jar     http.CookieJar
	header  http.Header
}

// eachBackend runs a test with the session in its cookie and in a store. The test has a time of its
// own.
func eachBackend(t *testing.T, test func(t *testing.T, open func() *browser, users *users)) {
	t.Helper()
	for name, backend := range map[string]func() session.Backend{
		"signed": func() session.Backend { return session.Signed(secret.New()) },
		"stored": func() session.Backend { return session.Stored(memstore.New(nil)) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				open, users := newApp(t, backend())
				test(t, open, users)
			})
		})
	}
}

// newApp returns what opens browsers.
func newApp(t *testing.T, backend session.Backend) (func() *browser, *users) {
	t.Helper()
	users, err := newUsers(1) // iterations: tests guess no passwords
	if err != nil {
		t.Fatal(err)
	}
	program, err := newProgram(backend, users)
	if err != nil {
		t.Fatal(err)
	}
	return func() *browser { return newBrowser(t, program) }, users
}

func newBrowser(t *testing.T, program http.Handler) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, program, jar, http.Header{"Sec-Fetch-Site": {"same-origin"}}}
}

// do sends a request and keeps the cookies of its response. Redirects are not
// followed.
func (b *browser) do(method, path string, pairs ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, "https://app.test"+path, strings.NewReader(form.Encode()))
	r.Header = b.header.Clone()
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range b.jar.Cookies(site) {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	b.program.ServeHTTP(w, r)
	b.jar.SetCookies(site, w.Result().Cookies())
	return w
}

func (b *browser) signIn(name, password string, pairs ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.do("POST", "/login", append(pairs, "name", name, "password", password)...)
}

// reads fails unless a page has a text as often as n says.
func (b *browser) reads(path, text string, n int) {
	b.t.Helper()
	if page := b.do("GET", path).Body.String(); strings.Count(page, text) != n {
		b.t.Errorf("%s should have %q %d times:\n%s", path, text, n, page)
	}
}

// isSignedIn reports whether the start page greets name.
func (b *browser) isSignedIn(name string) bool {
	b.t.Helper()
	return strings.Contains(b.do("GET", "/").Body.String(), "Hello, "+name+".")
}

// cookie is the session cookie that the browser has, or "".
func (b *browser) cookie() string {
	for _, c := range b.jar.Cookies(site) {
		if c.Name == session.DefaultCookieName {
			return c.Value
		}
	}
	return ""
}

// plant gives the browser somebody else's cookie.
func (b *browser) plant(value string) {
	b.jar.SetCookies(site, []*http.Cookie{{Name: session.DefaultCookieName, Value: value, Path: "/", Secure: true}}) // #nosec G124 -- a test's jar
}

// answers holds a response to a status.
func answers(t *testing.T, w *httptest.ResponseRecorder, status int) {
	t.Helper()
	if w.Code != status {
		t.Errorf("it answers %d, want %d", w.Code, status)
	}
}

// leadsTo holds a response to a redirect.
func leadsTo(t *testing.T, w *httptest.ResponseRecorder, location string) {
	t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != location {
		t.Errorf("it answers %d and leads to %q, want 303 and %q", w.Code, got, location)
	}
}

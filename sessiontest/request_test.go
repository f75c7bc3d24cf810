package sessiontest_test

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

func TestARequestsOtherCookiesStay(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: "other", Value: "1"})
	for _, name := range []string{"ada", "bob"} {
		if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, name); return nil }); err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if _, err := r.Cookie("other"); err != nil || w.Body.String() != "hello "+name || len(r.Cookies()) != 2 {
			t.Errorf("the page is %q, the cookies %q", w.Body, r.Header["Cookie"])
		}
	}
	before := r.Header.Get("Cookie")
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { s.Clear(); return errors.New("no") }); err == nil || r.Header.Get("Cookie") != before {
		t.Errorf("a block that failed changed the request (%v)", err)
	}
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { s.Clear(); return nil }); err != nil || r.Header.Get("Cookie") != "other=1" {
		t.Errorf("a deleted session leaves %q (%v)", r.Header.Get("Cookie"), err)
	}
}

func TestAResponseWithoutASessionGivesANewOne(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/logout", nil)
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/", "/logout"} {
		r.URL.Path = path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if s, err := sessiontest.ReadResponse(m, w.Result()); err != nil || !s.IsNew() {
			t.Errorf("%s: the response gives a session (%v)", path, err)
		}
	}
}

func TestAResponseThatLeavesTheSessionAloneHasTheRequests(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/", nil)
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{"/": "ada", "/logout": ""} {
		r.URL.Path = path
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		res := w.Result()
		res.Request = r
		s, err := sessiontest.ReadResponse(m, res)
		if err != nil {
			t.Fatal(err)
		}
		if name, _ := username.Get(s); name != want {
			t.Errorf("%s: the session has %q, want %q", path, name, want)
		}
	}
}

func TestARequestWithoutHeadersCanBeEdited(t *testing.T) {
	m, h := program()
	r := httptest.NewRequest("GET", "/", nil)
	r.Header = nil
	if err := sessiontest.EditRequest(m, r, func(s *session.Session) error { username.Set(s, "ada"); return nil }); err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Body.String() != "hello ada" {
		t.Errorf("the page is %q", w.Body)
	}
}

func TestFlaskLine37_TheLastResponseOfARedirectHasTheSession(t *testing.T) {
	m, client, url := serve(t)
	res, err := client.Get(url + "/login") // whose last response sets no cookie
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	s, err := sessiontest.ReadResponse(m, res)
	if err != nil {
		t.Fatal(err)
	}
	if name, _ := username.Get(s); name != "ada" || len(s.Flashes()) != 1 {
		t.Errorf("the session has %q", name)
	}
}

func TestACookieForABrowserHasTheSession(t *testing.T) {
	var logged strings.Builder
	m, err := session.New(session.Signed(secret.New()), &session.Options{
		Cookie: session.Cookie{Name: "__Secure-session", Domain: "app.example"},
		Logger: slog.New(slog.NewTextHandler(&logged, nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	cookie, err := sessiontest.Cookie(m, "https://www.app.example/start", func(s *session.Session) error { username.Set(s, "ada"); return nil })
	if err != nil {
		t.Fatal(err)
	}
	if cookie.Domain != "app.example" || !cookie.Secure || !cookie.HttpOnly || logged.Len() > 0 {
		t.Errorf("the cookie is %v, and it logs %s", cookie, &logged)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookie)
	w := httptest.NewRecorder()
	if programOf(m).ServeHTTP(w, r); w.Body.String() != "hello ada" {
		t.Errorf("the page is %q", w.Body)
	}
}

func TestACookieForABrowserThatCannotBeMadeIsAnError(t *testing.T) {
	m, _ := program()
	failed := errors.New("no")
	for about, c := range map[string]struct {
		url  string
		edit func(s *session.Session) error
		want string
	}{
		"no address":  {"app.example", func(*session.Session) error { return nil }, "a scheme and a host"},
		"empty":       {"https://app.example", func(*session.Session) error { return nil }, "left empty"},
		"its own":     {"https://app.example", func(s *session.Session) error { username.Set(s, "ada"); return failed }, "no"},
		"cannot keep": {"https://app.example", func(s *session.Session) error { s.Set("x", make(chan int)); return nil }, "cannot be kept"},
	} {
		if cookie, err := sessiontest.Cookie(m, c.url, c.edit); cookie != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: it gives %v and %v", about, cookie, err)
		}
	}
}

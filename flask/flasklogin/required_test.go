package flasklogin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestRequired_SendsOthersToTheLoginPage(t *testing.T) {
	l := newLogins(t, nil)
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, c := range []struct {
		handler              http.Handler
		method, owner, to    string
		fresh                bool
		status               int
		message, destination string
	}{
		{Required("/login", page), "GET", "", "/a?b=c%20d", false, 303, "Please log in to access this page.", "/login?next=%2Fa%3Fb%3Dc%2520d"},
		{Required("/login?x=y", page), "GET", "", "/", false, 303, "Please log in to access this page.", "/login?x=y&next=%2F"},
		{Required("/login", page), "POST", "", "/", false, 303, "Please log in to access this page.", "/login"},
		{Required("/login", page), "OPTIONS", "", "/", false, 418, "", ""},
		{Required("/login", page), "GET", "ada", "/", false, 418, "", ""},
		{FreshRequired("/login", page), "GET", "", "/", false, 303, "Please log in to access this page.", "/login?next=%2F"},
		{FreshRequired("/login", page), "GET", "ada", "/", false, 303, "Please reauthenticate to access this page.", "/login?next=%2F"},
		{FreshRequired("/login", page), "GET", "ada", "/", true, 418, "", ""},
	} {
		r := httptest.NewRequest(c.method, c.to, nil)
		w := httptest.NewRecorder()
		message := ""
		managerOf(t, l).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			if c.owner != "" {
				s.SignIn(c.owner)
				s.Set(freshKey, c.fresh)
			}
			c.handler.ServeHTTP(w, r)
			for _, m := range s.Flashes() {
				message += m.Text
			}
		})).ServeHTTP(w, r)
		if w.Code != c.status || w.Header().Get("Location") != c.destination || message != c.message {
			t.Errorf("%+v: %d to %q, flashed %q", c, w.Code, w.Header().Get("Location"), message)
		}
	}
}

func TestNext_StaysOnTheSite(t *testing.T) {
	for next, want := range map[string]string{
		"/a?b=c": "/a?b=c", "/": "/",
		"": "home", "a": "home", "//evil.example": "home", "/\\evil.example": "home", "\\\\evil.example": "home",
		"https://evil.example/": "home", "https:evil.example": "home", "javascript:alert(1)": "home", "/\t/evil.example": "home",
		"///evil.example": "home", "/%zz": "home",
	} {
		r := httptest.NewRequest("GET", "/login?next="+url.QueryEscape(next), nil)
		if got := Next(r, "home"); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

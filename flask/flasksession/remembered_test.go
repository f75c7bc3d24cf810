package flasksession_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flasksession"
	"github.com/wafer-go/wafer/session"
)

// A remember cookie signs its user in under a new ID: the old one may be an attacker's choice. Two
// requests at once, which a browser sends when it is opened again, both find the user.
func TestSave_OfARememberedUser(t *testing.T) {
	logins, err := flasklogin.New("7547e17db73cc304343671d9453450b426fb1f675a12f1a9", nil)
	if err != nil {
		t.Fatal(err)
	}
	p := newProgram(t, &flasksession.Options{Serialization: flasksession.JSON})
	backend, err := flasksession.New(p.records, &flasksession.Options{Serialization: flasksession.JSON})
	if err != nil {
		t.Fatal(err)
	}
	opts := flasksession.Defaults()
	opts.Login, opts.Logger = logins, slog.New(slog.DiscardHandler)
	sessions, err := session.New(backend, opts)
	if err != nil {
		t.Fatal(err)
	}
	// visit returns the session cookie that the response sets.
	visit := func(cookie string, handler func(s *session.Session)) string {
		t.Helper()
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Cookie", cookie)
		w := httptest.NewRecorder()
		sessions.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) })).ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Errorf("%s is answered %d: %s", cookie, w.Code, w.Body)
		}
		for _, c := range w.Result().Cookies() {
			if c.Name == "session" {
				return "session=" + c.Value
			}
		}
		return ""
	}
	is := func(owner string) func(s *session.Session) {
		return func(s *session.Session) {
			if s.Owner() != owner {
				t.Errorf("%q is signed in, not %q", s.Owner(), owner)
			}
		}
	}

	planted := visit("", func(s *session.Session) { s.Set("theme", "dark") })
	remembered := planted + "; remember_token=" + logins.Token("ada")
	var first string
	second := visit(remembered, func(s *session.Session) {
		is("ada")(s)
		first = visit(remembered, is("ada"))
	})
	for _, cookie := range []string{first, second} {
		if cookie == "" || cookie == planted {
			t.Errorf("a remembered user got the cookie %q", cookie)
		}
		visit(cookie, is("ada"))
	}
	visit(planted, is(""))
}

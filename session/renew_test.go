package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// An ID that an attacker planted before a sign-in is worth nothing after it, in whatever order the
// program empties the session and renews it (OWASP ASVS 7.2.4).
func TestRenew_OfAnEmptiedSessionGivesItANewID(t *testing.T) {
	logins := map[string]func(s *session.Session){
		"cleared":         func(s *session.Session) { s.Clear(); s.Renew() },
		"deleted":         func(s *session.Session) { s.Delete("a"); s.Renew() },
		"saved before":    func(s *session.Session) { _ = s.Save(context.Background()); s.Clear(); s.Renew() },
		"renewed first":   func(s *session.Session) { s.Renew(); s.Clear() },
		"renewed between": func(s *session.Session) { s.Clear(); s.Set("b", 1); s.Delete("b"); s.Renew() },
		"saved empty":     func(s *session.Session) { s.Delete("a"); _ = s.Save(context.Background()); s.Renew() },
	}
	for name, prepare := range logins {
		for backend, b := range map[string]session.Backend{
			"stored":   session.Stored(memstore.New(nil)),
			"overflow": session.Overflow(session.Signed(secret.New()), memstore.New(nil)),
			"moved":    session.Migrate(session.Stored(memstore.New(nil)), session.Stored(memstore.New(nil))),
		} {
			t.Run(backend+"/"+name, func(t *testing.T) {
				m, err := session.New(b, nil)
				if err != nil {
					t.Fatal(err)
				}
				visit := func(cookie *http.Cookie, f func(s *session.Session)) *http.Cookie {
					r := httptest.NewRequest("GET", "https://example.com/", nil)
					if cookie != nil {
						r.AddCookie(cookie)
					}
					w := httptest.NewRecorder()
					m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).ServeHTTP(w, r)
					if cookies := w.Result().Cookies(); len(cookies) > 0 {
						return cookies[0]
					}
					return cookie
				}
				planted := visit(nil, func(s *session.Session) {
					s.Set("a", 1)
					s.SetOwner("mallory") // so that overflow has a record too
				})
				planted = visit(planted, func(s *session.Session) { s.SetOwner("") })
				visit(planted, func(s *session.Session) {
					prepare(s)
					s.SetOwner("ada")
				})
				visit(planted, func(s *session.Session) {
					if s.Owner() != "" {
						t.Errorf("who planted the session's ID is signed in as %q", s.Owner())
					}
				})
			})
		}
	}
}

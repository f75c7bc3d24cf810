package session_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// client is an API's client, which keeps the token that responses bring.
type client struct {
	t      *testing.T
	m      *session.Manager
	token  string
	events []session.Event
}

func newClient(t *testing.T, b session.Backend) *client {
	t.Helper()
	c := &client{t: t}
	m, err := session.New(b, &session.Options{TokenHeader: "session-token", Observe: func(_ context.Context, e session.Event) { c.events = append(c.events, e) }})
	if err != nil {
		t.Fatal(err)
	}
	c.m = m
	return c
}

// do sends a request with headers beside the token's, and keeps what the response brings.
func (c *client) do(f func(s *session.Session), headers ...string) *http.Response {
	c.t.Helper()
	r, w := httptest.NewRequest("POST", "http://api.example.com/", nil), httptest.NewRecorder()
	if c.token != "" {
		r.Header.Set("Session-Token", c.token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	c.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).ServeHTTP(w, r)
	res := w.Result()
	if len(res.Cookies()) > 0 {
		c.t.Errorf("a cookie is set: %q", res.Header["Set-Cookie"])
	}
	if values, ok := res.Header["Session-Token"]; ok {
		if len(values) != 1 || res.Header.Get("Cache-Control") != "no-store" {
			c.t.Errorf("the response has the tokens %q, and Cache-Control %q", values, res.Header.Get("Cache-Control"))
		}
		c.token = values[0]
	}
	return res
}

func TestTokenHeader_CarriesTheSessionInPlaceOfTheCookie(t *testing.T) {
	key := secret.New()
	for name, b := range map[string]session.Backend{
		"signed": session.Signed(key), "sealed": session.Sealed(key), "stored": session.Stored(memstore.New(nil)),
		"overflow": session.Overflow(session.Signed(key), memstore.New(nil)), "moved": session.Migrate(session.Stored(memstore.New(nil)), session.Signed(key)),
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, b)
			res := c.do(func(s *session.Session) { s.SignIn("42"); s.Flash("hello") })
			if c.token == "" || res.Header.Get("Vary") != "Session-Token" {
				t.Fatalf("the sign-in brings the token %q, and Vary %q", c.token, res.Header.Get("Vary"))
			}
			before := c.token
			c.do(func(s *session.Session) {
				if s.Owner() != "42" || len(s.Flashes()) != 1 {
					t.Errorf("the next request is of %q", s.Owner())
				}
				s.Renew()
			})
			if c.token == before {
				t.Error("Renew brings no new token")
			}
			c.do(func(s *session.Session) { s.SignOut() })
			if c.token != "" {
				t.Errorf("the sign-out leaves the token %q", c.token)
			}
			c.do(func(s *session.Session) {
				if s.Owner() != "" {
					t.Error("signed in after the sign-out")
				}
			})
			for _, e := range c.events {
				if e.Kind == session.EventWarned {
					t.Errorf("warned of %s", e.Name)
				}
			}
		})
	}
}

// A manager believes its header or its cookie, and never the other, whatever a request brings.
func TestTokenHeader_IsNeverBelievedBesideACookie(t *testing.T) {
	backend := session.Signed(secret.New())
	c := newClient(t, backend)
	c.do(func(s *session.Session) { s.SignIn("42") })
	token := c.token

	c.token = ""
	c.do(func(s *session.Session) {
		if s.Owner() != "" {
			t.Error("a manager with a TokenHeader believes a cookie")
		}
	}, "Cookie", "__Host-session="+token)

	m, err := session.New(backend, nil)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header.Set("Session-Token", token)
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if session.From(r).Owner() != "" {
			t.Error("a manager without a TokenHeader believes the header")
		}
	})).ServeHTTP(httptest.NewRecorder(), r)

	c.token = token
	other := newClient(t, backend)
	other.do(func(s *session.Session) { s.SignIn("7") })
	c.do(func(s *session.Session) {
		if s.Owner() != "" {
			t.Errorf("of two tokens that of %q is believed", s.Owner())
		}
	}, "Session-Token", other.token)
	if !slices.ContainsFunc(c.events, func(e session.Event) bool { return session.Reason(e.Err) == "duplicate_cookie" }) {
		t.Error("two tokens are refused without a reason")
	}
}

func TestTokenHeader_ThatCannotWorkIsAnErrorInNew(t *testing.T) {
	for _, o := range []session.Options{
		{TokenHeader: "Session Token"},
		{TokenHeader: "a\r\nSet-Cookie: b"},
		{TokenHeader: "Authorization"},
		{TokenHeader: "cookie"},
		{TokenHeader: "set-cookie"},
		{TokenHeader: "Content-Type"},
		{TokenHeader: "Sec-Fetch-Site"},
		{TokenHeader: "Location"},
		{TokenHeader: "Session-Token", Cookie: session.Cookie{Domain: "example.com"}},
		{TokenHeader: "Session-Token", Cookie: session.Cookie{Insecure: true}},
		{TokenHeader: "Session-Token", FormerCookies: []session.Cookie{{Name: "old"}}},
	} {
		if _, err := session.New(session.Signed(secret.New()), &o); err == nil || !strings.Contains(err.Error(), "Options.TokenHeader") {
			t.Errorf("New with %q and %+v says %v", o.TokenHeader, o.Cookie, err)
		}
	}
}

func TestTokenHeader_SharesTheOwnersOfAStore(t *testing.T) {
	st := memstore.New(nil)
	pages, err := session.New(session.Stored(st), nil)
	if err != nil {
		t.Fatal(err)
	}
	api, err := session.New(session.Stored(st), &session.Options{TokenHeader: "Session-Token", Cookie: session.Cookie{Name: "api"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []*session.Manager{pages, api} {
		h := m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("42") }))
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("POST", "https://example.com/", nil))
	}
	if n, err := pages.SignOutEverywhere(t.Context(), "42"); n != 2 || err != nil {
		t.Errorf("SignOutEverywhere of one manager ends %d sessions, %v; want 2", n, err)
	}
}

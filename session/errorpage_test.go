package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// acting are headers that act on whatever page they come with.
var acting = []string{
	"X-Accel-Redirect", "X-Accel-Buffering", "X-Sendfile", "X-Lighttpd-Send-File", "X-Reproxy-Url", "Location", "Refresh", "Clear-Site-Data",
	"Hx-Redirect", "Hx-Trigger", "Link", "Set-Cookie", "Cache-Control", "Etag", "Content-Encoding", "Content-Disposition", "Alt-Svc", "X-Next-Year",
}

// The error page of each failure has no header that acts, of those that the handler set, and varies
// by the cookie.
func TestErrorPage_HasNoHeaderThatActs(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		first  func(s *session.Session) // the request before
		beside func(v *visitor)         // another request, meanwhile
		use    func(s *session.Session) // what fails
		down   bool                     // the store fails
		opts   session.Options
	}{
		"load":      {status: 503, down: true, use: func(s *session.Session) { s.Has("x") }},
		"untouched": {status: 503, down: true, use: func(*session.Session) {}, opts: session.Options{IdleTimeout: time.Hour}},
		"value":     {status: 500, use: func(s *session.Session) { s.Set("x", func() {}) }},
		"ended":     {status: 409, beside: func(v *visitor) { v.with((*session.Session).Destroy) }, use: func(s *session.Session) { s.Set("x", 1) }},
		"overtaken": {status: 409, beside: func(v *visitor) { v.with(func(s *session.Session) { username.Pop(s) }) }, use: func(s *session.Session) { username.Pop(s) }},
		"validate":  {status: 503, use: func(s *session.Session) { s.Has("x") }, opts: session.Options{Validate: func(context.Context, *session.Session) error { return errors.New("no database") }}},
		"panic":     {status: 500, use: func(s *session.Session) { s.Set("x", 1); panic("boom") }},
	} {
		t.Run(name, func(t *testing.T) {
			down := false
			st := &fullStore{fakeStore{before: func(string) error {
				if down {
					return errors.New("out of reach")
				}
				return nil
			}}}
			v := newVisitorOf(t, session.Stored(st), session.Options{})
			v.clock = time.Now()
			v.with(func(s *session.Session) { username.Set(s, "ada") })
			m := quiet(t, session.Stored(st), tt.opts)
			r, w := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
			r.Header["Cookie"] = v.cookies
			down = tt.down
			recoverer(m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				for _, h := range acting {
					w.Header().Set(h, "/secret")
				}
				w.Header().Set("X-Frame-Options", "DENY")
				s := session.From(r)
				if tt.beside != nil {
					s.Has("x")
					own := *v
					tt.beside(&own)
				}
				tt.use(s)
			}))).ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("the status is %d, want %d", w.Code, tt.status)
			}
			for _, h := range acting {
				if slices.Contains(w.Header()[h], "/secret") {
					t.Errorf("the page has %s: %q", h, w.Header()[h])
				}
			}
			if w.Header().Get("Vary") != "Cookie" || name != "panic" && w.Header().Get("X-Frame-Options") != "DENY" {
				t.Errorf("the page has %v", w.Header())
			}
		})
	}
}

func recoverer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				http.Error(w, "sorry", http.StatusInternalServerError)
			}
		}()
		next.ServeHTTP(w, r)
	})
}

// A page that failed after Save had saved a new session takes its cookie along, which no cache may
// keep.
func TestErrorPage_WithACookieIsNotCached(t *testing.T) {
	m := quiet(t, session.Stored(memstore.New(nil)), session.Options{})
	w := httptest.NewRecorder()
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		username.Set(s, "ada")
		if err := s.Save(r.Context()); err != nil {
			t.Error(err)
		}
		s.Set("x", func() {})
	})).ServeHTTP(w, httptest.NewRequest("GET", "https://example.com/", nil))
	if w.Code != 500 || len(w.Result().Cookies()) != 1 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("sent is %d with %v", w.Code, w.Header())
	}
}

// Cookie.Path is what browsers compare, also where the program sees less of it.
func TestCookiePath_BehindWhatRemovesAPrefix(t *testing.T) {
	m := quiet(t, session.Signed(secret.New()), session.Options{Cookie: session.Cookie{Name: "app", Path: "/app"}})
	set := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") })
	for name, tt := range map[string]struct {
		h      http.Handler
		target string
		prefix string
		set    bool
	}{
		"within":               {m.Handler(set), "/app/x?y=/z", "", true},
		"outside":              {m.Handler(set), "/x", "", false},
		"a longer name":        {m.Handler(set), "/apple", "", false},
		"StripPrefix":          {http.StripPrefix("/app", m.Handler(set)), "/app/x", "", true},
		"another StripPrefix":  {http.StripPrefix("/other", m.Handler(set)), "/other/x?p=/app/", "", false},
		"a proxy that says so": {m.Handler(set), "/x", "/app", true},
		"a proxy with a slash": {m.Handler(set), "/x", "/app/", true},
		"another proxy":        {m.Handler(set), "/x", "/other", false},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", tt.target, nil)
		if tt.prefix != "" {
			r.Header.Set("X-Forwarded-Prefix", tt.prefix)
		}
		tt.h.ServeHTTP(w, r)
		if got := w.Header()["Set-Cookie"] != nil; got != tt.set {
			t.Errorf("%s: a cookie is set: %v, want %v", name, got, tt.set)
		}
	}
}

package session_test

import (
	"net/http"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// discard is a ResponseWriter that costs next to nothing.
type discard struct{ h http.Header }

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// serve runs a request of a session with three values through a manager.
func serve(tb testing.TB, backend session.Backend, handler func(s *session.Session)) func() {
	tb.Helper()
	m, err := session.New(backend, &session.Options{Cookie: session.Cookie{Name: "s"}})
	if err != nil {
		tb.Fatal(err)
	}
	w := &discard{http.Header{}}
	r, _ := http.NewRequest("GET", "https://example.com/", nil)
	m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		username.Set(s, "ada lovelace")
		s.Set("theme", "dark")
		visits.Set(s, 41)
	})).ServeHTTP(w, r)
	cookie := (&http.Response{Header: w.h}).Cookies()[0]
	r.Header.Set("Cookie", "theme=dark; s="+cookie.Value)
	h := m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { handler(session.From(r)) }))
	return func() {
		clear(w.h)
		h.ServeHTTP(w, r)
	}
}

var mainPaths = []struct {
	name   string
	handle func(s *session.Session)
}{
	{"leave alone", func(*session.Session) {}},
	{"read one", func(s *session.Session) { username.Get(s) }},
	{"change one", func(s *session.Session) { visits.Set(s, 42) }},
}

func BenchmarkSession(b *testing.B) {
	key := secret.New()
	for _, backend := range []struct {
		name string
		b    session.Backend
	}{{"signed", session.Signed(key)}, {"sealed", session.Sealed(key)}} {
		for _, path := range mainPaths {
			b.Run(backend.name+"/"+path.name, func(b *testing.B) {
				request := serve(b, backend.b, path.handle)
				b.ReportAllocs()
				for b.Loop() {
					request()
				}
			})
		}
	}
}

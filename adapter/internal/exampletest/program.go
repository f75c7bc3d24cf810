package exampletest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

// Username is the value that the adapters' own tests set.
const Username = session.Field[string]("username")

// A Program is what the programs of all frameworks have in the adapters' own tests.
type Program struct {
	testing.TB
	Sessions *session.Manager
	Said     adaptertest.Log // of the manager and, if it has a logger, of the framework
}

// NewProgram returns a program of a backend.
func NewProgram(t testing.TB, backend session.Backend) *Program {
	t.Helper()
	p := &Program{TB: t}
	var err error
	if p.Sessions, err = session.New(backend, &session.Options{Logger: p.Said.Logger()}); err != nil {
		t.Fatal(err)
	}
	return p
}

// WantSaid checks that the log has a text, or that it does not have it.
func (p *Program) WantSaid(text string, want bool) {
	p.Helper()
	if said := p.Said.String(); strings.Contains(said, text) != want {
		p.Errorf("%q is in the log: %v\n%s", text, !want, said)
	}
}

// Bench measures requests of a visitor who has a session: to a framework alone, and through the
// adapter to a handler that leaves the session alone or reads a value. Open returns what sends the
// request to the program.
func Bench(b *testing.B, open func(p adaptertest.Program, r *http.Request) (send func())) {
	p := NewProgram(b, session.Signed(secret.New()))
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	if err := sessiontest.EditRequest(p.Sessions, r, func(s *session.Session) error { Username.Set(s, "ada"); return nil }); err != nil {
		b.Fatal(err)
	}
	adapter := []adaptertest.Link{{Sessions: p.Sessions}}
	leave := func(c adaptertest.Ctx) error { c.Status(http.StatusNoContent); return nil }
	for _, test := range []struct {
		name   string
		links  []adaptertest.Link
		handle func(c adaptertest.Ctx) error
	}{
		{"none", nil, leave},
		{"untouched", adapter, leave},
		{"read", adapter, func(c adaptertest.Ctx) error { _, _ = Username.Get(session.FromContext(c.Context())); return leave(c) }},
	} {
		b.Run(test.name, func(b *testing.B) {
			send := open(adaptertest.Program{Links: test.links, Routes: []adaptertest.Route{{Method: "GET", Path: "/", Handle: test.handle}}}, r)
			b.ReportAllocs()
			for b.Loop() {
				send()
			}
		})
	}
}

// BenchHTTP is Bench for a framework on net/http. Under the name handler it also measures the
// manager's own handler around the framework: the difference is what the adapter costs.
func BenchHTTP(b *testing.B, serve func(t *testing.T, p adaptertest.Program) adaptertest.Server) {
	w := nowhere{make(http.Header)}
	open := func(p adaptertest.Program, r *http.Request, around func(http.Handler) http.Handler) func() {
		h := around(serve(nil, p).(*http.Server).Handler)
		return func() {
			clear(w.header)
			h.ServeHTTP(w, r)
		}
	}
	alone := func(h http.Handler) http.Handler { return h }
	Bench(b, func(p adaptertest.Program, r *http.Request) func() { return open(p, r, alone) })
	b.Run("handler", func(b *testing.B) {
		Bench(b, func(p adaptertest.Program, r *http.Request) func() {
			around := alone
			for _, l := range p.Links {
				around = l.Sessions.Handler
			}
			p.Links = nil
			return open(p, r, around)
		})
	})
}

// nowhere is a response that costs nothing.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w nowhere) WriteHeader(int)             {}

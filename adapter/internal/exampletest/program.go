package exampletest

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
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

// Bench measures what a handler needs for the request of a visitor who has a session.
func (p *Program) Bench(b *testing.B, h http.Handler) {
	r := httptest.NewRequest("GET", "https://example.com/", nil)
	if err := sessiontest.EditRequest(p.Sessions, r, func(s *session.Session) error { Username.Set(s, "ada"); return nil }); err != nil {
		b.Fatal(err)
	}
	w := nowhere{make(http.Header)}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		h.ServeHTTP(w, r)
	}
}

// nowhere is a response that costs nothing.
type nowhere struct{ header http.Header }

func (w nowhere) Header() http.Header         { return w.header }
func (w nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (w nowhere) WriteHeader(int)             {}

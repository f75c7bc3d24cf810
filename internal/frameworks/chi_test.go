package frameworks

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/wafer-go/wafer/session"
)

func TestAGroupOfChiMayHaveSessions(t *testing.T) {
	sessions, _ := newSessions(t)
	r := chi.NewRouter()
	r.Get("/static", outside(t))
	r.Group(func(r chi.Router) {
		r.Use(sessions.Handler)
		r.Get("/login", set)
		r.With(sessions.Handler).Get("/", who) // the second is one with the first
	})
	v := visit(t, r)
	v.Get("/static")
	v.Get("/login")
	v.Want("/", "ada")
}

// chain is a router with two middlewares, the first outside of the second.
func chain(first, second func(http.Handler) http.Handler) chi.Router {
	r := chi.NewRouter()
	r.Use(first, second)
	r.Get("/who", who)
	return r
}

func TestAChiRecovererBeforeTheSessionsDropsTheChanges(t *testing.T) {
	sessions, said := newSessions(t)
	r := chain(middleware.Recoverer, sessions.Handler)
	r.Get("/", panics)
	v := visit(t, r)
	a := v.Get("/")
	a.Is(500, "")
	a.SetsCookies(0)
	if !strings.Contains(said.String(), "its changes are dropped") {
		t.Errorf("the log says %s", said)
	}
	v.Want("/who", "")
}

func TestAChiRecovererAfterTheSessionsKeepsTheChanges(t *testing.T) {
	sessions, _ := newSessions(t)
	r := chain(sessions.Handler, middleware.Recoverer)
	r.Get("/", panics)
	v := visit(t, r)
	v.Get("/").Is(200, "half a page") // Recoverer could not take back what was written
	v.Want("/who", "ada")
}

// panics logs ada in and panics in the middle of the page.
func panics(w http.ResponseWriter, r *http.Request) {
	set(w, r)
	_, _ = io.WriteString(w, "half a page")
	panic(http.ErrServerClosed)
}

func TestChisCompressWorksOnEitherSide(t *testing.T) {
	sessions, _ := newSessions(t)
	compress := middleware.Compress(5)
	for name, r := range map[string]chi.Router{
		"before": chain(compress, sessions.Handler),
		"after":  chain(sessions.Handler, compress),
	} {
		long := strings.Repeat("ada ", 1000)
		r.Get("/page", func(w http.ResponseWriter, r *http.Request) {
			set(w, r)
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, long)
		})
		r.Get("/fails", func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Set("bad", func() {})
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, long)
		})
		v := visit(t, r)
		a := v.Get("/page") // the client asks for gzip, and unzips
		a.SetsCookies(1)
		if vary := strings.Join(a.Header["Vary"], ", "); a.Body != long || !a.Uncompressed || !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s: answers %d bytes, %v", name, len(a.Body), a.Header)
		}
		a = v.Get("/fails")
		if a.Is(500, "Internal Server Error\n"); a.Uncompressed != (name == "before") {
			t.Errorf("%s: a failed save is compressed: %v", name, a.Uncompressed)
		}
		v.Want("/who", "ada")
	}
}

func TestChisTimeoutKeepsTheChangesOnEitherSide(t *testing.T) {
	sessions, _ := newSessions(t)
	timeout := middleware.Timeout(20 * time.Millisecond)
	for _, r := range []chi.Router{
		chain(timeout, sessions.Handler),
		chain(sessions.Handler, timeout),
	} {
		r.Get("/slow", func(w http.ResponseWriter, r *http.Request) {
			set(w, r)
			<-r.Context().Done()
		})
		v := visit(t, r)
		a := v.Get("/slow")
		a.Is(http.StatusGatewayTimeout, "")
		a.SetsCookies(1)
		v.Want("/who", "ada")
	}
}

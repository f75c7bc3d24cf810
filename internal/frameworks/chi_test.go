package frameworks

import (
	"compress/gzip"
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
	r.Get("/static", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() == nil {
				t.Error("From found a session outside of the group")
			}
		}()
		session.From(r)
	})
	r.Group(func(r chi.Router) {
		r.Use(sessions.Handler)
		r.Get("/login", set)
		r.With(sessions.Handler).Get("/", who) // the second is one with the first
	})
	v := visit(t, r)
	v.get("/static")
	v.get("/login")
	v.want("/", "ada")
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
	if res, page := v.get("/"); res.StatusCode != 500 || page != "" || len(res.Cookies()) != 0 {
		t.Errorf("answers %d %q with %q", res.StatusCode, page, res.Header["Set-Cookie"])
	}
	if !strings.Contains(said.String(), "its changes are dropped") {
		t.Errorf("the log says %s", said)
	}
	v.want("/who", "")
}

func TestAChiRecovererAfterTheSessionsKeepsTheChanges(t *testing.T) {
	sessions, _ := newSessions(t)
	r := chain(sessions.Handler, middleware.Recoverer)
	r.Get("/", panics)
	v := visit(t, r)
	if res, page := v.get("/"); res.StatusCode != 200 || page != "half a page" {
		t.Errorf("answers %d %q, and Recoverer could not have taken back what was written", res.StatusCode, page)
	}
	v.want("/who", "ada")
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
		res, body := v.unzipped("/page")
		if vary := strings.Join(res.Header["Vary"], ", "); body != long || res.Header.Get("Content-Encoding") != "gzip" || len(res.Cookies()) != 1 || !strings.Contains(vary, "Cookie") || !strings.Contains(vary, "Accept-Encoding") {
			t.Errorf("%s: answers %d bytes, %v", name, len(body), res.Header)
		}
		if res, body := v.unzipped("/fails"); res.StatusCode != 500 || body != "Internal Server Error\n" || (res.Header.Get("Content-Encoding") == "gzip") != (name == "before") {
			t.Errorf("%s: a failed save answers %d %q, %v", name, res.StatusCode, body, res.Header)
		}
		v.want("/who", "ada")
	}
}

// unzipped asks for a compressed page, and takes one that is not.
func (v visitor) unzipped(path string) (*http.Response, string) {
	v.t.Helper()
	r, _ := http.NewRequest("GET", v.url+path, nil)
	r.Header.Set("Accept-Encoding", "gzip")
	res, err := v.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var body io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		if body, err = gzip.NewReader(body); err != nil {
			v.t.Fatal(err)
		}
	}
	text, err := io.ReadAll(body)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, string(text)
}

func TestChisTimeoutKeepsTheChangesOnEitherSide(t *testing.T) {
	sessions, _ := newSessions(t)
	timeout := middleware.Timeout(20 * time.Millisecond)
	for name, r := range map[string]chi.Router{
		"before": chain(timeout, sessions.Handler),
		"after":  chain(sessions.Handler, timeout),
	} {
		r.Get("/slow", func(w http.ResponseWriter, r *http.Request) {
			set(w, r)
			<-r.Context().Done()
		})
		v := visit(t, r)
		if res, _ := v.get("/slow"); res.StatusCode != http.StatusGatewayTimeout || len(res.Cookies()) != 1 {
			t.Errorf("%s: answers %d with %q", name, res.StatusCode, res.Header["Set-Cookie"])
		}
		v.want("/who", "ada")
	}
}

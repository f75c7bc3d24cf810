package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// counter is what each visitor of the program below counts up.
const counter = session.Field[int]("counter")

// program is a web program that keeps a count for each visitor.
func program(t *testing.T, backend session.Backend) http.Handler {
	t.Helper()
	sessions, err := session.New(backend, &session.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/count", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		if _, ok := counter.Get(s); !ok && r.FormValue("begin") == "" {
			http.Error(w, "signed out", http.StatusUnauthorized)
			return
		}
		counter.Update(s, func(n int) int { return n + 1 })
	})
	mux.HandleFunc("/renew", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Renew() })
	mux.HandleFunc("/out", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Destroy() })
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		n, ok := counter.Get(session.From(r))
		if !ok {
			http.Error(w, "signed out", http.StatusUnauthorized)
			return
		}
		fmt.Fprint(w, n)
	})
	return sessions.Handler(mux)
}

// visit makes a request with a cookie, and returns the status, the body, and
// the cookie that the visitor has then.
func visit(h http.Handler, path, cookie string) (int, string, string) {
	r := httptest.NewRequest(http.MethodGet, "https://example.org"+path, nil)
	if cookie != "" {
		r.Header.Set("Cookie", session.DefaultCookieName+"="+cookie)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		cookie = c.Value
	}
	return w.Code, w.Body.String(), cookie
}

// A visitor counts, and may sign out.
type visitor struct {
	mu      sync.Mutex
	cookie  string
	old     []string // cookies from before a renewal
	counted int      // and was told so
	failed  int      // requests whose answer was an error, and which may have counted
	out     bool
}

func (v *visitor) count(h http.Handler) {
	code, _, _ := visit(h, "/count", v.cookie)
	v.mu.Lock()
	defer v.mu.Unlock()
	if code == http.StatusOK {
		v.counted++
	} else {
		v.failed++
	}
}

// renew is for a visitor who makes one request at a time.
func (v *visitor) renew(h http.Handler) {
	code, _, cookie := visit(h, "/renew", v.cookie)
	if code == http.StatusOK && cookie != v.cookie {
		v.old = append(v.old, v.cookie)
		v.cookie = cookie
	}
}

// renews and signsOut say what the visitors do.
func renews(i int) bool   { return i%7 == 1 && i%3 != 0 && !signsOut(i) }
func signsOut(i int) bool { return i%5 == 0 }

// TestCopy_UnderLoadLosesNothing copies while a program goes from one store to
// the other: no count is lost, nobody who has signed out is signed in, and no
// cookie is good that a renewal has replaced.
func TestCopy_UnderLoadLosesNothing(t *testing.T) {
	t.Run("SQLite to SQLite", func(t *testing.T) {
		folder := t.TempDir()
		copyUnderLoad(t, "sqlite:"+filepath.Join(folder, "from.db"), "sqlite:"+filepath.Join(folder, "to.db"))
	})
	t.Run("PostgreSQL to Redis", func(t *testing.T) {
		copyUnderLoad(t, own(t, "WAFER_POSTGRES", "table"), own(t, "WAFER_REDIS", "prefix"))
	})
	t.Run("MariaDB to a Redis Cluster", func(t *testing.T) {
		copyUnderLoad(t, own(t, "WAFER_MYSQL", "table"), own(t, "WAFER_REDIS_CLUSTER", "prefix"))
	})
}

func copyUnderLoad(t *testing.T, fromURL, toURL string) {
	const visitors, perVisitor = 150, 3
	from, to := openTest(t, fromURL), openTest(t, toURL)

	old := program(t, session.Stored(from))
	all := make([]*visitor, visitors)
	for i := range all {
		code, _, cookie := visit(old, "/count?begin=1", "")
		if code != http.StatusOK || cookie == "" {
			t.Fatalf("a visitor could not begin: status %d", code)
		}
		all[i] = &visitor{cookie: cookie, counted: 1}
	}

	// Servers of the new kind, while the tool copies.
	both := program(t, session.Migrate(session.Stored(to), session.Stored(from)))
	stop := make(chan struct{})
	var load sync.WaitGroup
	for i, v := range all {
		if i%3 == 0 {
			continue // is copied while nobody looks
		}
		renewing, requests := renews(i), perVisitor
		if renewing {
			requests = 1
		}
		for range requests {
			load.Go(func() {
				for {
					select {
					case <-stop:
						return
					case <-time.After(20 * time.Millisecond):
						if v.count(both); renewing {
							v.renew(both)
						}
					}
				}
			})
		}
	}
	load.Go(func() {
		for i, v := range all {
			if !signsOut(i) {
				continue
			}
			time.Sleep(5 * time.Millisecond)
			code, _, _ := visit(both, "/out", v.cookie)
			v.mu.Lock()
			v.out = code == http.StatusOK
			v.mu.Unlock()
		}
	})
	for range 2 {
		var stdout, stderr bytes.Buffer
		status := run([]string{"store", "copy", "--settle", "300ms", "--workers", "4", fromURL, toURL}, strings.NewReader(""), &stdout, &stderr)
		if status != 0 {
			t.Errorf("copy ends with status %d: %s", status, stderr.String())
		}
		t.Logf("copy:\n%s", stdout.String())
	}
	close(stop)
	load.Wait()

	// Servers that know the new store only.
	last := program(t, session.Stored(to))
	signedOut := 0
	for i, v := range all {
		code, body, _ := visit(last, "/", v.cookie)
		switch n, _ := strconv.Atoi(body); {
		case v.out:
			signedOut++
			if code != http.StatusUnauthorized {
				t.Errorf("visitor %d signed out and is signed in again, with a count of %d", i, n)
			}
		case code != http.StatusOK:
			t.Errorf("visitor %d was signed out: status %d, %q", i, code, body)
		case n < v.counted || n > v.counted+v.failed:
			t.Errorf("visitor %d counted to %d, with %d more that failed, and %d is kept", i, v.counted, v.failed, n)
		}
	}
	for i, v := range all {
		for _, cookie := range v.old {
			if code, _, _ := visit(last, "/", cookie); code != http.StatusUnauthorized {
				t.Errorf("visitor %d is signed in with a cookie from before a renewal", i)
			}
		}
		if renews(i) && len(v.old) == 0 {
			t.Errorf("visitor %d never got a renewed session", i)
		}
	}
	if signedOut < visitors/5/2 {
		t.Errorf("only %d visitors signed out", signedOut)
	}
}

// openTest opens a store, with its table made.
func openTest(t *testing.T, address string) store.Store {
	t.Helper()
	l, err := stores.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s, err := l.Open(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Store
}

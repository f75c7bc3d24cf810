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

	"github.com/wafer-go/wafer/session"
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
	return sessions.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		n, ok := counter.Get(s)
		switch path := r.URL.Path; {
		case !ok && path != "/begin":
			http.Error(w, "signed out", http.StatusUnauthorized)
		case path == "/renew":
			s.Renew()
		case path == "/out":
			s.Destroy()
		case path == "/":
			fmt.Fprint(w, n)
		default:
			counter.Update(s, func(n int) int { return n + 1 })
		}
	}))
}

// visit makes a request with a cookie, and returns the status, the body, and the cookie that the
// visitor has then.
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

// count counts, and has the session renewed if no other request of the visitor is under way.
func (v *visitor) count(h http.Handler, renew bool) {
	code, _, _ := visit(h, "/count", v.cookie)
	v.mu.Lock()
	defer v.mu.Unlock()
	if code == http.StatusOK {
		v.counted++
	} else {
		v.failed++
	}
	if !renew {
		return
	}
	if code, _, cookie := visit(h, "/renew", v.cookie); code == http.StatusOK && cookie != v.cookie {
		v.old, v.cookie = append(v.old, v.cookie), cookie
	}
}

// renews and signsOut say what the visitors do.
func renews(i int) bool   { return i%7 == 1 && i%3 != 0 && !signsOut(i) }
func signsOut(i int) bool { return i%5 == 0 }

// TestCopy_UnderLoadLosesNothing copies while a program goes from one store to the other: no count
// is lost, nobody who has signed out is signed in, and no cookie is good that a renewal has replaced.
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
	from, err := openMigrated(t.Context(), fromURL)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := openMigrated(t.Context(), toURL)
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()

	old := program(t, session.Stored(from.Store))
	all := make([]*visitor, visitors)
	for i := range all {
		code, _, cookie := visit(old, "/begin", "")
		if code != http.StatusOK || cookie == "" {
			t.Fatalf("a visitor could not begin: status %d", code)
		}
		all[i] = &visitor{cookie: cookie, counted: 1}
	}

	// Servers of the new kind, while the tool copies.
	both := program(t, session.Migrate(session.Stored(to.Store), session.Stored(from.Store)))
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
						v.count(both, renewing)
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
	last := program(t, session.Stored(to.Store))
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

package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/sessiontest"
)

// counter is what each visitor counts up, from 1.
const counter = session.Field[int]("counter")

// A visitor counts, and may sign out.
type visitor struct {
	*http.Request // with the visitor's cookie

	old     []*http.Request // with cookies from before a renewal
	counted atomic.Int32    // requests that succeeded
	failed  atomic.Int32    // requests that failed, and may have counted all the same
	out     bool
}

// count makes a request that counts, if the visitor is not signed out.
func (v *visitor) count(m *session.Manager) {
	counts := &v.counted
	if err := sessiontest.EditRequest(m, v.Clone(v.Context()), func(s *session.Session) error {
		return counter.TryUpdate(s, func(n int) (int, error) {
			if n == 0 {
				return 0, errors.New("signed out")
			}
			return n + 1, nil
		})
	}); err != nil {
		counts = &v.failed
	}
	counts.Add(1)
}

// renew gives the session of a visitor who makes one request at a time another ID.
func (v *visitor) renew(m *session.Manager) {
	before := v.Clone(v.Context())
	err := sessiontest.EditRequest(m, v.Request, func(s *session.Session) error { s.Renew(); return nil })
	if err == nil && v.Header.Get("Cookie") != before.Header.Get("Cookie") {
		v.old = append(v.old, before)
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

// server is what one kind of the program's servers does with sessions.
func server(t *testing.T, backend session.Backend) *session.Manager {
	t.Helper()
	m, err := session.New(backend, &session.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func copyUnderLoad(t *testing.T, fromURL, toURL string) {
	const visitors, perVisitor = 150, 3
	var opened []*stores.Store
	for _, address := range []string{fromURL, toURL} {
		s, err := openMigrated(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		opened = append(opened, s)
	}
	from, to := session.Stored(opened[0].Store), session.Stored(opened[1].Store)
	before, during, after := server(t, from), server(t, session.Migrate(to, from)), server(t, to)

	all := make([]*visitor, visitors)
	for i := range all {
		all[i] = &visitor{Request: httptest.NewRequest(http.MethodGet, "/", nil)}
		if err := sessiontest.EditRequest(before, all[i].Request, func(s *session.Session) error { counter.Set(s, 1); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	for i, v := range all {
		requests := perVisitor
		switch {
		case i%3 == 0:
			continue // is copied while nobody looks
		case renews(i):
			requests = 1
		}
		for range requests {
			load.Go(func() {
				for ; ctx.Err() == nil; time.Sleep(20 * time.Millisecond) {
					if v.count(during); renews(i) {
						v.renew(during)
					}
				}
			})
		}
	}
	load.Go(func() {
		for i, v := range all {
			if signsOut(i) {
				time.Sleep(5 * time.Millisecond)
				// The visitor keeps the cookie.
				v.out = sessiontest.EditRequest(during, v.Clone(ctx), func(s *session.Session) error { s.Destroy(); return nil }) == nil
			}
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
	stop()
	load.Wait()

	signedOut := 0
	for i, v := range all {
		s, err := after.Load(v.Request)
		if err != nil {
			t.Fatal(err)
		}
		n, counted, failed := counter.GetOr(s, 0), 1+int(v.counted.Load()), int(v.failed.Load())
		switch {
		case v.out:
			if signedOut++; n > 0 {
				t.Errorf("visitor %d signed out and is signed in again, with a count of %d", i, n)
			}
		case n < counted || n > counted+failed:
			t.Errorf("visitor %d counted to %d, with %d more that failed, and %d is kept; 0 means signed out", i, counted, failed, n)
		}
		for _, r := range v.old {
			if s, err := after.Load(r); err != nil || counter.GetOr(s, 0) > 0 {
				t.Errorf("visitor %d is signed in with a cookie from before a renewal: %v", i, err)
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

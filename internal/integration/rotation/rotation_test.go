// Package rotation changes keys and backends under load, as an operator would.
package rotation

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const (
	username = session.Field[string]("username")
	count    = session.Field[int]("count")
)

// TestARotationUnderLoadLosesNothing takes three servers from signed cookies to
// sealed ones and from key A over B to C, one server after another, while
// visitors ask all of them. A visitor whose count is not what it was plus one
// has lost a value.
func TestARotationUnderLoadLosesNothing(t *testing.T) {
	a, b, c := secret.New(), secret.New(), secret.New()
	// Each step is given to one server after another, so two neighbouring steps
	// are about at once: what one writes, the other must read.
	steps := []session.Backend{
		session.Signed(a),
		session.Migrate(session.Signed(a), session.Sealed(a)), // first learn to read
		session.Migrate(session.Sealed(a), session.Signed(a)), // then write
		session.Migrate(session.Sealed(a, b), session.Signed(a)),
		session.Migrate(session.Sealed(b, a), session.Signed(a)),
		session.Sealed(b, a, c),
		session.Sealed(c, b, a),
		session.Sealed(c, b),
	}
	var servers [3]atomic.Pointer[http.Handler]
	change := func(server int, backend session.Backend) {
		m, err := session.New(backend, &session.Options{ReissueOnRead: true})
		if err != nil {
			t.Fatal(err)
		}
		h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			switch r.URL.Path {
			case "/login":
				username.Set(s, r.URL.Query().Get("name"))
			case "/count":
				count.Update(s, func(n int) int { return n + 1 })
			}
			name, _ := username.Get(s)
			n, _ := count.Get(s)
			_, _ = fmt.Fprint(w, name, " ", n)
		}))
		servers[server].Store(&h)
	}
	for i := range servers {
		change(i, steps[0])
	}
	front := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		(*servers[rand.IntN(len(servers))].Load()).ServeHTTP(w, r)
	}))
	defer front.Close()

	transport := front.Client().Transport.(*http.Transport)
	transport.MaxIdleConnsPerHost = 32

	var requests atomic.Int64
	var visitors sync.WaitGroup
	stop := make(chan bool)
	for i := range 16 {
		name := fmt.Sprint("visitor", i)
		jar, err := cookiejar.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: transport, Jar: jar}
		ask := func(path string) string {
			res, err := client.Get(front.URL + path)
			if err != nil {
				return err.Error()
			}
			defer func() { _ = res.Body.Close() }()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				return err.Error()
			}
			requests.Add(1)
			return strings.TrimSpace(string(body))
		}
		visitors.Go(func() {
			ask("/login?name=" + name)
			for n := 0; ; {
				select {
				case <-stop:
					return
				default:
				}
				if got, want := ask("/"), fmt.Sprint(name, " ", n); got != want {
					t.Errorf("%s is shown %q, want %q", name, got, want)
					return
				}
				n++
				if got, want := ask("/count"), fmt.Sprint(name, " ", n); got != want {
					t.Errorf("%s counts to %q, want %q", name, got, want)
					return
				}
			}
		})
	}
	// A step goes on when every visitor has been about for a while.
	wait := func() {
		for until := requests.Load() + 48; requests.Load() < until && !t.Failed(); {
			visit, err := front.Client().Get(front.URL)
			if err == nil {
				_ = visit.Body.Close()
			}
		}
	}
	for _, step := range steps[1:] {
		for i := range servers {
			wait()
			change(i, step)
		}
	}
	wait()
	close(stop)
	visitors.Wait()
	t.Logf("%d requests over %d changes", requests.Load(), 3*(len(steps)-1))
}

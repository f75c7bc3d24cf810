package dbsc_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

const (
	cookie      = "__Host-session"
	boundCookie = "__Host-session-bound"
	askedCookie = "__Host-session-asked"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// backends are the ways to keep a session.
var backends = []struct {
	name string
	open func() session.Backend
}{
	{"stored", func() session.Backend { return session.Stored(memstore.New(nil)) }},
	{"overflow", func() session.Backend { return session.Overflow(session.Signed(secret.New()), memstore.New(nil)) }},
	{"signed", func() session.Backend { return session.Signed(secret.New()) }},
	{"sealed", func() session.Backend { return session.Sealed(secret.New()) }},
}

// inRecord reports whether a backend keeps a session that has an owner in a store.
func inRecord(backend string) bool { return backend == "stored" || backend == "overflow" }

// onEach runs a test on each backend.
func onEach(t *testing.T, test func(t *testing.T, backend string, s *site)) {
	t.Helper()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) { test(t, b.name, newSite(t, b.open(), nil, nil)) })
	}
}

// A site is a program with a clock of its own.
type site struct {
	*testing.T
	http.Handler
	guard    *dbsc.Guard
	sessions *session.Manager
	mux      *http.ServeMux

	mu     sync.Mutex
	now    time.Time
	events []string
	why    []error // of events that have a reason
	failed []error
}

func newSite(t *testing.T, backend session.Backend, so *session.Options, o *dbsc.Options) *site {
	t.Helper()
	s := &site{T: t, now: time.Now()}
	if so == nil {
		so = &session.Options{}
	}
	so.Clock, so.Observe = s.clock, s.observe
	if so.Logger == nil {
		so.Logger = quiet
	}
	var err error
	if s.sessions, err = session.New(backend, so); err != nil {
		t.Fatal(err)
	}
	if o == nil {
		o = &dbsc.Options{Key: secret.New()}
	}
	if s.guard, err = dbsc.New(s.sessions, o); err != nil {
		t.Fatal(err)
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })
	s.mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
	s.mux.HandleFunc("POST /renew", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Renew() })
	s.mux.HandleFunc("/who", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "owner %s %s", session.From(r).Owner(), body)
	})
	s.mux.HandleFunc("POST /count", func(_ http.ResponseWriter, r *http.Request) {
		session.Field[int]("count").Update(session.From(r), func(n int) int { return n + 1 })
	})
	s.mux.HandleFunc("GET /count", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, session.Field[int]("count").GetOr(session.From(r), 0))
	})
	s.mux.HandleFunc("GET /free", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "free") })
	s.mux.HandleFunc("POST /offer", func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, s.guard.Offer(w, r)) })
	s.mux.Handle("POST /grave", s.guard.Require(time.Minute)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "done") })))
	s.Handler = s.guard.Handler(s.mux)
	return s
}

func (s *site) clock() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *site) pass(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(d)
}

func (s *site) observe(_ context.Context, e session.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Kind {
	case session.EventBound:
		s.events = append(s.events, e.Name)
		if e.Err != nil {
			s.why = append(s.why, e.Err)
		}
	case session.EventFailed:
		s.failed = append(s.failed, e.Err)
	}
}

// took returns what has happened to bindings since it was called last, each action once.
func (s *site) took() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []string
	for _, name := range s.events {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	s.events = nil
	return all
}

func (s *site) wantTook(want ...string) {
	s.Helper()
	if got := s.took(); !slices.Equal(got, want) {
		s.Errorf("what happened to bindings is %q, want %q", got, want)
	}
}

// wantWhy checks the reason of the last event that had one.
func (s *site) wantWhy(what, reason string) {
	s.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.why) == 0 || !strings.Contains(s.why[len(s.why)-1].Error(), reason) {
		s.Errorf("%s: the reasons are %v, want %s", what, s.why, reason)
	}
	s.why = nil
}

// visitor returns a device that signs in, and is bound.
func (s *site) visitor() *devicetest.Device {
	s.Helper()
	d := devicetest.New(s)
	s.signIn(d)
	return d
}

func (s *site) signIn(d *devicetest.Device) {
	s.Helper()
	d.Now = s.clock
	if res := d.Do("POST", "/login", ""); res.Status != http.StatusOK {
		s.Fatalf("the sign-in answers %d: %s", res.Status, res.Body)
	}
	if d.Session().ID == "" {
		s.Fatal("the device is not bound")
	}
}

// enforced lets the time pass after which a binding is enforced, in which the device has refreshed.
func (s *site) enforced(d *devicetest.Device) {
	s.Helper()
	for range 3 {
		s.pass(11 * time.Minute)
		s.want(d, "GET", "/who", 200, "owner ada ")
	}
	s.took()
}

func (s *site) want(d *devicetest.Device, method, path string, status int, body string) {
	s.Helper()
	if res := d.Do(method, path, ""); res.Status != status || res.Body != body {
		s.Errorf("%s %s answers %d %q, want %d %q", method, path, res.Status, res.Body, status, body)
	}
}

// records returns how many sessions a store has.
func records(t *testing.T, st store.Store) int {
	t.Helper()
	n := 0
	for _, err := range st.(store.Lister).All(context.Background()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// names returns the names of the cookies that a device keeps.
func names(d *devicetest.Device) string {
	return strings.Join(slices.Sorted(maps.Keys(d.Cookies())), " ")
}

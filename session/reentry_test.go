package session_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/internal/record/recordtest"
	"github.com/wafer-go/wafer/store/memstore"
)

// everyMethod calls all that a Session can do.
var everyMethod = map[string]func(s *session.Session){
	"Value":          func(s *session.Session) { s.Value("odd") },
	"Get":            func(s *session.Session) { visits.Get(s); username.GetOr(s, "nobody") },
	"Set":            func(s *session.Session) { s.Set("odd", time.Now()); username.Set(s, "ada") },
	"Set nothing":    func(s *session.Session) { s.Set("bad", func() {}); s.Delete("bad") },
	"Update":         func(s *session.Session) { visits.Update(s, func(n int) int { s.Has("x"); return n + 1 }) },
	"Pop":            func(s *session.Session) { username.Pop(s) },
	"Delete":         func(s *session.Session) { s.Delete("odd") },
	"Keys":           func(s *session.Session) { s.Keys(); s.Len(); s.Has("odd") },
	"Clear":          func(s *session.Session) { s.Clear() },
	"Destroy":        func(s *session.Session) { s.Destroy() },
	"Renew":          func(s *session.Session) { s.Renew() },
	"SignIn":         func(s *session.Session) { s.SignIn("42"); s.Owner() },
	"SetOwner":       func(s *session.Session) { s.SetOwner("43"); s.SetOwner("") },
	"Flash":          func(s *session.Session) { s.Flash("hello"); s.FlashNow("", "now") },
	"Flash a value":  func(s *session.Session) { username.Flash(s, "typed") },
	"Flashes":        func(s *session.Session) { s.Flashes(); s.Flashes("error") },
	"KeepFlashes":    func(s *session.Session) { s.KeepFlashes(); s.KeepFlashes("error") },
	"DiscardFlashes": func(s *session.Session) { s.DiscardFlashes("error"); s.DiscardFlashes() },
	"SetPermanent":   func(s *session.Session) { s.SetPermanent(!s.Permanent()) },
	"ExpireAfter":    func(s *session.Session) { s.ExpireAfter(time.Hour); s.ExpireAfter(0) },
	"Times":          func(s *session.Session) { s.StartedAt(); s.LastUsed(); s.ExpiresAt(); s.RestartClock() },
	"What it is":     func(s *session.Session) { s.IsNew(); s.Modified(); s.ID(); _ = fmt.Sprint(s) },
	"Save":           func(s *session.Session) { _ = s.Save(context.Background()) },
}

// everyBackend has what a session does with each kind of backend.
func everyBackend() map[string]session.Backend {
	return map[string]session.Backend{
		"signed": session.Signed(secret.New()), "stored": session.Stored(memstore.New(nil)),
		"overflow": session.Overflow(session.Sealed(secret.New()), memstore.New(nil)),
		"migrate":  session.Migrate(session.Stored(memstore.New(nil)), session.Signed(secret.New())),
	}
}

// Many goroutines of one request may use its session at once, whatever each of them does.
func TestSession_IsSafeForGoroutinesOfOneRequest(t *testing.T) {
	for name, backend := range everyBackend() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisitorOf(t, backend, session.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 2 * time.Hour, MaxFlashes: 3, BackendTimeout: time.Minute})
			v.m = quiet(t, backend, session.Options{IdleTimeout: time.Hour, AbsoluteTimeout: 2 * time.Hour, MaxFlashes: 3, BackendTimeout: time.Minute})
			for range 5 {
				ends(t, "the request", func() {
					v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
						var all sync.WaitGroup
						for _, use := range everyMethod {
							all.Go(func() {
								for range 20 {
									use(s)
								}
							})
						}
						all.Go(func() {
							for range 20 {
								v.m.Inspect(r)
							}
						})
						all.Go(func() { _ = http.NewResponseController(w).Flush() })
						all.Wait()
					})
				})
			}
		})
	}
}

// quiet makes a manager that logs nothing.
func quiet(t *testing.T, backend session.Backend, o session.Options) *session.Manager {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	m, err := session.New(backend, &o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// ends fails the test if f hangs or panics.
func ends(t *testing.T, what string, f func()) {
	t.Helper()
	within(t, what, func() {
		defer func() {
			if v := recover(); v != nil {
				t.Errorf("%s panics: %v\n%s", what, v, debug.Stack())
			}
		}()
		f()
	})
}

// A busybody uses the session in every way whenever it is called, once for each call beneath it.
type busybody struct {
	slog.Handler
	busy  atomic.Int32
	calls atomic.Int64
}

func (b *busybody) use(ctx context.Context) {
	s, ok := session.Lookup(ctx)
	if !ok {
		return
	}
	b.calls.Add(1)
	if !b.busy.CompareAndSwap(0, 1) {
		return
	}
	defer b.busy.Store(0)
	for _, use := range everyMethod {
		use(s)
	}
}

func (b *busybody) Handle(ctx context.Context, r slog.Record) error {
	b.use(ctx)
	return b.Handler.Handle(ctx, r)
}

// What the program is called for may use the session in every way: nothing hangs.
func TestCallbacks_UseTheSessionInEveryWay(t *testing.T) {
	for name, opts := range map[string]func(b *busybody, o *session.Options){
		"Observe": func(b *busybody, o *session.Options) {
			o.Observe = func(ctx context.Context, _ session.Event) { b.use(ctx) }
		},
		"Logger": func(b *busybody, o *session.Options) { o.Logger = slog.New(b) },
		"Validate": func(b *busybody, o *session.Options) {
			o.Validate = func(ctx context.Context, s *session.Session) error { b.use(ctx); everyMethodOf(s); return nil }
		},
		"OnFlash": func(b *busybody, o *session.Options) {
			o.OnFlash = func(ctx context.Context, _ session.Message) { b.use(ctx) }
		},
		"ErrorHandler": func(b *busybody, o *session.Options) {
			o.ErrorHandler = func(w http.ResponseWriter, r *http.Request, err error) { b.use(r.Context()); w.WriteHeader(500) }
		},
		"store": func(*busybody, *session.Options) {},
	} {
		t.Run(name, func(t *testing.T) {
			b := &busybody{Handler: slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})}
			o := session.Options{IdleTimeout: time.Hour, MaxFlashes: 2, Logger: slog.New(b.Handler)}
			opts(b, &o)
			kept := session.Stored(memstore.New(nil))
			if name == "store" {
				kept = session.Stored(recordtest.Before{Store: memstore.New(nil), Do: b.use})
			}
			for _, backend := range []session.Backend{kept, session.Signed(secret.New())} {
				v := newVisitorOf(t, backend, session.Options{})
				v.m = quiet(t, backend, o)
				for range 3 {
					for _, f := range []func(w http.ResponseWriter, r *http.Request, s *session.Session){
						func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
							s.Set("odd", "text")
							s.Set("visits", "text")
							visits.Get(s)
							s.Flash("hello")
						},
						func(_ http.ResponseWriter, _ *http.Request, s *session.Session) { s.Flashes(); s.Set("bad", func() {}) },
						func(_ http.ResponseWriter, _ *http.Request, s *session.Session) {
							s.SignIn("42")
							_ = s.Save(context.Background())
						},
						func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
							_ = http.NewResponseController(w).Flush()
							s.Set("late", 1)
							s.Destroy()
						},
						func(http.ResponseWriter, *http.Request, *session.Session) {},
					} {
						ends(t, "the request", func() { v.do(f) })
					}
				}
			}
			if b.calls.Load() == 0 {
				t.Error("it was never called")
			}
		})
	}
}

func everyMethodOf(s *session.Session) {
	for _, use := range everyMethod {
		use(s)
	}
}

// A logger that adds the user to each line reads a value of another type, which is logged as well.
func TestLogger_ThatReadsAnUnreadableValueEnds(t *testing.T) {
	v := newVisitor(t, session.Options{})
	var lines atomic.Int32
	counted := &countingLogger{curious{slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug})}, &lines}
	v.m = quiet(t, session.Signed(secret.New()), session.Options{Logger: slog.New(counted)})
	v.with(func(s *session.Session) {
		s.Set("username", 5)
		username.Get(s)
	})
	if n := lines.Load(); n != 1 {
		t.Errorf("logged are %d lines, want 1", n)
	}
}

type countingLogger struct {
	curious
	lines *atomic.Int32
}

func (c *countingLogger) Handle(ctx context.Context, r slog.Record) error {
	if c.lines.Add(1) > 1000 {
		panic("there is no end")
	}
	return c.curious.Handle(ctx, r)
}

// An observer that tells the visitor of each error is too late with some, which is an event with an
// error.
func TestObserve_ThatFlashesEachErrorEnds(t *testing.T) {
	for _, backend := range everyBackend() {
		calls := 0
		v := newVisitorOf(t, backend, session.Options{})
		v.m = quiet(t, backend, session.Options{Observe: func(ctx context.Context, e session.Event) {
			if calls++; calls > 1000 {
				panic("there is no end")
			}
			if e.Err != nil {
				session.FromContext(ctx).Flash("Sorry: something went wrong")
			}
		}})
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			s.Has("x")
			_ = http.NewResponseController(w).Flush()
			s.Set("late", 1)
		})
	}
}

// What Observe flashes for a refused cookie is shown, also if nothing but a timeout looked at the
// session.
func TestObserve_MayFlashThatTheSessionHasExpired(t *testing.T) {
	v := newVisitor(t, session.Options{IdleTimeout: time.Hour, Observe: func(ctx context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			session.FromContext(ctx).Flash("You were signed out")
		}
	}})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.clock = v.clock.Add(2 * time.Hour)
	v.with(func(*session.Session) {})
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:You were signed out") })
	if strings.Contains(v.log.String(), "changed after the response header was sent") {
		t.Errorf("the log is %s", v.log)
	}
}

// An update is applied again, to what the record holds by then, when messages are taken in between.
func TestUpdate_ChangeMayUseItsSession_WhenAppliedAgain(t *testing.T) {
	v := newVisitorOf(t, session.Stored(memstore.New(nil)), session.Options{})
	v.clock = time.Now()
	v.with(func(s *session.Session) { s.Set("step", 2); s.Flash("hello") })
	ends(t, "the request", func() {
		v.with(func(s *session.Session) {
			visits.Update(s, func(n int) int { return n + session.Field[int]("step").GetOr(s, 1) })
			wantFlashes(t, s, "message:hello")
		})
	})
	v.with(func(s *session.Session) {
		if n, _ := visits.Get(s); n != 2 {
			t.Errorf("visits is %d, want 2", n)
		}
	})
}

// A context that cannot be compared is one like another.
func TestSave_AContextThatCannotBeCompared(t *testing.T) {
	type odd struct {
		context.Context
		_ []int
	}
	v := newVisitorOf(t, session.Stored(memstore.New(nil)), session.Options{})
	v.clock = time.Now()
	v.with(func(s *session.Session) {
		for i := range 3 {
			s.Set("i", i)
			if err := s.Save(odd{Context: context.Background()}); err != nil {
				t.Error(err)
			}
		}
	})
}

// Commit belongs to Load. What Handler has made it does not open again.
func TestCommit_DoesNotReopenWhatHandlerHasSent(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		_ = http.NewResponseController(w).Flush()
		_ = v.m.Commit(w, r, s)
		s.Set("late", 1)
	})
	if !strings.Contains(v.log.String(), "changed after the response header was sent") {
		t.Errorf("the change is lost silently; the log is %s", v.log)
	}
	v = newVisitor(t, session.Options{Cookie: session.Cookie{Name: "admin", Path: "/admin"}})
	res := v.do(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Set("a", 1)
		if err := v.m.Commit(w, r, s); err != nil {
			t.Error(err)
		}
		s.Set("a", 2)
	})
	if got := res.Header["Set-Cookie"]; got != nil {
		t.Errorf("outside of its path %q is set", got)
	}
}

// A session from a list is not the visitor's: its cookie is not for the response at hand.
func TestCommit_AListedSessionSetsNoCookie(t *testing.T) {
	v := newVisitorOf(t, session.Stored(memstore.New(nil)), session.Options{})
	v.clock = time.Now()
	v.with(func(s *session.Session) { s.SignIn("42"); s.SetPermanent(true) })
	r, w := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
	for s, err := range v.m.Sessions(context.Background(), "42") {
		if err != nil {
			t.Fatal(err)
		}
		username.Set(s, "ada")
		err := v.m.Commit(w, r, s)
		if got := w.Header()["Set-Cookie"]; got != nil {
			t.Errorf("set is %q (%v)", got, err)
		}
	}
}

// A sign-in after a first Commit leaves, for requests with the cookie from before it, what that saved.
func TestCommit_ASignInAfterItLeavesWhatItSaved(t *testing.T) {
	onEachStore(t, session.Options{}, func(t *testing.T, v *visitor, _ *fakeStore) {
		v.with(func(s *session.Session) { s.Set("a", 1) })
		before := v.beside()
		r, w := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
		r.Header["Cookie"] = v.cookies
		s, err := v.m.Load(r)
		if err != nil {
			t.Fatal(err)
		}
		s.Set("b", 2)
		if err := v.m.Commit(w, r, s); err != nil {
			t.Fatal(err)
		}
		s.SignIn("ada")
		if err := v.m.Commit(w, r, s); err != nil {
			t.Fatal(err)
		}
		before.with(func(s *session.Session) {
			if got := s.Keys(); !slices.Equal(got, []string{"a", "b"}) || s.Owner() != "" {
				t.Errorf("with the cookie from before, the keys are %q, and %q is signed in", got, s.Owner())
			}
		})
	})
}

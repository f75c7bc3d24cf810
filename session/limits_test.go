package session_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// extremes sets one option to what arithmetic may not expect.
func extremes(t *testing.T, use func(t *testing.T, o session.Options)) {
	durations := []time.Duration{math.MinInt64, -time.Hour, -1, 0, 1, time.Millisecond, time.Second - 1, time.Second, 1500 * time.Millisecond, time.Hour, math.MaxInt64 - 1, math.MaxInt64}
	sizes := []int{math.MinInt, -1, 0, 1, 2, 15, 16, 64, 4096, 1 << 20, 1<<20 + 1, math.MaxInt - 1, math.MaxInt}
	for name, set := range map[string]func(o *session.Options, d time.Duration){
		"Lifetime":                  func(o *session.Options, d time.Duration) { o.Lifetime = d },
		"IdleTimeout":               func(o *session.Options, d time.Duration) { o.IdleTimeout = d },
		"IdleTimeout of a long one": func(o *session.Options, d time.Duration) { o.IdleTimeout, o.Lifetime = d, math.MaxInt64 },
		"AbsoluteTimeout":           func(o *session.Options, d time.Duration) { o.AbsoluteTimeout = d },
		"ClockSkew":                 func(o *session.Options, d time.Duration) { o.ClockSkew = d },
		"BackendTimeout":            func(o *session.Options, d time.Duration) { o.BackendTimeout = d },
		"all": func(o *session.Options, d time.Duration) {
			o.Lifetime, o.IdleTimeout, o.AbsoluteTimeout, o.ClockSkew, o.BackendTimeout = d, d, d, d, d
		},
	} {
		for _, d := range durations {
			t.Run(fmt.Sprintf("%s=%d", name, d), func(t *testing.T) {
				var o session.Options
				set(&o, d)
				synctest.Test(t, func(t *testing.T) { use(t, o) })
			})
		}
	}
	for name, set := range map[string]func(o *session.Options, n int){
		"MaxFlashes":    func(o *session.Options, n int) { o.MaxFlashes = n },
		"MaxFlashBytes": func(o *session.Options, n int) { o.MaxFlashBytes = n },
		"BufferSize":    func(o *session.Options, n int) { o.BufferSize = n },
		"MaxCookieSize": func(o *session.Options, n int) { o.MaxCookieSize = n },
		"all sizes": func(o *session.Options, n int) {
			o.MaxFlashes, o.MaxFlashBytes, o.BufferSize, o.MaxCookieSize = n, n, n, n
		},
	} {
		for _, n := range sizes {
			t.Run(fmt.Sprintf("%s=%d", name, n), func(t *testing.T) {
				var o session.Options
				set(&o, n)
				synctest.Test(t, func(t *testing.T) { use(t, o) })
			})
		}
	}
}

// Each duration and size, whatever it is, is an error in New that names it, or sessions work.
func TestNew_EachOptionAtItsExtremesIsAnErrorOrWorks(t *testing.T) {
	extremes(t, func(t *testing.T, o session.Options) {
		o.Permanent = true
		kept := &expiries{Store: memstore.New(nil)}
		for name, backend := range map[string]session.Backend{
			"signed": session.Signed(secret.New()), "sealed": session.Sealed(secret.New()), "stored": session.Stored(kept),
			"overflow": session.Overflow(session.Signed(secret.New()), kept),
		} {
			m, err := session.New(backend, &o)
			if err != nil {
				if !strings.Contains(err.Error(), "Options.") {
					t.Errorf("%s: New says %v", name, err)
				}
				continue
			}
			if o.MaxCookieSize > 0 && o.MaxCookieSize < 1000 {
				continue // the session does not fit, which the next test is about
			}
			cookie := ""
			for i := range 3 {
				r, w := httptest.NewRequest("GET", "https://example.com/", nil), httptest.NewRecorder()
				r.Header.Set("Cookie", cookie)
				m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					s := session.From(r)
					visits.Update(s, func(n int) int { return n + 1 })
					if n, _ := visits.Get(s); n != i+1 {
						t.Errorf("%s: visit %d counts as %d", name, i+1, n)
					}
					for range 3 {
						s.Flash("hello")
					}
					if end := s.ExpiresAt(); i > 0 && !end.After(time.Now()) {
						t.Errorf("%s: it expires at %v", name, end)
					}
					_, _ = w.Write(make([]byte, 100))
				})).ServeHTTP(w, r)
				if w.Code != 200 || w.Body.Len() != 100 {
					t.Fatalf("%s: request %d is answered %d %q", name, i, w.Code, w.Body)
				}
				cookies := w.Result().Cookies()
				if len(cookies) != 1 {
					if o.BufferSize < 0 || o.BufferSize > 0 && o.BufferSize < 100 {
						break // the first byte is written after all that was changed
					}
					t.Fatalf("%s: set is %q", name, w.Header()["Set-Cookie"])
				}
				c := cookies[0]
				if c.MaxAge < 1 || c.MaxAge > 400*24*3600 || !c.Expires.After(time.Now().Add(-time.Second)) || c.Expires.After(time.Now().Add(401*24*time.Hour)) {
					t.Errorf("%s: set is %q", name, w.Header()["Set-Cookie"])
				}
				cookie = c.Name + "=" + c.Value
			}
		}
		for _, at := range kept.at {
			if left := time.Until(at); left <= 0 || left > 11*365*24*time.Hour {
				t.Errorf("a store is to keep a record until %v", at)
			}
		}
	})
}

// expiries is a store that notes until when it is to keep records.
type expiries struct {
	store.Store
	at []time.Time
}

func (e *expiries) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	e.at = append(e.at, r.Expires)
	return e.Store.Save(ctx, id, r)
}

// A session's own lifetime is what ExpireAfter makes of any duration, also in the cookie, and also
// if the program wrote to the reserved key.
func TestExpireAfter_AnyDuration(t *testing.T) {
	for _, backend := range []session.Backend{session.Signed(secret.New()), session.Stored(memstore.New(nil))} {
		for _, set := range []func(s *session.Session){
			func(s *session.Session) { s.ExpireAfter(math.MinInt64) }, func(s *session.Session) { s.ExpireAfter(0) },
			func(s *session.Session) { s.ExpireAfter(1) }, func(s *session.Session) { s.ExpireAfter(math.MaxInt64) },
			func(s *session.Session) { s.Set("_lifetime", -5) }, func(s *session.Session) { s.Set("_lifetime", 0) },
			func(s *session.Session) { s.Set("_lifetime", int64(math.MinInt64)) }, func(s *session.Session) { s.Set("_lifetime", int64(math.MaxInt64)) },
			func(s *session.Session) { s.Set("_lifetime", uint64(math.MaxUint64)) }, func(s *session.Session) { s.Set("_lifetime", "soon") },
		} {
			v := newVisitorOf(t, backend, session.Options{Permanent: true})
			v.clock = time.Now()
			res := v.with(func(s *session.Session) { username.Set(s, "ada"); set(s) })
			if c := res.Cookies(); len(c) != 1 || c[0].MaxAge < 1 || c[0].MaxAge > 400*24*3600 {
				t.Errorf("set is %q", res.Header["Set-Cookie"])
			}
			v.with(func(s *session.Session) {
				if name, _ := username.Get(s); name != "ada" || !s.ExpiresAt().After(v.clock) {
					t.Errorf("the session has %q, and expires at %v", name, s.ExpiresAt())
				}
			})
		}
	}
}

// An absolute timeout counts from any time, also from one that the program wrote to the reserved
// key.
func TestAbsoluteTimeout_AnyBeginning(t *testing.T) {
	for _, begun := range []any{int64(math.MinInt64), int64(math.MinInt64) + 1<<40, -1, 0} {
		v := newVisitor(t, session.Options{AbsoluteTimeout: time.Hour})
		v.with(func(s *session.Session) { s.Set("_created", begun) })
		v.with(func(s *session.Session) {
			if !s.IsNew() {
				t.Errorf("a session that began at %v goes on", begun)
			}
		})
	}
}

// One message larger than all that may wait costs itself, and not those that wait.
func TestFlash_OneThatIsTooLargeCostsNoOther(t *testing.T) {
	v := newVisitor(t, session.Options{MaxFlashBytes: 100})
	v.with(func(s *session.Session) { s.Flash("one"); s.Flash(strings.Repeat("x", 101)); s.Flash("two") })
	v.with(func(s *session.Session) { wantFlashes(t, s, "message:one message:two") })
	if !strings.Contains(v.log.String(), "flash messages were dropped") {
		t.Errorf("that is not said: %s", v.log)
	}
	res := v.with(func(s *session.Session) { s.Flash(strings.Repeat("x", 101)) })
	if res.Header["Set-Cookie"] != nil {
		t.Errorf("nothing is kept, and set is %q", res.Header["Set-Cookie"])
	}
}

// Whatever cannot hold a session, the error names its largest values.
func TestTooLargeError_NamesTheValuesOfWhatABackendCannotHold(t *testing.T) {
	for what, tt := range map[string]struct {
		backend session.Backend
		values  int
		want    string
	}{
		"a signed cookie, past what is read": {session.Signed(secret.New()), 17_000, "its values have 17010 bytes, and a signed cookie is read up to 16384; the largest values are big (17008 bytes); keep less in the session"},
		"a store":                            {session.Stored(memstore.New(&memstore.Options{MaxBytes: 2000})), 5000, "; the largest values are big (5008 bytes); keep less in the session"},
		"a cookie":                           {session.Sealed(secret.New()), 17_000, "over the limit of 4096; the largest values are big (17008 bytes); keep less in the session, such as"},
	} {
		v := newVisitorOf(t, tt.backend, session.Options{})
		var failed error
		v.m = newVisitorOf(t, tt.backend, session.Options{Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventFailed {
				failed = e.Err
			}
		}}).m
		v.with(func(s *session.Session) { s.Set("big", randomText(tt.values)) })
		if tooLarge, ok := errors.AsType[*session.TooLargeError](failed); !ok || !errors.Is(failed, session.ErrTooLarge) || !strings.Contains(tooLarge.Error(), tt.want) {
			t.Errorf("%s: %v", what, failed)
		}
	}
}

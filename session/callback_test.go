package session_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// What the program is told, it is told without the session's lock: using the
// session there must not hang.
func TestCallbacksMayUseTheSession(t *testing.T) {
	older, told := secret.New(), ""
	note := func(ctx context.Context, what string) {
		s := session.FromContext(ctx)
		s.Has("x")
		told += what + " "
	}
	for _, refresh := range []bool{false, true} {
		told = ""
		m, err := session.New(session.Signed(secret.New(), older), &session.Options{
			RefreshEachRequest: refresh,
			Observe: func(ctx context.Context, e session.Event) {
				switch e.Kind {
				case session.EventRefused:
					note(ctx, "refused")
					session.FromContext(ctx).Flash("Please sign in again")
				case session.EventAccepted:
					note(ctx, "accepted")
				default:
					session.FromContext(ctx).Has("x")
				}
			},
			OnFlash: func(ctx context.Context, _ session.Message) { note(ctx, "flash") },
			ErrorHandler: func(_ http.ResponseWriter, r *http.Request, _ error) {
				note(r.Context(), "failed")
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		v := newVisitorOf(t, session.Signed(older), session.Options{})
		v.with(func(s *session.Session) { username.Set(s, "ada") })
		for _, cookie := range []string{"__Host-session=forged", ""} {
			r := httptest.NewRequest("GET", "https://example.com/", nil)
			if cookie == "" {
				r = httptest.NewRequest("GET", "https://example.com/", nil)
				sm, _ := session.New(session.Signed(older), nil)
				s, _ := sm.Load(r)
				username.Set(s, "ada")
				w := httptest.NewRecorder()
				if err := sm.Commit(w, r, s); err != nil {
					t.Fatal(err)
				}
				r.AddCookie(w.Result().Cookies()[0])
			} else {
				r.Header.Set("Cookie", cookie)
			}
			m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				if cookie != "" {
					wantFlashes(t, s, "message:Please sign in again")
				}
				s.Has("username")
				s.Set("bad", func() {})
			})).ServeHTTP(httptest.NewRecorder(), r)
		}
		if want := "refused flash failed accepted failed "; told != want {
			t.Errorf("refresh %v: told %q, want %q", refresh, told, want)
		}
	}
}

// curious is a slog.Handler that adds the visitor to each record.
type curious struct{ slog.Handler }

func (c curious) Handle(ctx context.Context, r slog.Record) error {
	name, _ := username.Get(session.FromContext(ctx))
	r.AddAttrs(slog.String("user", name))
	return c.Handler.Handle(ctx, r)
}

func TestALoggerMayAskTheSessionWhenACookieIsSet(t *testing.T) {
	var log bytes.Buffer
	m, err := session.New(session.Signed(secret.New()), &session.Options{Logger: slog.New(curious{slog.NewTextHandler(&log, nil)})})
	if err != nil {
		t.Fatal(err)
	}
	within(t, "the response", func() {
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
		})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "http://wafer.test/", nil))
	})
	if !strings.Contains(log.String(), "over plain HTTP") || !strings.Contains(log.String(), "user=ada") {
		t.Errorf("the log is %s", log.String())
	}
}

// lookingStore notes what a save finds in its context.
type lookingStore struct {
	store.Store
	look func(ctx context.Context)
}

func (l *lookingStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	l.look(ctx)
	return l.Store.Save(ctx, id, r)
}

type programKey struct{}

// A store that saves sees the session as it is, and the request's values. It may ask as many
// questions as one that loads, and no visitor who leaves stops it.
func TestSave_WhatItsContextHas(t *testing.T) {
	asked := 0
	v := newVisitorOf(t, session.Stored(&lookingStore{memstore.New(nil), func(ctx context.Context) {
		if s, ok := session.Lookup(ctx); !ok || username.GetOr(s, "") != "ada" {
			t.Errorf("it finds the session %v", ok)
		}
		if got := ctx.Value(programKey{}); got != "the program's" {
			t.Errorf("it finds the value %v", got)
		}
		if _, ok := ctx.Deadline(); ok || ctx.Err() != nil || ctx.Done() != nil {
			t.Error("it can end")
		}
		for asked < 100 && driver.Spend(ctx) == nil {
			asked++
		}
	}}), session.Options{BackendTimeout: -1})
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), programKey{}, "the program's"))
	r := httptest.NewRequest("GET", "https://example.com/", nil).WithContext(ctx)
	v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		cancel()
	})).ServeHTTP(httptest.NewRecorder(), r)
	if asked != driver.Lookups {
		t.Errorf("it may ask %d questions, want %d", asked, driver.Lookups)
	}
}

// hangingStore answers no question until it is told to stop.
type hangingStore struct {
	store.Store
	hangs bool
}

func (h *hangingStore) Load(ctx context.Context, id store.ID) (store.Record, error) {
	if h.hangs {
		<-ctx.Done()
		return store.Record{}, ctx.Err()
	}
	return h.Store.Load(ctx, id)
}

func TestBackendTimeout_IsFiveSecondsUnlessItIsSet(t *testing.T) {
	for set, want := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Minute: time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			h := &hangingStore{Store: memstore.New(nil)}
			v := newVisitorOf(t, session.Stored(h), session.Options{BackendTimeout: set})
			v.clock = time.Now()
			v.with(func(s *session.Session) { username.Set(s, "ada") })
			h.hangs = true
			began := time.Now()
			res := v.with(func(s *session.Session) { s.Len() })
			if took := time.Since(began); took != want || res.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("BackendTimeout %v: after %v the answer is %d, want 503 after %v", set, took, res.StatusCode, want)
			}
		})
	}
}

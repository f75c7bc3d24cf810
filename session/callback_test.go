package session_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
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

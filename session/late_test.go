package session_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

// What needs a cookie is lost after the header, and costs the visitor nothing: not the session
// either, whose new ID no browser would have.
func TestLateEdit_ThatNeedsACookieLeavesTheSession(t *testing.T) {
	edits := map[string]func(s *session.Session){
		"Renew":        (*session.Session).Renew,
		"SignIn":       func(s *session.Session) { s.SignIn("42") },
		"SetPermanent": func(s *session.Session) { s.SetPermanent(true) },
	}
	for name, edit := range edits {
		for backend, b := range map[string]session.Backend{
			"stored":   session.Stored(memstore.New(nil)),
			"overflow": session.Overflow(session.Signed(secret.New()), memstore.New(nil)),
			"moved":    session.Migrate(session.Stored(memstore.New(nil)), session.Stored(memstore.New(nil))),
		} {
			t.Run(backend+"/"+name, func(t *testing.T) {
				var late []error
				m, err := session.New(b, &session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
					late = append(late, err)
					w.WriteHeader(http.StatusInternalServerError)
				}})
				if err != nil {
					t.Fatal(err)
				}
				var cookie *http.Cookie
				visit := func(f func(w http.ResponseWriter, s *session.Session)) int {
					r := httptest.NewRequest("GET", "https://example.com/", nil)
					if cookie != nil {
						r.AddCookie(cookie)
					}
					w := httptest.NewRecorder()
					m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, session.From(r)) })).ServeHTTP(w, r)
					for _, c := range w.Result().Cookies() {
						cookie = c
					}
					return w.Code
				}
				visit(func(_ http.ResponseWriter, s *session.Session) { s.SetOwner("7"); s.Set("a", 1) })
				visit(func(w http.ResponseWriter, s *session.Session) {
					s.Len()
					w.(http.Flusher).Flush()
					edit(s)
					s.Set("b", 2)
				})
				if len(late) != 1 || !errors.Is(late[0], session.ErrTooLate) {
					t.Errorf("reported %v, want one ErrTooLate", late)
				}
				status := visit(func(_ http.ResponseWriter, s *session.Session) {
					if s.Value("a") != int64(1) || s.Value("b") != int64(2) || s.Owner() != "7" || s.Permanent() {
						t.Errorf("the next request finds a=%v, b=%v, owner %q, permanent %v", s.Value("a"), s.Value("b"), s.Owner(), s.Permanent())
					}
					s.Set("c", 3)
				})
				if status != http.StatusOK {
					t.Errorf("the next request that writes is answered with %d", status)
				}
			})
		}
	}
}

// hookedStore calls during each Save.
type hookedStore struct {
	*memstore.Store
	during func()
}

func (h *hookedStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if h.during != nil {
		h.during()
	}
	return h.Store.Save(ctx, id, r)
}

// A Renew of another goroutine that comes while the response is saved is too late for its cookie: it
// is reported, and the visitor keeps the session.
func TestRenew_WhileTheResponseIsSavedLeavesTheSession(t *testing.T) {
	kept := &hookedStore{Store: memstore.New(nil)}
	var late []error
	m, err := session.New(session.Stored(kept), &session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		late = append(late, err)
		w.WriteHeader(http.StatusInternalServerError)
	}})
	if err != nil {
		t.Fatal(err)
	}
	var cookie *http.Cookie
	visit := func(f func(s *session.Session)) {
		r := httptest.NewRequest("GET", "https://example.com/", nil)
		if cookie != nil {
			r.AddCookie(cookie)
		}
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { f(session.From(r)) })).ServeHTTP(w, r)
		for _, c := range w.Result().Cookies() {
			cookie = c
		}
	}
	visit(func(s *session.Session) { s.Set("a", 1) })
	visit(func(s *session.Session) {
		s.Set("b", 2)
		kept.during = s.Renew
	})
	kept.during = nil
	if len(late) != 1 || !errors.Is(late[0], session.ErrTooLate) {
		t.Errorf("reported %v, want one ErrTooLate", late)
	}
	visit(func(s *session.Session) {
		if s.Value("a") != int64(1) || s.Value("b") != int64(2) {
			t.Errorf("the next request finds a=%v, b=%v", s.Value("a"), s.Value("b"))
		}
	})
}

// What is told of a late change may make another one, which is told too. That has an end.
func TestLateEdit_ThatItsReportMakesHasAnEnd(t *testing.T) {
	told := 0
	v := newVisitor(t, session.Options{Observe: func(ctx context.Context, e session.Event) {
		if e.Kind == session.EventLate {
			told++
			session.FromContext(ctx).Set("again", told)
		}
	}})
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		w.(http.Flusher).Flush()
		for range 2 {
			told = 0
			if s.Set("late", 1); told != 4 {
				t.Errorf("%d late changes are told of at once, want 4", told)
			}
		}
	})
}

// A record can end after the header was sent; what is set after that would need a new cookie.
func TestLateEdit_AfterALateDestroy(t *testing.T) {
	var late []string
	v, f := newStoredVisitor(t, session.Options{Observe: func(_ context.Context, e session.Event) {
		if e.Kind == session.EventLate {
			late = append(late, e.Name)
		}
	}})
	v.with(func(s *session.Session) { s.SignIn("ada") })
	v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		w.(http.Flusher).Flush()
		s.Destroy()
		s.Set("a", 1)
	})
	if !slices.Equal(late, []string{"set"}) || len(f.records) != 0 {
		t.Errorf("late are %q, and there are %d records", late, len(f.records))
	}
}

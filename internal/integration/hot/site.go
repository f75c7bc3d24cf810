package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

const count = session.Field[int]("count")

// increment is what each request changes.
func increment(_ http.ResponseWriter, r *http.Request) {
	count.Update(session.From(r), func(n int) int { return n + 1 })
}

// site returns the program under test, as one server of it. change answers /count.
func site(st store.Store, observe func(context.Context, session.Event), change http.HandlerFunc) (http.Handler, error) {
	sessions, err := session.New(session.Stored(st), &session.Options{
		BackendTimeout: 30 * time.Second,
		Logger:         slog.New(slog.DiscardHandler),
		Observe:        observe,
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/login/{user}", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn(r.PathValue("user")) })
	mux.HandleFunc("/count", change)
	mux.HandleFunc("/show", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, count.GetOr(session.From(r), 0))
	})
	return sessions.Handler(mux), nil
}

// A visitor has one session, which all servers know.
type visitor struct {
	servers []http.Handler
	cookie  string
	sent    atomic.Int64
	done    atomic.Int64 // how many requests to /count were answered with 200
}

// signIn returns a visitor who has signed in.
func signIn(ctx context.Context, servers []http.Handler, user string) (*visitor, error) {
	v := &visitor{servers: servers}
	w := v.serve(ctx, "/login/"+user)
	v.cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	if w.Code != http.StatusOK || v.cookie == "" {
		return nil, fmt.Errorf("the login of %s is answered with %d, and %q as its cookie: %s", user, w.Code, v.cookie, w.Body)
	}
	return v, v.count(ctx)
}

// serve has one of the servers answer, by turns.
func (v *visitor) serve(ctx context.Context, path string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "https://site.example"+path, nil)
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	w := httptest.NewRecorder()
	v.servers[v.sent.Add(1)%int64(len(v.servers))].ServeHTTP(w, r)
	return w
}

// count changes the session.
func (v *visitor) count(ctx context.Context) error {
	if w := v.serve(ctx, "/count"); w.Code != http.StatusOK {
		return fmt.Errorf("a change is answered with %d: %s", w.Code, w.Body)
	}
	v.done.Add(1)
	return nil
}

// lost returns how many changes were answered with 200 and are not in the session.
func (v *visitor) lost(ctx context.Context) (int, error) {
	w := v.serve(ctx, "/show")
	there, err := strconv.Atoi(w.Body.String())
	if err != nil || w.Code != http.StatusOK {
		return 0, fmt.Errorf("the count is answered with %d: %s", w.Code, w.Body)
	}
	return max(0, int(v.done.Load())-there), nil
}

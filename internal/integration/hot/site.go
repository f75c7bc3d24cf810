package main

import (
	"context"
	"fmt"
	"io"
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

// site returns the program under test, as one server of it. change answers /count; /plain does not
// use the session.
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
	mux.HandleFunc("/plain", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/show", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, count.GetOr(session.From(r), 0))
	})
	return sessions.Handler(mux), nil
}

// sites are servers of one program, which requests reach by turns.
type sites struct {
	urls  []string
	reach http.RoundTripper
	sent  atomic.Int64
}

// connected returns servers that are reached through connections, of which many stay open.
func connected(urls []string) *sites {
	return &sites{urls: urls, reach: &http.Transport{MaxIdleConnsPerHost: 1000}}
}

// direct returns servers that are reached without a connection, with the context of each request.
func direct(servers ...http.Handler) *sites {
	s, here := new(sites), make(inProcess)
	for i, server := range servers {
		host := fmt.Sprint("server-", i)
		s.urls, here[host] = append(s.urls, "https://"+host), server
	}
	s.reach = here
	return s
}

// inProcess has the handler of each host.
type inProcess map[string]http.Handler

// RoundTrip has the handler of a request's host answer.
func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p[r.URL.Host].ServeHTTP(w, r)
	return w.Result(), nil
}

// A visitor has one session, which all servers know.
type visitor struct {
	sites  *sites
	cookie string
	done   atomic.Int64 // how many requests to /count were answered with 200
}

// signIn returns a visitor who has signed in.
func signIn(ctx context.Context, at *sites, user string) (*visitor, error) {
	v := &visitor{sites: at}
	res, body, err := v.post(ctx, "/login/"+user)
	if err != nil {
		return nil, err
	}
	v.cookie, _, _ = strings.Cut(res.Header.Get("Set-Cookie"), ";")
	if res.StatusCode != http.StatusOK || v.cookie == "" {
		return nil, fmt.Errorf("the login of %s is answered with %s, and %q as its cookie: %s", user, res.Status, v.cookie, body)
	}
	return v, v.count(ctx)
}

// post has one of the servers answer, and returns the response's body beside it.
func (v *visitor) post(ctx context.Context, path string) (*http.Response, string, error) {
	s := v.sites
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.urls[s.sent.Add(1)%int64(len(s.urls))]+path, http.NoBody)
	if err != nil {
		return nil, "", err
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	res, err := s.reach.RoundTrip(r)
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	return res, string(body), err
}

// ask fails unless a request is answered with 200.
func (v *visitor) ask(ctx context.Context, path string) (body string, err error) {
	res, body, err := v.post(ctx, path)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s is answered with %s: %s", path, res.Status, body)
	}
	return body, err
}

// count changes the session.
func (v *visitor) count(ctx context.Context) error {
	_, err := v.ask(ctx, "/count")
	if err == nil {
		v.done.Add(1)
	}
	return err
}

// lost returns how many changes were answered with 200 and are not in the session.
func (v *visitor) lost(ctx context.Context) (int, error) {
	body, err := v.ask(ctx, "/show")
	if err != nil {
		return 0, err
	}
	there, err := strconv.Atoi(body)
	return max(0, int(v.done.Load())-there), err
}

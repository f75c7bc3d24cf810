package faults

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

const kept = session.Field[string]("kept")

// visitors is a site with sessions, and its visitors, in the shape of a store:
// a record is what one visitor's session keeps, and its version only says that
// there is one. So what a load finds out about a store it finds out of
// session.Stored on it.
type visitors struct {
	site http.Handler

	mu      sync.Mutex
	cookies map[store.ID]string
}

var _ store.Store = (*visitors)(nil)

func newVisitors(st store.Store) (*visitors, error) {
	sessions, err := session.New(session.Stored(st), &session.Options{
		BackendTimeout: patience,
		Logger:         slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		text, ok := kept.Get(session.From(r))
		if !ok {
			w.WriteHeader(http.StatusNotFound)
		}
		_, _ = io.WriteString(w, text)
	})
	mux.HandleFunc("POST /", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		text, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err) // it is in memory
		}
		kept.Set(s, string(text))
	})
	mux.HandleFunc("DELETE /", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Destroy() })
	return &visitors{site: sessions.Handler(mux), cookies: make(map[store.ID]string)}, nil
}

// visit sends a visitor's request and returns the answer, and the cookie that
// it sets. An answer that tells of no success is an error.
func (v *visitors) visit(ctx context.Context, method string, id store.ID, body string) (text, cookie string, err error) {
	r := httptest.NewRequestWithContext(ctx, method, "https://site.example/", strings.NewReader(body))
	v.mu.Lock()
	if c := v.cookies[id]; c != "" {
		r.Header.Set("Cookie", c)
	}
	v.mu.Unlock()
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	switch {
	case w.Code == http.StatusNotFound:
		return "", "", store.ErrNotFound
	case w.Code != http.StatusOK:
		return "", "", fmt.Errorf("%s answers %d: %s", method, w.Code, w.Body)
	}
	cookie, _, _ = strings.Cut(w.Header().Get("Set-Cookie"), ";")
	return w.Body.String(), cookie, nil
}

func (v *visitors) Load(ctx context.Context, id store.ID) (store.Record, error) {
	text, _, err := v.visit(ctx, http.MethodGet, id, "")
	return store.Record{Data: []byte(text), Version: 1, Expires: time.Now().Add(time.Hour)}, err
}

// Save sends what a session is to keep. One whose session has ended gets
// another, as any new visitor does: then it is not found.
func (v *visitors) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	_, cookie, err := v.visit(ctx, http.MethodPost, id, string(r.Data))
	if err != nil {
		return 0, err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	switch old := v.cookies[id]; {
	case old == "" && cookie == "":
		return 0, fmt.Errorf("a new visitor got no cookie")
	case old == "":
		v.cookies[id] = cookie
	case cookie != "" && cookie != old:
		return 0, store.ErrNotFound
	}
	return 1, nil
}

func (v *visitors) Delete(ctx context.Context, id store.ID) error {
	_, _, err := v.visit(ctx, http.MethodDelete, id, "")
	return err
}

package main

import (
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/alexedwards/scs/v2/memstore"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// visitor is who signs in, once.
const visitor = "ada"

// unlisted is how many sessions a store has that cannot list them.
const unlisted = -1

const count = session.Field[int]("count")

// ours is the program under test, as one server of it.
func ours(st store.Store) (http.Handler, error) {
	sessions, err := session.New(session.Stored(st), &session.Options{
		Cookie:         session.Cookie{Name: "session", Insecure: true},
		BackendTimeout: 30 * time.Second,
		Logger:         slog.New(slog.DiscardHandler),
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		},
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/begin", func(_ http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn(visitor)
		count.Set(s, 0)
	})
	mux.HandleFunc("/set", func(_ http.ResponseWriter, r *http.Request) {
		n := r.URL.Query().Get("n")
		i, _ := strconv.Atoi(n)
		session.From(r).Set("key"+n, i+1)
	})
	mux.HandleFunc("/count", func(_ http.ResponseWriter, r *http.Request) {
		count.Update(session.From(r), func(n int) int { return n + 1 })
	})
	mux.HandleFunc("/flash", func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).Flash(r.URL.Query().Get("n"))
	})
	mux.HandleFunc("/show", func(w http.ResponseWriter, r *http.Request) {
		show(w, texts(session.From(r)))
	})
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		end := found{Keys: make(map[string]int)}
		end.Count, _ = count.Get(s)
		end.Flashes = texts(s)
		for _, key := range s.Keys() {
			if strings.HasPrefix(key, "key") {
				end.Keys[key], _ = session.Field[int](key).Get(s)
			}
		}
		show(w, end)
	})
	mux.HandleFunc("/sessions", func(w http.ResponseWriter, r *http.Request) {
		n := 0
		for _, err := range sessions.Sessions(r.Context(), visitor) {
			if errors.Is(err, errors.ErrUnsupported) {
				n = unlisted
			} else if err != nil {
				http.Error(w, err.Error(), http.StatusServiceUnavailable)
				return
			} else {
				n++
			}
		}
		show(w, n)
	})
	return sessions.Handler(mux), nil
}

func texts(s *session.Session) []string {
	texts := []string{}
	for _, m := range s.Flashes() {
		texts = append(texts, m.Text)
	}
	return texts
}

// theirs is the same program on scs with its store in memory, as one server:
// flashes are a list that one request appends to and another pops.
func theirs() http.Handler {
	sessions := scs.New()
	sessions.Store = memstore.NewWithCleanupInterval(0)
	sessions.Cookie.Secure = false
	sessions.ErrorFunc = func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/begin", func(_ http.ResponseWriter, r *http.Request) { sessions.Put(r.Context(), "count", 0) })
	mux.HandleFunc("/set", func(_ http.ResponseWriter, r *http.Request) {
		n := r.URL.Query().Get("n")
		i, _ := strconv.Atoi(n)
		sessions.Put(r.Context(), "key"+n, i+1)
	})
	mux.HandleFunc("/count", func(_ http.ResponseWriter, r *http.Request) {
		sessions.Put(r.Context(), "count", sessions.GetInt(r.Context(), "count")+1)
	})
	mux.HandleFunc("/flash", func(_ http.ResponseWriter, r *http.Request) {
		list, _ := sessions.Get(r.Context(), "flashes").([]string)
		sessions.Put(r.Context(), "flashes", append(slices.Clone(list), r.URL.Query().Get("n")))
	})
	mux.HandleFunc("/show", func(w http.ResponseWriter, r *http.Request) {
		list, _ := sessions.Pop(r.Context(), "flashes").([]string)
		show(w, list)
	})
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) {
		end := found{Keys: make(map[string]int), Count: sessions.GetInt(r.Context(), "count")}
		end.Flashes, _ = sessions.Pop(r.Context(), "flashes").([]string)
		for _, key := range sessions.Keys(r.Context()) {
			if strings.HasPrefix(key, "key") {
				end.Keys[key] = sessions.GetInt(r.Context(), key)
			}
		}
		show(w, end)
	})
	mux.HandleFunc("/sessions", func(w http.ResponseWriter, _ *http.Request) { show(w, unlisted) })
	return sessions.LoadAndSave(mux)
}

func show(w http.ResponseWriter, what any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(what)
}

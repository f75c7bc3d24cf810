// Command deploy is the program of docs/deployment.md: what a server with
// sessions needs around its handlers.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

const visits = session.Field[int]("visits")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	key, accepted, err := keys()
	if err != nil {
		log.Fatal(err)
	}
	st := memstore.New(nil) // for several servers, one that they share
	sessions, err := session.New(session.Overflow(session.Signed(key, accepted...), st), nil)
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		visits.Update(s, func(n int) int { return n + 1 })
		n, _ := visits.Get(s)
		_, _ = fmt.Fprintf(w, "Number of your visits: %d\n", n)
	})
	outer := http.NewServeMux()
	outer.Handle("GET /ready", ready(st)) // outside: no visitor asks for it
	outer.Handle("/", sessions.Handler(mux))
	listener, err := net.Listen("tcp", "localhost:8080")
	if err != nil {
		log.Fatal(err)
	}
	if err := serve(ctx, listener, outer); err != nil {
		log.Fatal(err)
	}
}

// keys returns the key that signs and those that are only accepted: from
// systemd's credentials if there are any, and otherwise from the environment.
func keys() (current secret.Key, accepted []secret.Key, err error) {
	if dir := os.Getenv("CREDENTIALS_DIRECTORY"); dir != "" {
		current, err = secret.FromFile(filepath.Join(dir, "secret_key"))
	} else {
		current, err = secret.FromEnv("SECRET_KEY")
	}
	if err != nil {
		return current, nil, err
	}
	accepted, err = secret.ListFromEnv("SECRET_KEY_ACCEPTED")
	return current, accepted, err
}

// serve answers requests until ctx ends, and then finishes those under way.
// Each saves its session before its connection is let go.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return fmt.Errorf("requests were still under way after 20 s: %w", errors.Join(err, server.Close()))
	}
	return nil
}

// ready tells a load balancer whether to send requests here.
func ready(st store.Store) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if p, ok := st.(store.Pinger); ok {
			if err := p.Ping(ctx); err != nil {
				log.Print("not ready: ", err)
				http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
				return
			}
		}
		_, _ = fmt.Fprintln(w, "ready")
	}
}

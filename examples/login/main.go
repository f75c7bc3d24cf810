// Command login is the app of Flask's documentation, in Go: a page that knows
// who is logged in, a login form, a logout, and a message flashed after each.
//
//	go run ./examples/login
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/examples/internal/serve"
	"github.com/wafer-go/wafer/examples/login/app"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at; port 0 means a free one")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() > 0 {
		log.Fatalf("login: %q is not understood; the one option is -addr ADDRESS", flag.Arg(0))
	}

	key, err := secret.FromEnv("SECRET_KEY") // `wafer keygen` prints one
	if errors.Is(err, secret.ErrNotSet) {
		key, err = temporaryKey(), nil
	}
	if err != nil {
		log.Fatal(err)
	}
	handler, err := newHandler(key)
	if err != nil {
		log.Fatal(err)
	}
	if err := serve.UntilStopped(*addr, handler); err != nil {
		log.Fatal("login: ", err)
	}
}

// temporaryKey is for a first look. A program for others fails if it has no
// key, because every restart with a new one logs all users out.
func temporaryKey() secret.Key {
	fmt.Println("SECRET_KEY is not set, so this run has a key of its own, and its end logs all users out. To keep a key:")
	fmt.Println("  export SECRET_KEY=$(openssl rand -hex 32)    # or $(wafer keygen)")
	return secret.New()
}

// newHandler returns the whole app.
func newHandler(key secret.Key) (http.Handler, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	// For developers: /debug/session shows the session of the browser that opens it, and a sign-in
	// that a browser loses is said on the page. Leave both out of a program for others.
	inspector := debug.New(sessions, &debug.Options{Key: key})
	mux := app.Mux()
	mux.Handle("/debug/session", inspector)
	// Requests that change something must come from our own pages.
	protection := http.NewCrossOriginProtection()
	return protection.Handler(sessions.Handler(inspector.Record(mux))), nil
}

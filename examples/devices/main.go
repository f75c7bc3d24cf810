// Command devices is the page "your devices": where somebody is logged in, with
// a button that signs out one device, all others, or all of them. Sessions are
// kept in SQLite, so a restart signs nobody out.
//
//	go -C examples/devices run .
//
// It is a module of its own, for the sake of its SQLite driver. Log in under one
// name from two browsers, or from one and a private window of it. There is no
// password: whoever types a name is its user here. A program for others asks for
// one at the login, once more before it signs devices out (OWASP ASVS 7.5.2), and
// gives SignIn its user's ID.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/examples/internal/serve"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// A session ends after an hour without use, and a day after the login in any
// case, so that one which was left behind on some device goes without being
// signed out. What suits a program depends on what it guards (OWASP ASVS 7.1.1).
const (
	idleTimeout     = time.Hour
	absoluteTimeout = 24 * time.Hour
)

func main() {
	addr := flag.String("addr", "localhost:8082", "the `address` to serve at; port 0 takes a free one")
	file := flag.String("db", "devices.db", "the SQLite `file` that keeps the sessions, made if it is not there")
	flag.Parse()
	log.SetFlags(0)
	if flag.NArg() > 0 {
		log.Fatalf("devices: %q is not understood; the options are -addr ADDRESS and -db FILE", flag.Arg(0))
	}
	if err := run(*addr, *file); err != nil {
		log.Fatal("devices: ", err)
	}
}

// run serves until it is told to stop, and then closes what it opened.
func run(addr, file string) (err error) {
	kept, err := openStore(context.Background(), file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	key, err := keyForBindings()
	if err != nil {
		return err
	}
	handler, err := newHandler(kept, key)
	if err != nil {
		return err
	}
	fmt.Println("Sessions are kept in", kept.path)
	return serve.UntilStopped(addr, handler)
}

// keyForBindings returns the key that signs what binds a session to its device.
// With one of this run alone, browsers prove after a restart that they have their
// keys, and nobody is signed out.
func keyForBindings() (secret.Key, error) {
	key, err := secret.FromEnv("SECRET_KEY")
	if errors.Is(err, secret.ErrNotSet) {
		return secret.New(), nil
	}
	return key, err
}

// newHandler returns the whole app, with its sessions in st.
func newHandler(st store.Store, key secret.Key) (http.Handler, error) {
	sessions, err := session.New(session.Stored(st), &session.Options{
		// A cookie's name counts for all ports of a host, so one of its own
		// keeps this example apart from others on localhost.
		Cookie:          session.Cookie{Name: "__Host-devices"},
		IdleTimeout:     idleTimeout,
		AbsoluteTimeout: absoluteTimeout,
		Observe:         refused,
		ErrorHandler:    fail,
	})
	if err != nil {
		return nil, err
	}
	// Browsers that can, and that come over HTTPS, bind the session to their device.
	guard, err := dbsc.New(sessions, &dbsc.Options{Key: key})
	if err != nil {
		return nil, err
	}
	a := &app{sessions}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.index)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
	mux.HandleFunc("POST /signout", loggedIn(a.signOut))
	mux.HandleFunc("POST /signout/others", loggedIn(a.signOutOthers))
	mux.HandleFunc("POST /signout/everywhere", loggedIn(a.signOutEverywhere))
	// Who reloads a form that came back with an error, or types its address.
	mux.Handle("GET /login", http.RedirectHandler("/", http.StatusSeeOther))
	// Requests that change something must come from our own pages.
	protection := http.NewCrossOriginProtection()
	// A file that is the same for everybody needs no session. Under an
	// IdleTimeout each request that has one asks the store for it.
	all := http.NewServeMux()
	all.HandleFunc("GET /style.css", serveStyle)
	all.Handle("/", protection.Handler(guard.Handler(mux)))
	return all, nil
}

// Command login is the program of docs/login.md: a login with all that
// belongs to it, on the standard library and Wafer alone.
//
//	go run ./internal/guides/login
//
// It knows ada, with the password "correct horse", and bob, with "battery
// staple", and the code 123456.
package main

import (
	"context"
	"errors"
	"log"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func main() {
	users, err := demoUsers()
	if err != nil {
		log.Fatal(err)
	}
	handler, err := newProgram(session.Signed(secret.New()), users)
	if err != nil {
		log.Fatal(err)
	}
	log.Print("open http://localhost:8080/login")
	server := &http.Server{Addr: "localhost:8080", Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Fatal(server.ListenAndServe())
}

// What the session of a signed-in user contains, besides the owner.
const (
	generation      = session.Field[int]("generation")
	authenticatedAt = session.Field[time.Time]("authenticated_at")
)

type program struct {
	users    *users
	sessions *session.Manager
}

func newProgram(backend session.Backend, users *users) (http.Handler, error) {
	p := &program{users: users}
	var err error
	p.sessions, err = session.New(backend, &session.Options{
		Lifetime:        30 * 24 * time.Hour, // how long a remembered user's cookie lasts
		IdleTimeout:     30 * 24 * time.Hour, // each visit starts the 30 days again
		AbsoluteTimeout: 90 * 24 * time.Hour, // after 90 days, users sign in again
		Validate:        p.validate,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", p.loginForm)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("GET /login/code", p.codeForm)
	mux.HandleFunc("POST /login/code", p.code)
	mux.HandleFunc("POST /logout", p.logout)
	mux.Handle("GET /{$}", p.signedIn(p.account))
	mux.Handle("POST /note", p.signedIn(p.note))
	mux.Handle("GET /confirm", p.signedIn(p.confirmForm))
	mux.Handle("POST /confirm", p.signedIn(p.confirm))
	mux.Handle("GET /password", p.signedIn(p.recently(p.passwordForm)))
	mux.Handle("POST /password", p.signedIn(p.recently(p.changePassword)))
	mux.Handle("POST /signout-everywhere", p.signedIn(p.signOutEverywhere))
	protection := http.NewCrossOriginProtection()
	return protection.Handler(p.sessions.Handler(mux)), nil
}

// notRemembered is how long a user stays signed in who did not ask to be
// remembered, also where their browser never closes.
const notRemembered = 12 * time.Hour

// validate refuses sessions that were revoked, and those that are too old.
func (p *program) validate(ctx context.Context, s *session.Session) error {
	if s.Owner() == "" {
		return nil // no user is signed in
	}
	u, err := p.users.byID(ctx, s.Owner())
	if errors.Is(err, errNoUser) {
		return session.ErrInvalidated
	}
	if err != nil {
		return err // the request fails, and no user is signed out
	}
	if generation.GetOr(s, 1) != u.generation {
		return session.ErrInvalidated
	}
	if at, _ := authenticatedAt.Get(s); !s.Permanent() && time.Since(at) > notRemembered {
		return session.ErrInvalidated
	}
	return nil
}

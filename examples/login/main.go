// Command login is the app of Flask's documentation, in Go: a page that knows
// who is logged in, a login form, a logout, and a message flashed after each.
//
//	go run ./examples/login
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

func main() {
	addr := flag.String("addr", "localhost:8080", "the `address` to serve at; port 0 takes a free one")
	flag.Parse()
	log.SetFlags(0)
	if err := run(*addr); err != nil {
		log.Fatal("login: ", err)
	}
}

func run(addr string) error {
	key, err := secret.FromEnv("SECRET_KEY")
	if errors.Is(err, secret.ErrNotSet) {
		key, err = secret.New(), nil
		fmt.Println("SECRET_KEY is not set, so this run has a key of its own, and its end logs everybody out. To keep one:")
		fmt.Println("  export SECRET_KEY=$(openssl rand -hex 32)")
	}
	if err != nil {
		return err
	}
	handler, err := newHandler(key)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("%w; choose another address, such as -addr localhost:8081", err)
	}
	fmt.Println("Open", address(addr, listener.Addr()))

	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	go func() {
		<-ctx.Done()
		stop() // a second Ctrl-C ends it at once
		grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = server.Shutdown(grace)
	}()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// address is what to type into a browser, with the host as it was given:
// browsers take Secure cookies over plain HTTP from localhost alone.
func address(given string, listening net.Addr) string {
	host, _, _ := net.SplitHostPort(given)
	_, port, _ := net.SplitHostPort(listening.String())
	if host == "" || strings.HasPrefix(host, "0.0.0.0") || host == "::" {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// newHandler returns the whole app.
func newHandler(key secret.Key) (http.Handler, error) {
	sessions, err := session.New(session.Signed(key), nil)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /login", loginForm)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
	// Requests that change something must come from our own pages.
	protection := http.NewCrossOriginProtection()
	return protection.Handler(sessions.Handler(mux)), nil
}

func index(w http.ResponseWriter, r *http.Request) {
	show(w, indexPage, http.StatusOK, session.From(r))
}

func loginForm(w http.ResponseWriter, r *http.Request) {
	show(w, loginPage, http.StatusOK, session.From(r))
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("username"))
	if name == "" || len(name) > 100 {
		s.FlashNow("error", "Please give a name of 1 to 100 characters")
		show(w, loginPage, http.StatusUnprocessableEntity, s)
		return
	}
	s.Renew() // the visitor's rights change
	username.Set(s, name)
	s.FlashAs("success", "You were successfully logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.Destroy()
	s.FlashAs("info", "You were logged out")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

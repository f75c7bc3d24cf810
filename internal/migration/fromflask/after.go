// Package fromflask is one program, as Flask has it (app.py) and as Wafer has it.
package fromflask

import (
	"fmt"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// beside has the sessions of a Flask program that still runs: both read and
// write one cookie.
func beside(secretKey string) (*session.Manager, error) {
	backend, err := flask.Cookies(secretKey, nil)
	if err != nil {
		return nil, err
	}
	return session.New(backend, flask.Defaults())
}

// alone reads what a Flask program wrote, and writes Wafer's own.
func alone(key secret.Key, secretKey string) (*session.Manager, error) {
	old, err := flask.Cookies(secretKey, nil)
	if err != nil {
		return nil, err
	}
	return session.New(session.Migrate(session.Sealed(key), old), &session.Options{
		Cookie:        session.Cookie{Name: "session"}, // as Flask calls it
		ReissueOnRead: true,
	})
}

func after(sessions *session.Manager) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
	return sessions.Handler(mux)
}

func index(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	for _, m := range s.Flashes() {
		fmt.Fprintf(w, "%s: %s\n", m.Category, m.Text)
	}
	if name, ok := username.Get(s); ok {
		fmt.Fprintf(w, "Hello, %s.\n", name)
	} else {
		fmt.Fprintln(w, "You are not logged in.")
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.Renew()
	s.SetPermanent(true)
	username.Set(s, r.PostFormValue("username"))
	s.FlashAs("success", "You were logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	username.Delete(s)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

const (
	cart   = session.Field[flask.Tuple]("cart")
	raw    = session.Field[[]byte]("raw")
	device = session.Field[flask.UUID]("device")
	since  = session.Field[time.Time]("since")
)

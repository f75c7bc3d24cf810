package fromgorilla

import (
	"fmt"
	"net/http"

	"github.com/wafer-go/wafer/migrate/gorilla"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

// newSessions reads the cookies of gorilla's program, and writes Wafer's.
func newSessions(key secret.Key, hashKey, blockKey []byte) (*session.Manager, error) {
	old := gorilla.Cookies([]gorilla.Keys{gorilla.NewKeys(hashKey, blockKey)}, nil)
	return session.New(session.Migrate(session.Sealed(key), old), &session.Options{
		Cookie:        session.Cookie{Name: "session-name"}, // as the program called it
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
	s.Flash("You were logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	session.From(r).Destroy()
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

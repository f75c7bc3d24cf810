package fromscs

import (
	"fmt"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/migrate/scs"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

const username = session.Field[string]("username")

// lifetime is the SessionManager's, 24 hours unless the program changed it.
const lifetime = 24 * time.Hour

// newSessions reads the records of scs's program, and writes Wafer's.
func newSessions(st store.Store, oldStore scs.Store) (*session.Manager, error) {
	old := scs.Records(oldStore, &scs.Options{Lifetime: lifetime, Convert: flashes})
	return session.New(session.Migrate(session.Stored(st), old), &session.Options{
		Cookie:          session.Cookie{Name: "session"}, // scs's name
		Lifetime:        lifetime,
		AbsoluteTimeout: lifetime, // from the login, as scs counts it
		ReissueOnRead:   true,
	})
}

// flashes makes a message of what the program kept for one.
func flashes(key string, value any) (string, any, bool) {
	if text, ok := value.(string); ok && key == "flash" {
		return "_flashes", []session.Message{{Category: "message", Text: text}}, true
	}
	return key, value, true
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

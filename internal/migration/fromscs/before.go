// Package fromscs is one program, as scs has it and as Wafer has it.
package fromscs

import (
	"fmt"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

// before keeps who is signed in with scs.
type before struct{ sessions *scs.SessionManager }

func (p *before) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	return p.sessions.LoadAndSave(mux)
}

func (p *before) index(w http.ResponseWriter, r *http.Request) {
	if text := p.sessions.PopString(r.Context(), "flash"); text != "" {
		fmt.Fprintf(w, "message: %s\n", text)
	}
	if name := p.sessions.GetString(r.Context(), "username"); name != "" {
		fmt.Fprintf(w, "Hello, %s.\n", name)
	} else {
		fmt.Fprintln(w, "You are not logged in.")
	}
}

func (p *before) login(w http.ResponseWriter, r *http.Request) {
	if err := p.sessions.RenewToken(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	p.sessions.Put(r.Context(), "username", r.PostFormValue("username"))
	p.sessions.Put(r.Context(), "flash", "You were logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *before) logout(w http.ResponseWriter, r *http.Request) {
	if err := p.sessions.Destroy(r.Context()); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// Package fromgorilla is one program, as gorilla/sessions has it and as Wafer has
// it.
package fromgorilla

import (
	"fmt"
	"net/http"

	"github.com/gorilla/sessions"
)

// before keeps who is signed in with gorilla/sessions.
type before struct{ store sessions.Store }

func (p *before) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.index)
	mux.HandleFunc("POST /login", p.login)
	mux.HandleFunc("POST /logout", p.logout)
	return mux
}

func (p *before) index(w http.ResponseWriter, r *http.Request) {
	s, _ := p.store.Get(r, "session-name")
	flashes := s.Flashes()
	if err := s.Save(r, w); err != nil { // before the first byte, to clear the flashes
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	for _, f := range flashes {
		fmt.Fprintf(w, "message: %v\n", f)
	}
	if name, ok := s.Values["username"].(string); ok {
		fmt.Fprintf(w, "Hello, %s.\n", name)
	} else {
		fmt.Fprintln(w, "You are not logged in.")
	}
}

func (p *before) login(w http.ResponseWriter, r *http.Request) {
	s, _ := p.store.Get(r, "session-name")
	s.Values["username"] = r.PostFormValue("username")
	s.AddFlash("You were logged in")
	if err := s.Save(r, w); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *before) logout(w http.ResponseWriter, r *http.Request) {
	s, _ := p.store.Get(r, "session-name")
	s.Options.MaxAge = -1
	if err := s.Save(r, w); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

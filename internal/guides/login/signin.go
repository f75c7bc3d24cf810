package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session"
)

func (p *program) loginForm(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "login", map[string]any{"Next": r.FormValue("next")})
}

func (p *program) login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name, next := r.PostFormValue("name"), r.PostFormValue("next")
	u, err := p.users.check(r.Context(), name, r.PostFormValue("password"))
	if errors.Is(err, errNoUser) {
		s.FlashNow("error", "The name or the password is wrong")
		show(w, r, http.StatusUnprocessableEntity, "login", map[string]any{"Next": next, "Name": name})
		return
	}
	if err != nil {
		fail(w, r, err)
		return
	}
	remember := r.PostFormValue("remember") != ""
	if u.code != "" {
		askForCode(w, r, name, next, remember)
		return
	}
	signIn(s, name, u, remember)
	s.FlashAs("success", "You are signed in")
	http.Redirect(w, r, localPath(next), http.StatusSeeOther)
}

// signIn signs in a user whose password, and code if any, were right.
func signIn(s *session.Session, name string, u user, remember bool) {
	s.SignIn(name)
	s.SetPermanent(remember)
	generation.Set(s, u.generation)
	authenticatedAt.Set(s, time.Now())
}

func (p *program) logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You are signed out")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// signedIn lets only signed-in users through.
func (p *program) signedIn(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Also of a redirect: nothing here is for a cache, or for the back
		// button after a logout.
		w.Header().Set("Cache-Control", "no-store")
		if session.From(r).Owner() == "" {
			http.Redirect(w, r, "/login?next="+returnTo(r), http.StatusSeeOther)
			return
		}
		next(w, r)
	})
}

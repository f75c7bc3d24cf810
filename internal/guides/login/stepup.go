package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session"
)

// recentEnough is how old a password's entry may be for what matters most.
const recentEnough = 10 * time.Minute

// recently lets users through who gave their password in the last ten minutes, and asks the others
// for it.
func (p *program) recently(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		at, ok := authenticatedAt.Get(session.From(r))
		if !ok || time.Since(at) > recentEnough {
			http.Redirect(w, r, "/confirm?next="+returnTo(r), http.StatusSeeOther)
			return
		}
		next(w, r)
	}
}

func (p *program) confirmForm(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "confirm", map[string]any{"Next": r.FormValue("next")})
}

func (p *program) confirm(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	next := r.PostFormValue("next")
	_, err := p.users.check(r.Context(), s.Owner(), r.PostFormValue("password"))
	if errors.Is(err, errNoUser) {
		s.FlashNow("error", "The password is wrong")
		show(w, r, http.StatusUnprocessableEntity, "confirm", map[string]any{"Next": next})
		return
	}
	if err != nil {
		fail(w, r, err)
		return
	}
	s.SignIn(s.Owner())
	authenticatedAt.Set(s, time.Now())
	http.Redirect(w, r, localPath(next), http.StatusSeeOther)
}

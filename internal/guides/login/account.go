package main

import (
	"errors"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

const note = session.Field[string]("note")

func (p *program) account(w http.ResponseWriter, r *http.Request) {
	text, _ := note.Get(session.From(r))
	show(w, r, http.StatusOK, "account", map[string]any{"Note": text})
}

// note keeps what the visitor typed, if the page was made for the user who is
// signed in now: in another tab another user may have signed in.
func (p *program) note(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if r.PostFormValue("as") != s.Owner() {
		s.FlashAs("error", "Another user has signed in; nothing was changed")
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	note.Set(s, r.PostFormValue("note"))
	s.Flash("Saved")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *program) passwordForm(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "password", map[string]any{})
}

func (p *program) changePassword(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	u, err := p.users.setPassword(r.Context(), s.Owner(), r.PostFormValue("password"))
	if err != nil {
		fail(w, r, err)
		return
	}
	// All other sessions are of the generation before. This one goes on.
	s.Renew()
	generation.Set(s, u.generation)
	s.FlashAs("success", "Your password is changed, and your other devices are signed out")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (p *program) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	owner := s.Owner()
	if _, err := p.users.nextGeneration(r.Context(), owner); err != nil {
		fail(w, r, err)
		return
	}
	// In a store the records can be deleted too; in a cookie there are none.
	if _, err := p.sessions.SignOutEverywhere(r.Context(), owner); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		fail(w, r, err)
		return
	}
	s.SignOut()
	s.FlashAs("info", "You are signed out on all devices")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

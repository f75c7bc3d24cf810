package main

import (
	"crypto/subtle"
	"net/http"
	"time"

	"github.com/wafer-go/wafer/session"
)

// halfway holds a user who has given the password and not yet the code. It does not make them the
// owner, so no page counts them as signed in.
const halfway = session.Field[halfSignedIn]("halfway")

type halfSignedIn struct {
	User     string
	Next     string
	Remember bool
	At       time.Time
}

// codeWithin is how long after the password the code must come.
const codeWithin = 5 * time.Minute

func askForCode(w http.ResponseWriter, r *http.Request, name, next string, remember bool) {
	s := session.From(r)
	s.Renew()
	halfway.Set(s, halfSignedIn{name, next, remember, time.Now()})
	http.Redirect(w, r, "/login/code", http.StatusSeeOther)
}

func (p *program) codeForm(w http.ResponseWriter, r *http.Request) {
	show(w, r, http.StatusOK, "code", map[string]any{})
}

func (p *program) code(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	half, ok := halfway.Get(s)
	if !ok || time.Since(half.At) > codeWithin {
		halfway.Delete(s)
		s.FlashAs("error", "That took too long; please begin again")
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	u, err := p.users.byID(r.Context(), half.User)
	if err != nil {
		fail(w, r, err)
		return
	}
	if subtle.ConstantTimeCompare([]byte(r.PostFormValue("code")), []byte(u.code)) != 1 {
		s.FlashNow("error", "The code is wrong")
		show(w, r, http.StatusUnprocessableEntity, "code", map[string]any{})
		return
	}
	halfway.Delete(s)
	signIn(s, half.User, u, half.Remember)
	s.FlashAs("success", "You are signed in")
	http.Redirect(w, r, localPath(half.Next), http.StatusSeeOther)
}

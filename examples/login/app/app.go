// Package app is the login of Flask's documentation, in Go: a page that knows who
// is logged in, a login form, a logout, and a message flashed after each. The
// program in the folder above serves it.
package app

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

// maxName is the length of a name in characters. They have 240 bytes at most, and an owner may have
// 255.
const maxName = 60

// Mux returns the pages. It wants a session.Manager's Handler around it, and one
// of http.CrossOriginProtection around that.
func Mux() *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /login", loginForm)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
	return mux
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
	if n := utf8.RuneCountInString(name); n < 1 || n > maxName || !utf8.ValidString(name) {
		s.FlashNow("error", "Please give a name of 1 to 60 characters")
		show(w, loginPage, http.StatusUnprocessableEntity, s)
		return
	}
	s.SignIn(name)
	username.Set(s, name)
	s.FlashAs("success", "You were successfully logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

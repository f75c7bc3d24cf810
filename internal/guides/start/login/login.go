package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

var accountPage = template.Must(template.New("account").Parse(`<!doctype html>
<title>Account</title>
{{with .Name}}Hello, {{.}}. <form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<form method="post" action="/login"><input name="username" required maxlength="50"> <button>Sign in</button></form>
{{end}}`))

func account(w http.ResponseWriter, r *http.Request) {
	name, _ := username.Get(session.From(r))
	if err := accountPage.Execute(w, map[string]any{"Name": name}); err != nil {
		log.Print(err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignIn(r.PostFormValue("username"))        // in your program, the user's ID
	username.Set(s, r.PostFormValue("username")) // what the page shows
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

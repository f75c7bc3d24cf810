package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

var layout = template.Must(template.New("layout").Funcs(session.Funcs).Parse(`<!doctype html>
<title>{{block "title" .}}{{end}}</title>
{{range flashes .Session}}<p role="status" class="{{.Category}}">{{.Text}}</p>
{{end}}{{block "main" .}}{{end}}`))

var accountPage = template.Must(template.Must(layout.Clone()).Parse(`{{define "title"}}Account{{end}}
{{define "main"}}{{if .Name}}Hello, {{.Name}}. <form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<form method="post" action="/login"><input name="username" required maxlength="50"> <button>Sign in</button></form>
{{end}}{{end}}`))

func account(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name, _ := username.Get(s)
	if err := accountPage.Execute(w, map[string]any{"Session": s, "Name": name}); err != nil {
		log.Print(err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignIn(r.PostFormValue("username"))        // in your program, the user's ID
	username.Set(s, r.PostFormValue("username")) // what the page shows
	s.FlashAs("success", "You are signed in")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You are signed out")
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

var page = template.Must(template.New("").Funcs(session.Funcs).Parse(`<!doctype html><html lang="en">
<meta name="viewport" content="width=device-width"><title>Wafer</title><style>:root { color-scheme: light dark }</style>
<main>{{range flashes .}}<p role="status">{{.Text}}</p>
{{end}}{{if .Owner}}<h1>Hello, {{.Owner}}</h1><form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<form method="post" action="/login"><h1>Sign in</h1><label>Name <input name="name" required></label> <button>Sign in</button></form>
{{end}}</main>`))

func main() {
	key, err := secret.FromEnv("SECRET_KEY")
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Signed(key), nil) // nil: the default options
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if err := page.Execute(w, session.From(r)); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn(r.PostFormValue("name")) // a real program checks a password first
		s.Flash("You are signed in")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	http.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignOut()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	handler := http.NewCrossOriginProtection().Handler(sessions.Handler(http.DefaultServeMux)) // against CSRF
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/wafer-go/wafer/session"
)

var page = template.Must(template.New("page").Funcs(session.Funcs).Parse(`<!doctype html>
<title>Hello</title>
{{range flashes .}}<p role="status" class="{{.Category}}">{{.Text}}</p>{{end}}<p>Hello, {{or (value . "username") "stranger"}}.</p>
<form method="post" action="/login"><input name="username" required> <button>Log in</button></form>
`))

func main() {
	r := chi.NewRouter()
	r.Use(middleware.Logger)
	r.Use(middleware.Recoverer)
	r.Use(newSessions().Handler)
	r.Get("/", index)
	r.Post("/login", login)
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", r))
}

func index(w http.ResponseWriter, r *http.Request) {
	if err := page.Execute(w, session.From(r)); err != nil {
		log.Print(err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignIn(r.PostFormValue("username")) // in your program, the user's ID
	username.Set(s, r.PostFormValue("username"))
	s.Flash("You were successfully logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

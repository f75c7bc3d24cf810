package main

import (
	"log"
	"net/http"

	"github.com/a-h/templ"
	"github.com/wafer-go/wafer/session"
)

func main() {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", templ.Handler(page()))
	mux.HandleFunc("POST /login", login)
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", newSessions().Handler(mux)))
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignIn(r.PostFormValue("username")) // in your program, the user's ID
	username.Set(s, r.PostFormValue("username"))
	s.Flash("You were successfully logged in")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package main

import (
	"html/template"
	"log"
	"net/http"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<title>Hello</title>
<p>Hello, stranger.</p>
<form method="post" action="/login"><input name="username" required> <button>Log in</button></form>
`))

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("POST /login", login)
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

func index(w http.ResponseWriter, r *http.Request) {
	if err := page.Execute(w, nil); err != nil {
		log.Print(err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	log.Printf("%s logs in, and is forgotten", r.PostFormValue("username"))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

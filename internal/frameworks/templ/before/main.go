package main

import (
	"log"
	"net/http"

	"github.com/a-h/templ"
)

func main() {
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", templ.Handler(page()))
	mux.HandleFunc("POST /login", login)
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", mux))
}

func login(w http.ResponseWriter, r *http.Request) {
	log.Printf("%s logs in, and is forgotten", r.PostFormValue("username"))
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package main

import (
	"fmt"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const visits = session.Field[int]("visits")

func main() {
	key, err := secret.FromEnv("SECRET_KEY")
	if err != nil {
		log.Fatal(err)
	}
	sessions, err := session.New(session.Signed(key), nil) // nil: the default options
	if err != nil {
		log.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("GET /login", account)
	mux.HandleFunc("POST /login", login)
	mux.HandleFunc("POST /logout", logout)
	protection := http.NewCrossOriginProtection()
	log.Print("open http://localhost:8080")
	log.Fatal(http.ListenAndServe("localhost:8080", protection.Handler(sessions.Handler(mux))))
}

func index(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	visits.Update(s, func(n int) int { return n + 1 })
	n, _ := visits.Get(s) // the bool tells whether there is a value
	fmt.Fprintf(w, "Number of your visits: %d\n", n)
}

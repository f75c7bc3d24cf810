// Command api is the program of docs/api-clients.md: an API whose clients keep their sessions' token
// themselves.
package main

import (
	"encoding/json"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// frontEnd is the web page's origin, which is not the API's.
const frontEnd = "https://app.example.com"

const tokenHeader = "Session-Token"

func main() {
	h, err := newAPI()
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("localhost:8080", h))
}

func newAPI() (http.Handler, error) {
	sessions, err := session.New(session.Stored(memstore.New(nil)), &session.Options{TokenHeader: tokenHeader})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /session", signIn)
	mux.HandleFunc("GET /me", me)
	mux.HandleFunc("DELETE /session", signOut)
	return allowFrontEnd(sessions.Handler(mux)), nil
}

func signIn(w http.ResponseWriter, r *http.Request) {
	var given struct{ Name, Password string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<10)).Decode(&given); err != nil || !isPassword(given.Name, given.Password) {
		http.Error(w, "wrong name or password", http.StatusUnauthorized)
		return
	}
	session.From(r).SignIn(given.Name)
	w.WriteHeader(http.StatusNoContent)
}

func me(w http.ResponseWriter, r *http.Request) {
	owner := session.From(r).Owner()
	if owner == "" {
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"name": owner})
}

func signOut(w http.ResponseWriter, r *http.Request) {
	session.From(r).SignOut()
	w.WriteHeader(http.StatusNoContent)
}

// allowFrontEnd lets the page's scripts send the token, and read the one that a response brings.
func allowFrontEnd(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Add("Vary", "Origin")
		if r.Header.Get("Origin") != frontEnd {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", frontEnd)
		h.Set("Access-Control-Expose-Headers", tokenHeader)
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE")
			h.Set("Access-Control-Allow-Headers", "Content-Type, "+tokenHeader)
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}

var userPassword = secret.New().Reveal() // of this run: a real program checks a hash

func isPassword(name, password string) bool { return name == "ada" && password == userPassword }

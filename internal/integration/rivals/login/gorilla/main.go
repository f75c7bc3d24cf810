package main

import (
	"encoding/hex"
	"html/template"
	"log"
	"net/http"
	"os"

	"github.com/gorilla/sessions"
)

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en">
<meta name="viewport" content="width=device-width"><title>gorilla</title><style>:root { color-scheme: light dark }</style>
<main>{{range .Messages}}<p role="status">{{.}}</p>
{{end}}{{if .Name}}<h1>Hello, {{.Name}}</h1><form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<form method="post" action="/login"><h1>Sign in</h1><label>Name <input name="name" required></label> <button>Sign in</button></form>
{{end}}</main>`))

func main() {
	key, err := hex.DecodeString(os.Getenv("SECRET_KEY"))
	if err != nil || len(key) < 32 {
		log.Fatal("SECRET_KEY must have 64 hexadecimal digits or more")
	}
	store := sessions.NewCookieStore(key)
	store.MaxAge(24 * 60 * 60)
	store.Options.Secure = true
	store.Options.HttpOnly = true
	store.Options.SameSite = http.SameSiteLaxMode
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, "__Host-session") // if the cookie is refused, an empty session
		name, _ := s.Values["name"].(string)
		messages := s.Flashes()
		if len(messages) > 0 { // saved before the first byte is written
			if err := s.Save(r, w); err != nil {
				http.Error(w, "the session cannot be saved", http.StatusInternalServerError)
				return
			}
		}
		if name != "" {
			w.Header().Set("Cache-Control", "no-store")
		}
		if err := page.Execute(w, map[string]any{"Messages": messages, "Name": name}); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, "__Host-session")
		clear(s.Values) // another user's values
		s.Values["name"] = r.PostFormValue("name")
		s.AddFlash("You are signed in")
		if err := s.Save(r, w); err != nil {
			http.Error(w, "the session cannot be saved", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	http.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		s, _ := store.Get(r, "__Host-session")
		s.Options.MaxAge = -1
		if err := s.Save(r, w); err != nil {
			http.Error(w, "the session cannot be saved", http.StatusInternalServerError)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	handler := http.NewCrossOriginProtection().Handler(http.DefaultServeMux)
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

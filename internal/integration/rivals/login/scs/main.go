package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"
)

var page = template.Must(template.New("").Parse(`<!doctype html><html lang="en">
<meta name="viewport" content="width=device-width"><title>scs</title><style>:root { color-scheme: light dark }</style>
<main>{{with .Message}}<p role="status">{{.}}</p>
{{end}}{{if .Name}}<h1>Hello, {{.Name}}</h1><form method="post" action="/logout"><button>Sign out</button></form>
{{else}}<form method="post" action="/login"><h1>Sign in</h1><label>Name <input name="name" required></label> <button>Sign in</button></form>
{{end}}</main>`))

func main() {
	sessions := scs.New() // in memory
	sessions.Cookie.Name = "__Host-session"
	sessions.Cookie.Secure = true
	sessions.Cookie.Persist = false
	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		name := sessions.GetString(r.Context(), "name")
		message := sessions.PopString(r.Context(), "flash") // before the first byte is written
		if name != "" {
			w.Header().Set("Cache-Control", "no-store")
		}
		if err := page.Execute(w, map[string]string{"Message": message, "Name": name}); err != nil {
			log.Print(err)
		}
	})
	http.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.RenewToken(r.Context()); err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		if err := sessions.Clear(r.Context()); err != nil { // another user's values
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		sessions.Put(r.Context(), "name", r.PostFormValue("name"))
		sessions.Put(r.Context(), "flash", "You are signed in")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	http.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		if err := sessions.Destroy(r.Context()); err != nil {
			http.Error(w, "try again later", http.StatusServiceUnavailable)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	handler := http.NewCrossOriginProtection().Handler(sessions.LoadAndSave(http.DefaultServeMux))
	log.Fatal(http.ListenAndServe("localhost:8080", handler))
}

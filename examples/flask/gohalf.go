package main

import (
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

const username = session.Field[string]("username")

var page = template.Must(template.New("page").Funcs(session.Funcs).Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Go half · one login</title>
<link rel="stylesheet" href="/style.css">
<header><nav><a href="/go/" aria-current="page">Go half</a> <a href="/py/">Python half</a></nav></header>
{{range flashes .Session}}<div class="flash {{.Category}}" role="{{if eq .Category "error"}}alert{{else}}status{{end}}"><strong>{{.Category}}</strong> <span>{{.Text}}</span></div>
{{end}}<main>
{{with value .Session "username"}}<h1>Hello, {{.}}</h1>
<p>This page comes from Go. <a href="/py/">The Python half</a> knows you too.</p>
<form method="post" action="/go/flash"><button>Flash a message for the Python half</button></form>
<form method="post" action="/go/logout"><button class="second">Log out</button></form>
{{else}}<h1>Log in with Go</h1>
<form method="post" action="/go/login">
<label for="username">Your name</label>
<input id="username" name="username" autocomplete="username" required maxlength="100">
<button>Log in</button>
</form>
{{end}}<p><a href="/go/session.json">The session as Go sees it</a></p>
</main>
</html>
`))

// newHandler returns the Go half. All that makes it Flask's equal is in the
// first line: Flask's cookies, with Flask's key and defaults.
func newHandler(secretKey string) (http.Handler, error) {
	backend, err := flask.Cookies(secretKey, nil)
	if err != nil {
		return nil, err
	}
	sessions, err := session.New(backend, flask.Defaults())
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /go/{$}", index)
	mux.HandleFunc("POST /go/login", login)
	mux.HandleFunc("POST /go/logout", logout)
	mux.HandleFunc("POST /go/flash", flash)
	mux.HandleFunc("GET /go/session.json", sessionJSON)
	return sessions.Handler(mux), nil
}

func index(w http.ResponseWriter, r *http.Request) {
	if err := page.Execute(w, map[string]any{"Session": session.From(r)}); err != nil {
		log.Print("flask: ", err)
	}
}

func login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("username"))
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 || !utf8.ValidString(name) {
		s.FlashAs("error", "Please give a name of 1 to 100 characters")
	} else {
		s.Renew()
		username.Set(s, name)
		s.FlashAs("success", "You were logged in by Go")
	}
	http.Redirect(w, r, "/go/", http.StatusSeeOther)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.Clear()
	s.FlashAs("info", "You were logged out by Go")
	http.Redirect(w, r, "/go/", http.StatusSeeOther)
}

func flash(w http.ResponseWriter, r *http.Request) {
	session.From(r).FlashAs("info", "Flashed by Go")
	http.Redirect(w, r, "/py/", http.StatusSeeOther)
}

func sessionJSON(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	values := make(map[string]any)
	for _, key := range s.Keys() {
		values[key] = s.Value(key)
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(values); err != nil {
		log.Print("flask: ", err)
	}
}

package main

import (
	"encoding/json"
	"html/template"
	"log"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flaskwtf"
	"github.com/wafer-go/wafer/session"
)

const notes = session.Field[[]string]("notes")

const pageText = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Go half · one login</title>
<link rel="stylesheet" href="/style.css">
<header><nav><a href="/go/" aria-current="page">Go half</a> <a href="/py/">Python half</a></nav></header>
{{range flashes .Session}}<div class="flash {{.Category}}" role="{{if eq .Category "error"}}alert{{else}}status{{end}}"><strong>{{.Category}}</strong> <span>{{.Text}}</span></div>
{{end}}<main>
{{if .Admin}}<h1>The admin page of Go</h1>
<p>{{.Session.Owner}}, you logged in with your name, and were not only remembered. Flask-Login calls such a login fresh.</p>
<p><a href="/go/">Back</a></p>
{{else if and .Session.Owner (not .Next)}}<h1>Hello, {{.Session.Owner}}</h1>
<p>This page comes from Go. <a href="/py/">The Python half</a> knows you too.{{if not .Fresh}} You were remembered.{{end}}</p>
<ul>{{range value .Session "notes"}}<li>{{.}}</li>{{end}}</ul>
<form method="post" action="/py/notes">
{{csrf_field .Session}}
<label for="note">A note, sent to the Python half</label>
<input id="note" name="note" required maxlength="100">
<button>Save</button>
</form>
<form method="post" action="/go/flash">{{csrf_field .Session}}<button>Flash a message for the Python half</button></form>
<form method="post" action="/go/logout">{{csrf_field .Session}}<button class="second">Log out</button></form>
<p><a href="/go/admin">The admin page</a> needs a fresh login.</p>
{{else}}<h1>Log in with Go</h1>
<form method="post" action="/go/login{{with .Next}}?next={{.}}{{end}}">
{{csrf_field .Session}}
<label for="username">Your name</label>
<input id="username" name="username" autocomplete="username" required maxlength="100">
<label><input type="checkbox" name="remember"> Remember me</label>
<button>Log in</button>
</form>
{{end}}<p><a href="/go/session.json">The session as Go sees it</a></p>
</main>
</html>
`

// goHalf has the pages of the Go half.
type goHalf struct {
	logins *flasklogin.Logins
	page   *template.Template
}

// newHandler returns the Go half. What makes it Flask's equal is at the beginning: Flask's cookies,
// Flask-Login's logins and Flask-WTF's forms, with Flask's key and defaults.
func newHandler(secretKey string) (http.Handler, error) {
	backend, err := flask.Cookies(secretKey, nil)
	if err != nil {
		return nil, err
	}
	logins, err := flasklogin.New(secretKey, nil)
	if err != nil {
		return nil, err
	}
	forms, err := flaskwtf.New(secretKey, nil)
	if err != nil {
		return nil, err
	}
	opts := flask.Defaults()
	opts.Login = logins
	sessions, err := session.New(backend, opts)
	if err != nil {
		return nil, err
	}
	h := &goHalf{logins, template.Must(template.New("page").Funcs(session.Funcs).Funcs(forms.Funcs()).Parse(pageText))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /go/{$}", h.index)
	mux.HandleFunc("POST /go/login", h.login)
	mux.HandleFunc("POST /go/logout", logout)
	mux.HandleFunc("POST /go/flash", flash)
	mux.HandleFunc("GET /go/session.json", sessionJSON)
	mux.Handle("POST /go/notes", flasklogin.Required("/go/", http.HandlerFunc(addNote)))
	mux.Handle("GET /go/admin", flasklogin.FreshRequired("/go/", http.HandlerFunc(h.admin)))
	return sessions.Handler(forms.Handler(mux)), nil
}

func (h *goHalf) show(w http.ResponseWriter, values map[string]any) {
	if err := h.page.Execute(w, values); err != nil {
		log.Print("flask: ", err)
	}
}

func (h *goHalf) index(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	h.show(w, map[string]any{"Session": s, "Fresh": flasklogin.Fresh(s), "Next": r.URL.Query().Get("next")})
}

func (h *goHalf) admin(w http.ResponseWriter, r *http.Request) {
	h.show(w, map[string]any{"Session": session.From(r), "Admin": true})
}

func (h *goHalf) login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name, ok := short(r.PostFormValue("username"))
	if !ok {
		s.FlashAs("error", "Please give a name of 1 to 100 characters")
		http.Redirect(w, r, "/go/?"+r.URL.RawQuery, http.StatusSeeOther) // #nosec G710 -- the same page
		return
	}
	s.SignIn(name)
	if r.PostForm.Has("remember") {
		h.logins.Remember(s)
	}
	s.FlashAs("success", "You were logged in by Go")
	http.Redirect(w, r, flasklogin.Next(r, "/go/"), http.StatusSeeOther)
}

// short returns what was typed, and reports whether it is text of 1 to 100 characters.
func short(typed string) (text string, ok bool) {
	text = strings.TrimSpace(typed)
	n := utf8.RuneCountInString(text)
	return text, 1 <= n && n <= 100 && utf8.ValidString(text)
}

func logout(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You were logged out by Go")
	http.Redirect(w, r, "/go/", http.StatusSeeOther)
}

func addNote(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if note, ok := short(r.PostFormValue("note")); ok {
		notes.Update(s, func(list []string) []string { return append(list, note) })
		s.FlashAs("success", "Saved by Go")
	} else {
		s.FlashAs("error", "A note has 1 to 100 characters")
	}
	http.Redirect(w, r, "/py/", http.StatusSeeOther)
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

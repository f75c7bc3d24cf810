// Command flasknotes is the Go half of docs/from-flask.md.
package main

import (
	"html/template"
	"log"
	"net/http"
	"os"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flaskwtf"
	"github.com/wafer-go/wafer/session"
)

const notes = session.Field[[]string]("notes")

const page = `<!doctype html><title>Notes (Go)</title>
{{range flashes .}}<p role="status">{{.Text}}</p>{{end}}
<p>Hello, {{.Owner}}.</p>
<ul>{{range value . "notes"}}<li>{{.}}</li>{{end}}</ul>
<form method="post" action="/notes">{{csrf_field .}} <input name="note" required> <button>Add</button></form>
<form method="post" action="/logout">{{csrf_field .}} <button>Log out</button></form>
`

func main() {
	handler, err := newHandler(os.Getenv("SECRET_KEY")) // Flask's, the same text
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", handler))
}

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
	list := template.Must(template.New("notes").Funcs(session.Funcs).Funcs(forms.Funcs()).Parse(page))

	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if err := list.Execute(w, session.From(r)); err != nil {
			log.Print(err)
		}
	})
	pages.HandleFunc("POST /notes", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		notes.Update(s, func(list []string) []string { return append(list, r.PostFormValue("note")) })
		s.Flash("Saved")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux := http.NewServeMux()
	mux.Handle("/", flasklogin.Required("/login", pages))
	addLogin(mux, logins, forms) // in step 4
	return sessions.Handler(forms.Handler(mux)), nil
}

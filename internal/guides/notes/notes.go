// Package notes is the program that docs/testing.md tests: a page of notes
// that are kept in the session.
package notes

import (
	"errors"
	"html/template"
	"io"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

const (
	username = session.Field[string]("username")
	notes    = session.Field[[]string]("notes")
)

var page = template.Must(template.New("page").Funcs(session.Funcs).Parse(
	`{{range flashes .Session}}{{.Category}}: {{.Text}}
{{end}}Hello, {{.Name}}.{{range .Notes}}
- {{.}}{{end}}
`))

// newProgram returns the program. Tests need the sessions too.
func newProgram(backend session.Backend, opts *session.Options) (http.Handler, *session.Manager, error) {
	sessions, err := session.New(backend, opts)
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", show)
	mux.HandleFunc("POST /notes", add)
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "Please log in.\n") })
	return sessions.Handler(mux), sessions, nil
}

func show(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name, ok := username.Get(s)
	if !ok {
		s.FlashAs("warning", "Log in first")
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	list, _ := notes.Get(s)
	_ = page.Execute(w, map[string]any{"Session": s, "Name": name, "Notes": list})
}

var errEmpty = errors.New("a note needs a text")

func add(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	if _, ok := username.Get(s); !ok {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	text := r.PostFormValue("text")
	if text == "" {
		http.Error(w, errEmpty.Error(), http.StatusUnprocessableEntity)
		return
	}
	notes.Update(s, func(list []string) []string { return append(list, text) })
	s.FlashAs("success", "Saved")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

package bench

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// A page answers with two values of the session.
type page func(w http.ResponseWriter, name string, visits int)

// pages are what our own servers can answer with. The small page makes the
// session's part of a request as large as it gets; the one from a template is
// more like a program's own.
var pages = map[string]page{"small": smallPage, "template": templatePage}

// smallPage is also what the foreign servers answer with.
func smallPage(w http.ResponseWriter, name string, visits int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, "<!doctype html><title>Account</title><p>Hello, "+name+"! Visit "+strconv.Itoa(visits)+".")
}

var account = template.Must(template.New("account").Parse(`<!doctype html>
<title>Account</title>
<p>Hello, {{.Name}}! Visit {{.Visits}}.
<table>{{range 20}}
<tr><td>{{$.From}}<td><a href="/letters/{{.}}">{{$.Subject}}</a>{{end}}
</table>
`))

func templatePage(w http.ResponseWriter, name string, visits int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A page that breaks off fails the measurement.
	_ = account.Execute(w, map[string]any{
		"Name": name, "Visits": visits, "From": "Charles Babbage", "Subject": "On the <analytical> engine & its cards",
	})
}

// libraries are those whose servers are measured.
var libraries = map[string]*Subject{"wafer": Wafers()[0], "scs": SCS(), "gorilla": Gorilla()}

// handlerOf returns one of our own programs: none, or a library's name followed by what its page
// does with the session, -read or -change.
func handlerOf(server, pageName string) (http.Handler, error) {
	page := pages[pageName]
	if server == "none" {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { page(w, name, visits) }), nil
	}
	library, action, _ := strings.Cut(server, "-")
	subject, ok := libraries[library]
	if !ok || page == nil {
		return nil, fmt.Errorf("there is no server %q with a page %q", server, pageName)
	}
	program, err := subject.Program()
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /login", program(func(w http.ResponseWriter, v Values) {
		for _, p := range three(true) {
			v.Fill(p)
		}
		v.Save()
		page(w, name, visits)
	}))
	mux.Handle("GET /{$}", program(func(w http.ResponseWriter, v Values) {
		text, n := v.Text(nameKey), v.Number()
		if action == "change" {
			n++
			v.SetNumber(n)
			v.Save()
		}
		page(w, text, n)
	}))
	return mux, nil
}

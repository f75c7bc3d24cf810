package loopback

import (
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/wafer-go/wafer/internal/bench/subject"
)

// The session is that of the other cells: two texts and a number.
const (
	cookieName = "session"
	nameKey    = "username"
	visitsKey  = "visits"
	visitor    = "ada lovelace"
	firstVisit = 41
)

// page answers with two values of the session.
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
<table>{{range .Letters}}
<tr><td>{{.From}}<td><a href="/letters/{{.ID}}">{{.Subject}}</a>{{end}}
</table>
`))

// letter is a row of the page from a template.
type letter struct {
	ID            int
	From, Subject string
}

var letters = func() []letter {
	rows := make([]letter, 20)
	for i := range rows {
		rows[i] = letter{i, "Charles Babbage", "On the <analytical> engine & its cards"}
	}
	return rows
}()

func templatePage(w http.ResponseWriter, name string, visits int) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// A page that breaks off fails the measurement.
	_ = account.Execute(w, map[string]any{"Name": name, "Visits": visits, "Letters": letters})
}

// handlerOf returns one of our own programs: none, or a library's name followed by what its page
// does with the session, -read or -change.
func handlerOf(name, pageName string) (http.Handler, error) {
	page, ok := pages[pageName]
	if !ok {
		return nil, fmt.Errorf("there is no page %q; there are small and template", pageName)
	}
	library, action, _ := strings.Cut(name, "-")
	var program subject.Program
	var err error
	switch library {
	case "none":
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { page(w, visitor, firstVisit) }), nil
	case "wafer":
		program, err = subject.WaferProgram()
	case "scs":
		program = subject.SCSProgram()
	case "gorilla":
		program = subject.GorillaProgram()
	}
	if err != nil || program == nil || action != "read" && action != "change" {
		return nil, errors.Join(err, fmt.Errorf("there is no handler %q", name))
	}
	login := program(func(w http.ResponseWriter, v subject.Values) {
		for _, p := range []subject.Pair{{Key: nameKey, Value: visitor}, {Key: visitsKey, Value: firstVisit}, {Key: "theme", Value: "dark"}} {
			v.Fill(p)
		}
		v.Save()
		page(w, visitor, firstVisit)
	})
	index := program(func(w http.ResponseWriter, v subject.Values) {
		name, n := v.Text(nameKey), v.Number()
		if action == "change" {
			n++
			v.SetNumber(n)
			v.Save()
		}
		page(w, name, n)
	})
	mux := http.NewServeMux()
	mux.Handle("GET /login", login)
	mux.Handle("GET /{$}", index)
	return mux, nil
}

package loopback

import (
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"

	"github.com/alexedwards/scs/v2"
	"github.com/gorilla/sessions"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// The session is that of the other cells: two texts and a number.
const (
	cookieName = "session"
	nameKey    = "username"
	visitsKey  = "visits"
	themeKey   = "theme"
	visitor    = "ada lovelace"
	firstVisit = 41
)

const (
	username = session.Field[string](nameKey)
	visits   = session.Field[int](visitsKey)
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

// An app is one program: what signs in, what shows the page, and what is
// around both.
type app struct {
	login, index func(w http.ResponseWriter, r *http.Request)
	around       func(http.Handler) http.Handler
}

func (a app) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("GET /{$}", a.index)
	if a.around == nil {
		return mux
	}
	return a.around(mux)
}

// handlerOf returns one of our own programs: none, or a library's name followed
// by what its page does with the session, -read or -change.
func handlerOf(name, pageName string) (http.Handler, error) {
	page, ok := pages[pageName]
	if !ok {
		return nil, fmt.Errorf("there is no page %q; there are small and template", pageName)
	}
	var a app
	var err error
	switch name {
	case "none":
		same := func(w http.ResponseWriter, _ *http.Request) { page(w, visitor, firstVisit) }
		a = app{login: same, index: same}
	case "wafer-read", "wafer-change":
		a, err = waferApp(page, name == "wafer-change")
	case "scs-read", "scs-change":
		a = scsApp(page, name == "scs-change")
	case "gorilla-read", "gorilla-change":
		a = gorillaApp(page, name == "gorilla-change")
	default:
		return nil, fmt.Errorf("there is no handler %q", name)
	}
	return a.handler(), err
}

func waferApp(page page, change bool) (app, error) {
	m, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: cookieName}})
	if err != nil {
		return app{}, err
	}
	return app{
		around: m.Handler,
		login: func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			username.Set(s, visitor)
			visits.Set(s, firstVisit)
			s.Set(themeKey, "dark")
			page(w, visitor, firstVisit)
		},
		index: func(w http.ResponseWriter, r *http.Request) {
			s := session.From(r)
			name, _ := username.Get(s)
			n, _ := visits.Get(s)
			if change {
				n++
				visits.Set(s, n)
			}
			page(w, name, n)
		},
	}, nil
}

func scsApp(page page, change bool) app {
	m := scs.New()
	m.Cookie.Name = cookieName
	return app{
		around: m.LoadAndSave,
		login: func(w http.ResponseWriter, r *http.Request) {
			m.Put(r.Context(), nameKey, visitor)
			m.Put(r.Context(), visitsKey, firstVisit)
			m.Put(r.Context(), themeKey, "dark")
			page(w, visitor, firstVisit)
		},
		index: func(w http.ResponseWriter, r *http.Request) {
			name := m.GetString(r.Context(), nameKey)
			n := m.GetInt(r.Context(), visitsKey)
			if change {
				n++
				m.Put(r.Context(), visitsKey, n)
			}
			page(w, name, n)
		},
	}
}

func gorillaApp(page page, change bool) app {
	store := sessions.NewCookieStore([]byte("thirty-two bytes that sign cookies"))
	save := func(s *sessions.Session, w http.ResponseWriter, r *http.Request) {
		if err := s.Save(r, w); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	}
	return app{
		login: func(w http.ResponseWriter, r *http.Request) {
			s, _ := store.Get(r, cookieName)
			s.Values[nameKey], s.Values[visitsKey], s.Values[themeKey] = visitor, firstVisit, "dark"
			save(s, w, r)
			page(w, visitor, firstVisit)
		},
		index: func(w http.ResponseWriter, r *http.Request) {
			s, _ := store.Get(r, cookieName)
			name, _ := s.Values[nameKey].(string)
			n, _ := s.Values[visitsKey].(int)
			if change {
				n++
				s.Values[visitsKey] = n
				save(s, w, r)
			}
			page(w, name, n)
		},
	}
}

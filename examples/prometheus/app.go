package main

import (
	"html/template"
	"log/slog"
	"net/http"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

const clicks = session.Field[int]("clicks")

// maxName is how many bytes a name may have. It is the session's owner, which may not have more.
const maxName = 255

// An app is the program without its addresses.
type app struct {
	sessions *session.Manager
	log      *slog.Logger
	pages    http.Handler // for visitors
	metrics  http.Handler // for Prometheus
}

// newApp returns an app whose sessions are in a store, and that logs to h.
func newApp(st store.Store, h slog.Handler) (*app, error) {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	a := &app{log: slog.New(whoHandler{h}), metrics: promhttp.HandlerFor(reg, promhttp.HandlerOpts{})}
	var err error
	a.sessions, err = session.New(session.Stored(st), &session.Options{
		Cookie:  session.Cookie{Name: "__Host-prometheus"}, // a name counts for all ports of localhost
		Observe: newMetrics(reg).observe,
		Logger:  a.log,
	})
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", index)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("POST /click", click)
	a.pages = http.NewCrossOriginProtection().Handler(a.sessions.Handler(mux))
	return a, nil
}

var page = template.Must(template.New("page").Funcs(session.Funcs).Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Wafer and Prometheus</title>
<style>
  :root { color-scheme: light dark; }
  body { margin: 1rem auto; width: min(34rem, 100% - 2rem); background: Canvas; color: CanvasText; font: 1.0625rem/1.5 system-ui, sans-serif; }
  input, button { font: inherit; padding: .4rem .8rem; }
  form { margin-bottom: 1rem; }
</style>
<main>
{{range flashes .Session}}<p role="status" class="{{.Category}}">{{.Text}}</p>
{{end}}{{with .Session.Owner}}<h1>Hello, {{.}}</h1>
<p>You have clicked {{$.Clicks}} times.</p>
<form method="post" action="/click"><button>Click</button></form>
<form method="post" action="/logout"><button>Log out</button></form>
{{else}}<h1>Log in</h1>
<form method="post" action="/login"><label>Name <input name="username" required></label> <button>Log in</button></form>
{{end}}</main>
</html>
`))

func index(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	n, _ := clicks.Get(s)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Session": s, "Clicks": n}) // the visitor is gone
}

func (a *app) login(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	name := strings.TrimSpace(r.PostFormValue("username"))
	if name == "" || len(name) > maxName || strings.ToValidUTF8(name, "") != name {
		s.FlashAs("error", "Please give a shorter name, or one at all")
	} else {
		s.SignIn(name)
		s.FlashAs("success", "You were successfully logged in")
		a.log.InfoContext(r.Context(), "login")
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	a.log.InfoContext(r.Context(), "logout")
	s := session.From(r)
	s.SignOut()
	s.FlashAs("info", "You were logged out")
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// click counts: of two clicks at once, none is lost.
func click(w http.ResponseWriter, r *http.Request) {
	clicks.Update(session.From(r), func(n int) int { return n + 1 })
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

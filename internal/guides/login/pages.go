package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/session"
)

var pages = template.Must(template.New("pages").Funcs(session.Funcs).Parse(`
{{define "top"}}<!doctype html>
<html lang="en"><title>Login</title>
{{range flashes .Session}}<p role="status" class="{{.Category}}">{{.Text}}</p>
{{end}}{{end}}

{{define "login"}}{{template "top" .}}<form method="post" action="/login">
<input type="hidden" name="next" value="{{.Next}}">
<p><label>Name <input name="name" autocomplete="username" required value="{{.Name}}"></label>
<p><label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<p><label><input name="remember" type="checkbox"> Remember me</label>
<p><button>Sign in</button></form>{{end}}

{{define "code"}}{{template "top" .}}<form method="post" action="/login/code">
<p><label>Code <input name="code" inputmode="numeric" autocomplete="one-time-code" required></label>
<p><button>Go on</button></form>{{end}}

{{define "confirm"}}{{template "top" .}}<form method="post" action="/confirm">
<input type="hidden" name="next" value="{{.Next}}">
<p><label>Your password, once more <input name="password" type="password" autocomplete="current-password" required></label>
<p><button>Go on</button></form>{{end}}

{{define "password"}}{{template "top" .}}<form method="post" action="/password">
<p><label>New password <input name="password" type="password" autocomplete="new-password" required></label>
<p><button>Change it</button></form>{{end}}

{{define "account"}}{{template "top" .}}<p>Hello, {{.User}}.
<form method="post" action="/note"><input type="hidden" name="as" value="{{.User}}">
<p><label>Note <input name="note" value="{{.Note}}"></label> <button>Save</button></form>
<p><a href="/password">Change your password</a>
<form method="post" action="/logout"><button>Sign out</button></form>
<form method="post" action="/signout-everywhere"><button>Sign out on all devices</button></form>{{end}}
`))

func show(w http.ResponseWriter, r *http.Request, status int, name string, data map[string]any) {
	s := session.From(r)
	data["Session"] = s
	data["User"] = s.Owner()
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if err := pages.ExecuteTemplate(w, name, data); err != nil {
		log.Print(err)
	}
}

// fail answers if the database does not.
func fail(w http.ResponseWriter, r *http.Request, err error) {
	log.Printf("%s %q: %v", r.Method, r.URL.Path, err)
	http.Error(w, "Please try again later.", http.StatusServiceUnavailable)
}

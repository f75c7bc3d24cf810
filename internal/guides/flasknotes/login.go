package main

import (
	"fmt"
	"html/template"
	"log"
	"net/http"

	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flaskwtf"
	"github.com/wafer-go/wafer/session"
)

const loginPage = `<!doctype html><title>Login (Go)</title>
{{range flashes .}}<p role="status">{{.Text}}</p>{{end}}
<form method="post">{{csrf_field .}} <input name="name" required>
<label><input type="checkbox" name="remember"> Remember me</label> <button>Log in</button></form>
`

// addLogin adds the login, the logout, and a page that needs a fresh login.
func addLogin(mux *http.ServeMux, logins *flasklogin.Logins, forms *flaskwtf.Protection) {
	form := template.Must(template.New("login").Funcs(session.Funcs).Funcs(forms.Funcs()).Parse(loginPage))
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if err := form.Execute(w, session.From(r)); err != nil {
			log.Print(err)
		}
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.SignIn(r.PostFormValue("name")) // check a password first
		if r.PostForm.Has("remember") {
			logins.Remember(s)
		}
		http.Redirect(w, r, flasklogin.Next(r, "/"), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignOut()
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	})
	mux.Handle("GET /admin", flasklogin.FreshRequired("/login", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "Settings of %s (Go)", session.From(r).Owner())
	})))
}

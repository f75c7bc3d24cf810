package interop

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasklogin"
	"github.com/wafer-go/wafer/flask/flaskwtf"
	"github.com/wafer-go/wafer/session"
)

const loginKey = "7547e17db73cc304343671d9453450b426fb1f675a12f1a9"

// A world is one program in two halves, of which each knows all pages, and a browser.
type world struct {
	t       *testing.T
	python  *python
	name    string // of the program in Python
	halves  map[string]http.Handler
	cookies map[string]string // as a browser sends them
	agent   string
	base    string
	header  map[string]string
}

// worldConfig is what both halves agree on.
type worldConfig struct {
	extension  string // "login", or "security"
	protection string // SESSION_PROTECTION; "" is None
	ids        string
	flask      map[string]any // more of Flask's configuration
	logins     flasklogin.Options
	forms      flaskwtf.Options
}

// protections are Flask-Login's names of them.
var protections = map[string]flasklogin.Protection{"basic": flasklogin.Basic, "strong": flasklogin.Strong, "": flasklogin.Off}

func newWorld(t *testing.T, p *python, c worldConfig) *world {
	t.Helper()
	w := &world{t: t, python: p, base: "http://app.example"}
	w.forget()
	var started struct{ Name string }
	p.must(t, map[string]any{
		"op": "login app", "extension": c.extension, "key": loginKey, "protection": c.protection, "ids": c.ids, "config": c.flask,
	}, &started)
	w.name = started.Name
	c.logins.Protection = protections[c.protection]
	c.logins.Release = p.loginRelease()
	w.halves = map[string]http.Handler{"py": http.HandlerFunc(w.servePython), "go": newGoHalf(t, c)}
	return w
}

// loginRelease is that of the Flask-Login that runs.
func (p *python) loginRelease() flasklogin.Release {
	if strings.HasPrefix(p.versions["flask-login"], "0.7") {
		return flasklogin.Main
	}
	return flasklogin.Since05
}

// forget makes the browser a new one.
func (w *world) forget() { w.cookies, w.agent = make(map[string]string), "Mozilla/5.0 (it's)" }

// newGoHalf has the pages of logins.py.
func newGoHalf(t *testing.T, c worldConfig) http.Handler {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	logins, err := flasklogin.New(loginKey, &c.logins)
	must(err)
	forms, err := flaskwtf.New(loginKey, &c.forms)
	must(err)
	backend, err := flask.Cookies(loginKey, nil)
	must(err)
	opts := flask.Defaults()
	opts.Login, opts.Logger = logins, slog.New(slog.DiscardHandler)
	sessions, err := session.New(backend, opts)
	must(err)
	page := template.Must(template.New("").Funcs(forms.Funcs()).Parse(`{{csrf_token .}}`))

	mux := http.NewServeMux()
	mux.HandleFunc("POST /login", func(_ http.ResponseWriter, r *http.Request) {
		s, q := session.From(r), r.URL.Query()
		s.SignIn(q.Get("id"))
		if q.Has("permanent") {
			s.SetPermanent(true)
		}
		switch {
		case q.Has("seconds"):
			d, err := time.ParseDuration(q.Get("seconds") + "s")
			must(err)
			logins.RememberFor(s, d)
		case q.Has("remember"):
			logins.Remember(s)
		}
	})
	mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		identity, _ := session.Field[string]("identity.id").Get(s)
		must(json.NewEncoder(w).Encode(who{s.Owner(), flasklogin.Fresh(s), identity}))
	})
	mux.HandleFunc("GET /form", func(w http.ResponseWriter, r *http.Request) { must(page.Execute(w, session.From(r))) })
	mux.Handle("/form", forms.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "accepted") })))
	return sessions.Handler(mux)
}

// who is what a half knows of the visitor.
type who struct {
	Who      string `json:"who"`
	Fresh    bool   `json:"fresh"`
	Identity string `json:"identity"`
}

// servePython passes a request on to the Python half.
func (w *world) servePython(rw http.ResponseWriter, r *http.Request) {
	var headers [][2]string
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		for _, value := range r.Header[name] {
			headers = append(headers, [2]string{name, value})
		}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var answer struct {
		Status    int
		SetCookie []string `json:"set_cookie"`
		Body      string
	}
	address, _, _ := strings.Cut(r.RemoteAddr, ":")
	w.python.must(w.t, map[string]any{
		"op": "visit", "name": w.name, "path": r.URL.RequestURI(), "base": w.base, "method": r.Method, "headers": headers,
		"form": string(body), "address": address,
	}, &answer)
	rw.Header()["Set-Cookie"] = answer.SetCookie
	rw.WriteHeader(answer.Status)
	_, _ = io.WriteString(rw, answer.Body)
}

// visit sends a request to one half, keeps the cookies and returns the response.
func (w *world) visit(half, method, path string, form ...string) *httptest.ResponseRecorder {
	w.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	r := httptest.NewRequest(method, w.base+path, strings.NewReader(values.Encode()))
	r.Header.Set("User-Agent", w.agent)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for name, value := range w.header {
		r.Header.Set(name, value)
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(w.cookies)) {
		pairs = append(pairs, name+"="+w.cookies[name])
	}
	if pairs != nil {
		r.Header.Set("Cookie", strings.Join(pairs, "; "))
	}
	res := httptest.NewRecorder()
	w.halves[half].ServeHTTP(res, r)
	for _, line := range res.Header()["Set-Cookie"] {
		pair, attributes, _ := strings.Cut(line, ";")
		name, value, _ := strings.Cut(pair, "=")
		if strings.Contains(attributes, "Max-Age=0") {
			delete(w.cookies, name)
		} else {
			w.cookies[name] = value
		}
	}
	return res
}

// post is visit for what must succeed.
func (w *world) post(half, path string) {
	w.t.Helper()
	if res := w.visit(half, "POST", path); res.Code != http.StatusOK {
		w.t.Fatalf("%s answers POST %s with %d: %s", half, path, res.Code, res.Body)
	}
}

// ask returns what a half knows of the visitor.
func (w *world) ask(half string) (answer who) {
	w.t.Helper()
	res := w.visit(half, "GET", "/who")
	if err := json.Unmarshal(res.Body.Bytes(), &answer); err != nil || res.Code != http.StatusOK {
		w.t.Fatalf("%s answers %d: %.300s: %v", half, res.Code, res.Body, err)
	}
	return answer
}

// want fails unless the half knows that of the visitor.
func (w *world) want(what, half, id string, fresh bool) {
	w.t.Helper()
	if got := w.ask(half); got.Who != id || got.Fresh != fresh {
		w.t.Errorf("%s: %s says %q, fresh: %t; want %q, %t (cookies %s)", what, half, got.Who, got.Fresh, id, fresh, w.describe())
	}
}

func (w *world) describe() string { return fmt.Sprintf("%.200q", slices.Sorted(maps.Keys(w.cookies))) }

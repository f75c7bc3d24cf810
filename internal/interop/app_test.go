package interop

import (
	"context"
	"encoding/json"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

// appConfig is what two programs with one login have in common.
type appConfig struct {
	Op       string  `json:"op"`
	Sign     signing `json:"cfg"`
	Name     string  `json:"name"`
	Domain   string  `json:"domain"`
	Path     string  `json:"path"`
	Secure   bool    `json:"secure"`
	HTTPOnly bool    `json:"httponly"`
	SameSite string  `json:"samesite"`
	Refresh  bool    `json:"refresh"`
	Lifetime int64   `json:"lifetime"` // seconds

	Partitioned bool `json:"partitioned"` // only where Flask knows of it
}

func (r *random) appConfig() appConfig {
	c := appConfig{
		Op:       "app",
		Sign:     r.flaskSigning(),
		Name:     pick(r, "session", "session", "id", "my.session", "S-1"),
		Domain:   pick(r, "", "", "", "example.com", ".example.com", "example.com:8080", "sub.example.org"),
		Path:     pick(r, "", "", "/", "/app"),
		Secure:   r.in(3),
		HTTPOnly: !r.in(4),
		SameSite: pick(r, "", "", "Lax", "Strict", "None"),
		Refresh:  r.in(2),
		Lifetime: pick(r, 31*86400, 31*86400, 1, 3600, 1+r.Int64N(400*86400)), // longer ones expire as browsers would have it, after 400 days
	}
	// We differ: with SameSite=None alone, which browsers reject, New is an error (20).
	c.Secure = c.Secure || c.SameSite == "None"
	return c
}

// An action is one thing that a handler does to its session.
type action struct {
	Do      string      `json:"do"`
	Key     string      `json:"key"` // as escape writes it; a flash's category
	Value   description `json:"value,omitzero"`
	Filters []string    `json:"filters,omitempty"` // the same
	goValue any
}

// request is a request and what its handler does.
type request struct {
	Op      string   `json:"op"`
	Method  string   `json:"method"`
	Cookie  string   `json:"cookie"` // the whole header
	Time    int64    `json:"time"`
	Actions []action `json:"actions"`
	Status  int      `json:"status"`
	Vary    string   `json:"vary"` // what the handler says itself
}

// answer is what a response says of the session.
type answer struct {
	Status    int           `json:"status"`
	SetCookie []string      `json:"set_cookie"`
	Vary      []string      `json:"vary"`
	Results   []description `json:"results"`   // of each action
	Signalled []description `json:"signalled"` // the messages that OnFlash was told of
	Raised    string        `json:"raised"`    // by Flask's view
}

// goApp is the program in Go.
type goApp struct {
	t       testing.TB
	handler http.Handler
	now     int64
	request request
	answer  answer
}

func newGoApp(t testing.TB, c appConfig) *goApp {
	t.Helper()
	app := &goApp{t: t}
	opts := flask.Defaults()
	opts.Cookie.Name, opts.Cookie.Domain, opts.Cookie.Path = c.Name, c.Domain, c.Path
	opts.Cookie.Insecure, opts.Cookie.ReadableByScripts = !c.Secure, !c.HTTPOnly
	opts.Cookie.SameSite = map[string]http.SameSite{
		"": http.SameSiteDefaultMode, "Lax": http.SameSiteLaxMode, "Strict": http.SameSiteStrictMode, "None": http.SameSiteNoneMode,
	}[c.SameSite]
	opts.Cookie.Partitioned = c.Partitioned
	opts.RefreshEachRequest = c.Refresh
	opts.Lifetime = time.Duration(c.Lifetime) * time.Second
	opts.MaxCookieSize = 1 << 20
	opts.Clock = func() time.Time { return time.Unix(app.now, 0) }
	opts.Logger = slog.New(slog.DiscardHandler)
	opts.OnFlash = func(_ context.Context, m session.Message) {
		app.answer.Signalled = append(app.answer.Signalled, describeMessage(m))
	}
	manager, err := session.New(c.Sign.backend(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	app.handler = manager.Handler(http.HandlerFunc(app.serve))
	return app
}

func (app *goApp) do(r request) answer {
	app.request, app.answer, app.now = r, answer{}, r.Time
	req := httptest.NewRequest(r.Method, "/app/", nil) // within each of the cookie paths
	if r.Cookie != "" {
		req.Header["Cookie"] = []string{r.Cookie}
	}
	w := httptest.NewRecorder()
	app.handler.ServeHTTP(w, req)
	app.answer.Status = w.Code
	app.answer.SetCookie, app.answer.Vary = w.Header()["Set-Cookie"], w.Header()["Vary"]
	return app.answer
}

func (app *goApp) serve(w http.ResponseWriter, r *http.Request) {
	s := session.From(r)
	for _, a := range app.request.Actions {
		if a.Do == "fail" {
			// Flask catches what a view raises, and saves the session.
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		app.answer.Results = append(app.answer.Results, a.perform(app.t, s))
	}
	if app.request.Vary != "" {
		w.Header().Set("Vary", app.request.Vary)
	}
	w.WriteHeader(app.request.Status)
}

func describeMessage(m session.Message) description {
	text := description{Kind: "str", Text: escape(m.Text)}
	if m.Markup {
		text.Kind = "markup"
	}
	return description{Kind: "tuple", Items: []description{{Kind: "str", Text: escape(m.Category)}, text}}
}

var (
	none    = description{Kind: "none"}
	missing = description{Kind: "str", Text: "missing"}
)

func one(d description) description { return description{Kind: "tuple", Items: []description{d}} }

// perform does it, and returns what python/apps.py does.
func (a action) perform(t testing.TB, s *session.Session) description {
	field := session.Field[any](unescape(a.Key))
	found := func(v any, ok bool) description {
		if !ok {
			return missing
		}
		return one(describe(t, v))
	}
	switch a.Do {
	case "set", "bad":
		field.Set(s, a.goValue)
	case "setdefault":
		if !s.Has(string(field)) {
			field.Set(s, a.goValue)
		}
		return found(field.Get(s))
	case "update":
		for key, v := range a.goValue.(map[string]any) {
			s.Set(key, v)
		}
	case "get":
		return found(field.Get(s))
	case "has":
		return describe(t, s.Has(string(field)))
	case "len":
		return describe(t, int64(s.Len()))
	case "keys":
		list := description{Kind: "list"}
		for _, key := range s.Keys() {
			list.Items = append(list.Items, describe(t, key))
		}
		return list
	case "pop":
		return found(field.Pop(s))
	case "delete":
		field.Delete(s)
	case "clear":
		s.Clear()
	case "permanent":
		s.SetPermanent(a.Value.Text == "true")
	case "is permanent":
		return describe(t, s.Permanent())
	case "flash":
		if a.Value.Kind == "markup" {
			s.FlashHTML(unescape(a.Key), template.HTML(unescape(a.Value.Text)))
		} else {
			s.FlashAs(unescape(a.Key), unescape(a.Value.Text))
		}
	case "flash default":
		s.Flash(unescape(a.Value.Text))
	case "flashes":
		var filters []string
		for _, category := range a.Filters {
			filters = append(filters, unescape(category))
		}
		list := description{Kind: "list"}
		for _, m := range s.Flashes(filters...) {
			list.Items = append(list.Items, describeMessage(m))
		}
		return list
	case "change nested":
		switch v := s.Value(string(field)).(type) {
		case []any:
			_ = append(v, 1)
		case map[string]any:
			v["x"] = 1
		}
	default:
		t.Fatalf("no such action: %s", a.Do)
	}
	return none
}

// asMap is a request as a call of the Python program.
func asMap(t testing.TB, v any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

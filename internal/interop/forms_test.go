package interop

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask/flaskwtf"
)

// TestFlaskWTF has the real Flask-WTF in the Python half.
func TestFlaskWTF(t *testing.T) {
	p := startPython(t)
	for name, test := range map[string]func(t *testing.T, p *python){
		"a form of one half is accepted by the other": formOfOneHalf,
		"both refuse alike":                           bothRefuseAlike,
		"the Referer counts over HTTPS":               refererOverHTTPS,
		"each option":                                 formOptions,
	} {
		t.Run(name, func(t *testing.T) { test(t, p) })
	}
}

func formOfOneHalf(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{extension: "login", protection: "basic"})
	for _, side := range sides {
		here, there := side[0], side[1]
		w.forget()
		token := w.visit(here, "GET", "/form").Body.String()
		other := w.visit(there, "GET", "/form").Body.String()
		if len(token) < 80 || len(other) < 80 {
			t.Fatalf("the tokens are %q and %q", token, other)
		}
		for _, half := range []string{there, here} {
			for _, token := range []string{token, other} {
				for name, send := range map[string]func() int{
					"a field":                         func() int { return w.visit(half, "POST", "/form", "csrf_token", token).Code },
					"a field of a form with a prefix": func() int { return w.visit(half, "POST", "/form", "f-csrf_token", token).Code },
					"a header":                        func() int { return w.withHeader("X-CSRFToken", token, half, "PUT") },
					"the other header":                func() int { return w.withHeader("X-CSRF-Token", token, half, "DELETE") },
				} {
					if status := send(); status != http.StatusOK {
						t.Errorf("%s of %s is answered %d by %s", name, here, status, half)
					}
				}
			}
		}
		w.post(here, "/login?id=ada")
		if res := w.visit(there, "POST", "/form", "csrf_token", token); res.Code != http.StatusOK {
			t.Errorf("after the login, %s answers %d: %s", there, res.Code, res.Body)
		}
	}
}

func (w *world) withHeader(name, value, half, method string) int {
	w.header = map[string]string{name: value}
	defer func() { w.header = nil }()
	return w.visit(half, method, "/form").Code
}

// bothRefuseAlike sends the same bad requests to both halves, and compares the reasons.
func bothRefuseAlike(t *testing.T, p *python) {
	ago := func() time.Time { return time.Now().Add(-2 * time.Hour) }
	current := newWorld(t, p, worldConfig{extension: "login", protection: "basic"})
	past := newWorld(t, p, worldConfig{extension: "login", protection: "basic", forms: flaskwtf.Options{Clock: ago}})
	old := past.visit("go", "GET", "/form").Body.String()
	current.cookies = past.cookies
	good := current.visit("py", "GET", "/form").Body.String()
	others := newWorld(t, p, worldConfig{extension: "login", protection: "basic"}).visit("py", "GET", "/form").Body.String()
	for what, c := range map[string]struct {
		token  string
		reason string // "" where it is accepted
	}{
		"good":                {good, ""},
		"none":                {"", "the CSRF token is missing"},
		"two hours old":       {old, "the CSRF token has expired"},
		"another session's":   {others, "the CSRF tokens do not match"},
		"cut":                 {good[:len(good)-4], "the CSRF token is invalid"},
		"of another payload":  {"IjAi" + good[strings.Index(good, "."):], "the CSRF token is invalid"},
		"without a signature": {good[:strings.LastIndex(good, ".")], "the CSRF token is invalid"},
		"nonsense":            {"nonsense", "the CSRF token is invalid"},
	} {
		for _, half := range []string{"go", "py"} {
			res := current.visit(half, "POST", "/form", "csrf_token", c.token)
			body := strings.ToLower(res.Body.String())
			if c.reason == "" && res.Code == http.StatusOK || c.reason != "" && res.Code == http.StatusBadRequest && strings.Contains(body, strings.ToLower(c.reason)) {
				continue
			}
			t.Errorf("%s: %s answers %d: %s", what, half, res.Code, res.Body)
		}
	}
	current.forget()
	for _, half := range []string{"go", "py"} {
		if res := current.visit(half, "POST", "/form", "csrf_token", good); res.Code != http.StatusBadRequest || !strings.Contains(strings.ToLower(res.Body.String()), "the csrf session token is missing") {
			t.Errorf("without a session, %s answers %d: %s", half, res.Code, res.Body)
		}
	}
}

func refererOverHTTPS(t *testing.T, p *python) {
	for _, strict := range []bool{true, false} {
		w := newWorld(t, p, worldConfig{
			extension: "login", protection: "basic",
			flask: map[string]any{"WTF_CSRF_SSL_STRICT": strict}, forms: flaskwtf.Options{AnyReferer: !strict},
		})
		for _, base := range []string{"https://app.example", "https://app.example:8443", "http://app.example"} {
			w.base = base
			token := w.visit("py", "GET", "/form").Body.String()
			for _, referer := range []string{"", base + "/page", "https://app.example/", "https://evil.example/", "http://app.example/", "https://app.example.evil.example/"} {
				w.header = map[string]string{"Referer": referer}
				ours, theirs := w.visit("go", "POST", "/form", "csrf_token", token).Code, w.visit("py", "POST", "/form", "csrf_token", token).Code
				if ours != theirs {
					t.Errorf("strict: %t, %s from %q: Go answers %d, Flask %d", strict, base, referer, ours, theirs)
				}
				w.header = nil
			}
		}
	}
}

func formOptions(t *testing.T, p *python) {
	w := newWorld(t, p, worldConfig{
		extension: "login", protection: "basic",
		flask: map[string]any{
			"WTF_CSRF_FIELD_NAME": "token", "WTF_CSRF_HEADERS": []string{"X-Token"}, "WTF_CSRF_METHODS": []string{"PUT"}, "WTF_CSRF_TIME_LIMIT": nil,
		},
		forms: flaskwtf.Options{FieldName: "token", Headers: []string{"X-Token"}, Methods: []string{"PUT"}, TimeLimit: -1},
	})
	for _, side := range sides {
		w.forget()
		token := w.visit(side[0], "GET", "/form").Body.String()
		for what, want := range map[string]int{"X-Token": http.StatusOK, "X-CSRFToken": http.StatusBadRequest} {
			if got := w.withHeader(what, token, side[1], "PUT"); got != want {
				t.Errorf("of %s, with %s, %s answers %d", side[0], what, side[1], got)
			}
		}
		if res := w.visit(side[1], "PUT", "/form", "token", token); res.Code != http.StatusOK {
			t.Errorf("%s answers %d: %s", side[1], res.Code, res.Body)
		}
		if res := w.visit(side[1], "POST", "/form"); res.Code != http.StatusOK {
			t.Errorf("%s answers a method that is left out with %d", side[1], res.Code)
		}
	}
}

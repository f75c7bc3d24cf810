package flaskwtf

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// recorded returns a set of the tokens that Flask-WTF made for the secret.
func recorded(t testing.TB) map[string]bool {
	t.Helper()
	known := make(map[string]bool)
	for _, v := range vectors(t) {
		if v.Key == goodKey && v.Secret == secret {
			known[v.Token] = true
		}
	}
	return known
}

// FuzzJudge looks for a token that is accepted and that Flask-WTF did not make.
func FuzzJudge(f *testing.F) {
	p, known := newProtection(f, &Options{TimeLimit: -1}), recorded(f)
	f.Fuzz(func(t *testing.T, token string) {
		if p.compare(secret, token) == nil && !known[token] {
			t.Errorf("%q is accepted", token)
		}
	})
}

// FuzzCheck looks for a request that is accepted without such a token, or with a Referer that
// net/http would not send to the same host.
func FuzzCheck(f *testing.F) {
	known := recorded(f)
	p := newProtection(f, &Options{TimeLimit: -1, Secure: func(*http.Request) bool { return true }})
	f.Fuzz(func(t *testing.T, header, referer, contentType, body string) {
		r := httptest.NewRequest("POST", "https://app.example/", strings.NewReader(body))
		r.Header = http.Header{"X-Csrftoken": {header}, "Referer": {referer}, "Content-Type": {contentType}}
		var err error
		withinRequest(t, r, withSecret, func(_ http.ResponseWriter, inner *http.Request) { err, r = p.Check(inner), inner })
		if err != nil {
			return
		}
		given := known[header]
		for _, values := range r.PostForm {
			given = given || known[values[0]]
		}
		if from, err := url.Parse(referer); !given || err != nil || from.Scheme != "https" || from.Hostname() != "app.example" {
			t.Errorf("a request with the header %q, from %q, with the body %q is accepted", header, referer, body)
		}
	})
}

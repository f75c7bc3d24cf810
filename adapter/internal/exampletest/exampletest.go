// Package exampletest has what the adapters' tests share beside the suite: it tests their example
// programs, which are one app on three frameworks, and visits their short examples.
package exampletest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/secret"
)

// A browser visits the app, and follows redirects.
type browser struct{ adaptertest.Visitor }

// Run tests the app, which newApp builds for each test.
func Run[H http.Handler](t *testing.T, newApp func(key secret.Key) (H, error)) {
	for name, test := range map[string]func(t *testing.T, b browser){
		"EachStepIsFlashedOnce": func(t *testing.T, b browser) {
			b.get(t, "/", 200, "You are not logged in", `not class="flash`)
			b.post(t, "/login", "ada", 200, `<p class="flash success" role="status">You were successfully logged in</p>`, "Hello, ada")
			b.get(t, "/", 200, "Hello, ada", `not class="flash`)
			b.post(t, "/logout", "", 200, "You were logged out", "You are not logged in")
			b.get(t, "/", 200, "You are not logged in", `not class="flash`)
		},
		"ABadNameIsAnAlertThatIsNotKept": func(t *testing.T, b browser) {
			for _, name := range []string{"", "  ", strings.Repeat("x", 101), "\xff"} {
				b.post(t, "/login", name, 422, `<p class="flash error" role="alert">`)
			}
			b.get(t, "/", 200, "You are not logged in", `not class="flash`)
		},
		"ANameIsEscaped": func(t *testing.T, b browser) {
			b.post(t, "/login", "<script>alert(1)</script>", 200, "Hello, &lt;script&gt;", "not <script>")
		},
		"AnUnknownAddressIsAPageOfTheApp": func(t *testing.T, b browser) {
			b.post(t, "/login", "ada", 200)
			b.get(t, "/nowhere", 404, "<h1>Not Found</h1>", "Log out")
		},
		"APostOfAnotherSiteIsRefused": func(t *testing.T, b browser) {
			b.post(t, "/login", "ada", 200)
			if a := b.Do("POST", "/logout", "Origin", "https://evil.example", "Sec-Fetch-Site", "cross-site"); a.StatusCode != 403 {
				t.Errorf("answers %d. It should answer 403.", a.StatusCode)
			}
			b.get(t, "/", 200, "Hello, ada")
		},
	} {
		t.Run(name, func(t *testing.T) {
			app, err := newApp(secret.New())
			if err != nil {
				t.Fatal(err)
			}
			b := browser{adaptertest.Visit(t, &http.Server{Handler: app})} // #nosec G112 -- a test's server on loopback
			b.Client.CheckRedirect = nil
			test(t, b)
		})
	}
}

func (b browser) get(t *testing.T, path string, status int, texts ...string) {
	t.Helper()
	res, err := b.Client.Get(b.URL + path)
	expect(t, res, err, status, texts)
}

func (b browser) post(t *testing.T, path, name string, status int, texts ...string) {
	t.Helper()
	res, err := b.Client.PostForm(b.URL+path, url.Values{"username": {name}})
	expect(t, res, err, status, texts)
}

// expect compares an answer with what it should contain, or "not " so.
func expect(t *testing.T, res *http.Response, err error, status int, texts []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	body := adaptertest.Read(t, res).Body
	if res.StatusCode != status {
		t.Errorf("answers %d. It should answer %d.", res.StatusCode, status)
	}
	for _, text := range texts {
		no, absent := strings.CutPrefix(text, "not ")
		if strings.Contains(body, no) == absent {
			t.Errorf("%s should be in %s", text, body)
		}
	}
}

// Visit asks for paths with one browser, and prints the answers. A path may follow a method.
func Visit(h http.Handler, paths ...string) {
	server := httptest.NewTLSServer(h)
	defer server.Close()
	client := server.Client()
	client.Jar, _ = cookiejar.New(nil)
	for _, path := range paths {
		method, at, found := strings.Cut(path, " ")
		if !found {
			method, at = http.MethodGet, path
		}
		r, err := http.NewRequest(method, server.URL+at, nil)
		if err != nil {
			panic(err) // the example's own mistake
		}
		res, err := client.Do(r) // #nosec G704 -- the address is that of a server that the example started
		if err != nil {
			fmt.Println(err)
			return
		}
		page, _ := io.ReadAll(res.Body)
		_ = res.Body.Close()
		fmt.Printf("%s: %s\n", path, page)
	}
}

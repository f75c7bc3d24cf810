package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/wafer-go/wafer/secret"
)

// browser visits the app, which is served for it.
type browser struct {
	t *testing.T
	http.Client
	url string
}

func newBrowser(t *testing.T) *browser {
	t.Helper()
	gin.SetMode(gin.TestMode)
	gin.DefaultWriter = io.Discard
	app, err := newApp(secret.New())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(app)
	b := &browser{t: t, url: "http://localhost:" + server.URL[strings.LastIndex(server.URL, ":")+1:]}
	b.Jar, _ = cookiejar.New(nil)
	b.Transport = &http.Transport{}
	t.Cleanup(func() {
		b.CloseIdleConnections()
		server.Close()
	})
	return b
}

// want compares an answer with what it should hold, or "not " so.
func (b *browser) want(res *http.Response, err error, status int, texts ...string) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	if res.StatusCode != status {
		b.t.Errorf("answers %d, want %d", res.StatusCode, status)
	}
	for _, text := range texts {
		no, absent := strings.CutPrefix(text, "not ")
		if absent && strings.Contains(string(body), no) || !absent && !strings.Contains(string(body), text) {
			b.t.Errorf("want %s in %s", text, body)
		}
	}
}

func (b *browser) get(path string, status int, texts ...string) {
	b.t.Helper()
	res, err := b.Get(b.url + path)
	b.want(res, err, status, texts...)
}

func (b *browser) post(path, name string, status int, texts ...string) {
	b.t.Helper()
	res, err := b.PostForm(b.url+path, url.Values{"username": {name}})
	b.want(res, err, status, texts...)
}

func TestEachStepIsFlashedOnce(t *testing.T) {
	b := newBrowser(t)
	b.get("/", 200, "You are not logged in", `not class="flash`)
	b.post("/login", "ada", 200, `<p class="flash success" role="status">You were successfully logged in</p>`, "Hello, ada")
	b.get("/", 200, "Hello, ada", `not class="flash`)
	b.post("/logout", "", 200, "You were logged out", "You are not logged in")
	b.get("/", 200, "You are not logged in", `not class="flash`)
}

func TestABadNameIsAnAlertThatIsNotKept(t *testing.T) {
	b := newBrowser(t)
	for _, name := range []string{"", "  ", strings.Repeat("x", 101), "\xff"} {
		b.post("/login", name, 422, `<p class="flash error" role="alert">`)
	}
	b.get("/", 200, "You are not logged in", `not class="flash`)
}

func TestANameIsEscaped(t *testing.T) {
	b := newBrowser(t)
	b.post("/login", "<script>alert(1)</script>", 200, "Hello, &lt;script&gt;", "not <script>")
}

func TestAnUnknownAddressIsAPageOfTheApp(t *testing.T) {
	b := newBrowser(t)
	b.post("/login", "ada", 200)
	b.get("/nowhere", 404, "<h1>Not Found</h1>", "Log out")
}

func TestAPostOfAnotherSiteIsRefused(t *testing.T) {
	b := newBrowser(t)
	b.post("/login", "ada", 200)
	r, _ := http.NewRequest("POST", b.url+"/logout", nil)
	r.Header.Set("Origin", "https://evil.example")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := b.Do(r)
	b.want(res, err, 403)
	b.get("/", 200, "Hello, ada")
}

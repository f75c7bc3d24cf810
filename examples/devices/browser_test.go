package main

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/store"
)

// What browsers say of themselves.
const (
	laptop = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
	phone  = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
	tablet = "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
)

// opened opens the file, until the test ends.
func opened(t *testing.T, file string) *fileStore {
	t.Helper()
	kept, err := openStore(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := kept.Close(); err != nil {
			t.Error(err)
		}
	})
	return kept
}

// served serves the app, with its sessions in st.
func served(t *testing.T, st store.Store) *httptest.Server {
	t.Helper()
	h, err := newHandler(st, secret.New())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(h)
	t.Cleanup(server.Close)
	return server
}

func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	return served(t, opened(t, filepath.Join(t.TempDir(), "devices.db")))
}

// browser visits the app with cookies of its own.
type browser struct {
	t *testing.T
	*http.Client
	url, userAgent string
}

func newBrowser(t *testing.T, server *httptest.Server, userAgent string) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, &http.Client{Transport: server.Client().Transport, Jar: jar}, server.URL, userAgent}
}

// in is a browser that has logged in.
func in(t *testing.T, server *httptest.Server, userAgent, name string) *browser {
	t.Helper()
	b := newBrowser(t, server, userAgent)
	b.post("/login", "username", name).want("Your devices, "+name, "You were successfully logged in")
	return b
}

// moved is the same browser after the server has moved: a cookie counts for
// every port of its host.
func (b *browser) moved(server *httptest.Server) *browser {
	return &browser{b.t, &http.Client{Transport: server.Client().Transport, Jar: b.Jar}, server.URL, b.userAgent}
}

// answer is what a browser got.
type answer struct {
	t      *testing.T
	status int
	text   string
	header http.Header
}

func (b *browser) do(r *http.Request) answer {
	b.t.Helper()
	r.Header.Set("User-Agent", b.userAgent)
	res, err := b.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return answer{b.t, res.StatusCode, string(text), res.Header}
}

func (b *browser) request(method, path string, body io.Reader) *http.Request {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, body)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

func (b *browser) get(path string) answer {
	b.t.Helper()
	return b.do(b.request(http.MethodGet, path, nil))
}

// post sends a form, of names and values in turn.
func (b *browser) post(path string, fields ...string) answer {
	b.t.Helper()
	form := make(url.Values)
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	r := b.request(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

// hasCookie reports whether the browser keeps a cookie for the app.
func (b *browser) hasCookie() bool {
	b.t.Helper()
	return len(b.Jar.Cookies(b.request(http.MethodGet, "/", nil).URL)) > 0
}

// want checks that a page has the texts, and not those after "not ".
func (p answer) want(texts ...string) {
	p.t.Helper()
	for _, text := range texts {
		no, absent := strings.CutPrefix(text, "not ")
		if absent && strings.Contains(p.text, no) || !absent && !strings.Contains(p.text, text) {
			p.t.Errorf("want %s in %d %s", text, p.status, p.text)
		}
	}
}

var button = regexp.MustCompile(`name="id" value="([^"]+)" aria-label="Sign out ([^"]+)"`)

// buttons returns the ids that a page can sign out, by the name of the device.
func (p answer) buttons() map[string]string {
	ids := make(map[string]string)
	for _, found := range button.FindAllStringSubmatch(p.text, -1) {
		ids[found[2]] = found[1]
	}
	return ids
}

var named = regexp.MustCompile(`<strong>([^<]+)</strong>( <span class="badge">this device</span>)?\n`)

// devices returns the names that a page lists, in its order, with a star at the
// current one.
func (p answer) devices() string {
	var names []string
	for _, found := range named.FindAllStringSubmatch(p.text, -1) {
		name := found[1]
		if found[2] != "" {
			name += "*"
		}
		names = append(names, name)
	}
	return strings.Join(names, ", ")
}

func (p answer) wantDevices(want string) {
	p.t.Helper()
	if got := p.devices(); got != want {
		p.t.Errorf("the devices are %q, want %q", got, want)
	}
}

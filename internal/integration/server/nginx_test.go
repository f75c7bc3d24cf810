package server

import (
	"crypto/rand"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/integration/engines"
	"github.com/wafer-go/wafer/session"
)

// behindNginx starts nginx in front of a handler, with the first location of docs/deployment.md,
// edited if need be, and returns its URL.
func behindNginx(t *testing.T, h http.Handler, edit *strings.Replacer) string {
	t.Helper()
	page, err := os.ReadFile("../../../docs/deployment.md")
	if err != nil {
		t.Fatal(err)
	}
	_, location, ok := strings.Cut(string(page), "```nginx\n")
	if location, _, _ = strings.Cut(location, "```"); !ok || strings.Count(location, "http://127.0.0.1:8080") != 1 {
		t.Fatalf("docs/deployment.md begins with another location: %s", location)
	}
	program := httptest.NewServer(h)
	t.Cleanup(program.Close)
	location = strings.ReplaceAll(location, "http://127.0.0.1:8080", program.URL)
	if edit != nil {
		location = edit.Replace(location)
	}
	nginx, err := engines.StartNginx(location)
	if err != nil {
		t.Fatalf("%v; run `make test`, which installs what the tests need", err)
	}
	t.Cleanup(func() {
		if err := nginx.Stop(); err != nil {
			t.Error(err)
		}
	})
	return nginx.URL()
}

func getPage(t *testing.T, url string) (status int, header http.Header, body string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

// A handler has nginx serve a file, with X-Accel-Redirect, and what it kept in the session cannot
// be saved: the visitor gets the error page, and not the file.
func TestErrorPage_BehindNginxIsNotReplacedByTheProtectedFile(t *testing.T) {
	p := newProgram(t, session.Options{MaxCookieSize: 200})
	acting := map[string]string{
		"X-Accel-Redirect": "/protected/file", "X-Accel-Buffering": "no", "X-Accel-Expires": "3600", "X-Accel-Limit-Rate": "1", "X-Accel-Charset": "koi8-r",
		"Location": "/elsewhere", "Refresh": "0; url=/elsewhere", "Clear-Site-Data": `"*"`, "Link": "</x>; rel=preload", "Cache-Control": "public, max-age=60",
		"HX-Redirect": "/elsewhere", "Set-Cookie": "a=1", "Content-Disposition": "attachment", "Alt-Svc": `h3=":1"`, "X-Sendfile": "/etc/passwd",
	}
	url := behindNginx(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		switch r.URL.Path {
		case "/large":
			s.Set("cart", strings.Repeat("x", 300))
		case "/kept":
			s.Set("cart", "x")
		}
		for name, value := range acting {
			if r.URL.Path != "/kept" || name == "X-Accel-Redirect" {
				w.Header().Set(name, value)
			}
		}
	}), nil)

	// That the file is served if the session is saved shows that this nginx obeys the header.
	if status, _, body := getPage(t, url+"/kept"); status != http.StatusOK || body != engines.ProtectedFile {
		t.Fatalf("the session is saved, and the visitor gets %d %q", status, body)
	}
	status, header, body := getPage(t, url+"/large")
	if status != http.StatusInternalServerError || strings.Contains(body, engines.ProtectedFile) || !strings.Contains(body, "Internal Server Error") {
		t.Errorf("the session is not saved, and the visitor gets %d %q", status, body)
	}
	for name := range acting {
		if header[http.CanonicalHeaderKey(name)] != nil {
			t.Errorf("the error page has %s: %q", name, header.Get(name))
		}
	}
}

// What docs/deployment.md says of nginx: without proxy_buffer_size it answers 502 to a cookie that
// is nearly full; and the program sees the host and the scheme that the visitor used.
func TestDeployment_NginxPassesAFullCookieOn(t *testing.T) {
	p := newProgram(t, session.Options{})
	host := make(chan string, 1)
	h := p.handle(func(_ http.ResponseWriter, r *http.Request, s *session.Session) {
		noise := make([]byte, 2860)
		_, _ = rand.Read(noise) // which does not compress
		s.Set("v", noise)
		host <- r.Host + " " + r.Header.Get("X-Forwarded-Proto")
	})
	url := behindNginx(t, h, nil)
	status, header, _ := getPage(t, url)
	if got, want := <-host, strings.TrimPrefix(url, "http://")+" http"; got != want {
		t.Errorf("the program sees %q, want %q", got, want)
	}
	if size := len(header.Get("Set-Cookie")); status != http.StatusOK || size < 3950 {
		t.Errorf("the visitor gets %d, and a cookie of %d bytes", status, size)
	}
	url = behindNginx(t, h, strings.NewReplacer("proxy_buffer_size 8k;", "", "proxy_set_header Host $http_host;", ""))
	if status, _, _ := getPage(t, url); status != http.StatusBadGateway {
		t.Errorf("without proxy_buffer_size the visitor gets %d", status)
	}
	if got := <-host; !strings.HasPrefix(got, "127.0.0.1:") || strings.HasPrefix(got, strings.TrimPrefix(url, "http://")) {
		t.Errorf("without the Host line the program sees %q", got)
	}
}

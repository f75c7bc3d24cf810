package main

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
)

// A visit is one visitor's of an app of the test's own.
type visit struct {
	t      *testing.T
	app    *app
	url    string
	client *http.Client
	log    *logged
}

// logged is what the app logs.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

func newVisit(t *testing.T, st store.Store) *visit {
	t.Helper()
	v := &visit{t: t, log: new(logged)}
	var err error
	if v.app, err = newApp(st, slog.NewTextHandler(v.log, &slog.HandlerOptions{Level: slog.LevelDebug})); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(v.app.pages)
	t.Cleanup(server.Close)
	v.url, v.client = server.URL, server.Client()
	if v.client.Jar, err = cookiejar.New(nil); err != nil {
		t.Fatal(err)
	}
	return v
}

func (v *visit) get() string {
	v.t.Helper()
	return v.page(v.client.Get(v.url))
}

func (v *visit) post(path string, form ...string) string {
	v.t.Helper()
	values := make(url.Values)
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return v.page(v.client.PostForm(v.url+path, values))
}

func (v *visit) page(res *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return string(text)
}

// cookie returns the value of the session's cookie.
func (v *visit) cookie() string {
	v.t.Helper()
	u, err := url.Parse(v.url)
	if err != nil {
		v.t.Fatal(err)
	}
	for _, c := range v.client.Jar.Cookies(u) {
		if c.Name == "__Host-prometheus" {
			return c.Value
		}
	}
	return ""
}

// forge sends a cookie of the test's own.
func (v *visit) forge(value string) {
	v.t.Helper()
	r, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, v.url, nil)
	if err != nil {
		v.t.Fatal(err)
	}
	r.Header.Set("Cookie", "__Host-prometheus="+value)
	client := *v.client
	client.Jar = nil
	v.page(client.Do(r))
}

// scrape returns the lines of /metrics, as Prometheus asks for them.
func (v *visit) scrape() string {
	v.t.Helper()
	w := httptest.NewRecorder()
	v.app.metrics.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		v.t.Fatalf("/metrics answers %d: %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// want checks that the metrics have the lines.
func (v *visit) want(lines ...string) {
	v.t.Helper()
	got := v.scrape()
	for _, line := range lines {
		if !strings.Contains(got, "\n"+line+"\n") {
			name, _, _ := strings.Cut(line, " ")
			name, _, _ = strings.Cut(name, "{")
			v.t.Errorf("want %s, served are", line)
			for has := range strings.Lines(got) {
				if strings.HasPrefix(has, name) {
					v.t.Logf("  %s", strings.TrimSpace(has))
				}
			}
		}
	}
}

// mistaken sets what cannot be kept.
var mistaken = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
	session.From(r).Set("x", func() {})
})

// request is one of the visitor's, and what takes its answer.
func (v *visit) request() (http.ResponseWriter, *http.Request) {
	r := httptest.NewRequestWithContext(v.t.Context(), http.MethodGet, "https://example.com/", nil)
	r.Header.Set("Cookie", "__Host-prometheus="+v.cookie())
	return httptest.NewRecorder(), r
}

// Package visitor is a browser without a screen, for tests that move its cookies
// from one program to another.
package visitor

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// A Visitor keeps cookies over several programs, which share one host.
type Visitor struct {
	t      testing.TB
	client *http.Client
	mu     sync.Mutex
	site   *httptest.Server
}

// New returns a visitor without cookies.
func New(t testing.TB) *Visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Visitor{t: t, client: &http.Client{Jar: jar}}
}

// Serve has the visitor's next requests answered by another program, over HTTPS.
func (v *Visitor) Serve(h http.Handler) {
	site := httptest.NewTLSServer(h)
	v.t.Cleanup(site.Close)
	v.site, v.client.Transport = site, site.Client().Transport
}

// Get returns a page, after all redirects.
func (v *Visitor) Get(path string) string {
	v.t.Helper()
	return v.page(v.client.Get(v.site.URL + path))
}

// Post sends a form and returns the page that it leads to.
func (v *Visitor) Post(path string, form url.Values) string {
	v.t.Helper()
	return v.page(v.client.PostForm(v.site.URL+path, form))
}

func (v *Visitor) page(res *http.Response, err error) string {
	v.t.Helper()
	if err != nil {
		v.t.Error(err)
		return ""
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Errorf("%s answers %s, %v", res.Request.URL.Path, res.Status, err)
	}
	return string(body)
}

// GetAtOnce sends a request before any of the others has its answer, with the
// cookies that there are now, and returns the pages.
func (v *Visitor) GetAtOnce(n int, path string) []string {
	v.t.Helper()
	cookies := v.Cookies()
	pages := make([]string, n)
	var all sync.WaitGroup
	for i := range pages {
		all.Go(func() {
			r, err := http.NewRequest(http.MethodGet, v.site.URL+path, nil)
			if err != nil {
				v.t.Error(err)
				return
			}
			for _, c := range cookies {
				r.AddCookie(c)
			}
			res, err := (&http.Client{Transport: v.client.Transport}).Do(r)
			if err == nil {
				v.mu.Lock()
				v.client.Jar.SetCookies(r.URL, res.Cookies())
				v.mu.Unlock()
			}
			pages[i] = v.page(res, err)
		})
	}
	all.Wait()
	return pages
}

// Cookies are those that the visitor would send.
func (v *Visitor) Cookies() []*http.Cookie {
	return v.client.Jar.Cookies(v.url())
}

// Cookie returns the value of one, empty if there is none.
func (v *Visitor) Cookie(name string) string {
	for _, c := range v.Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// SetCookie puts one in the place of another.
func (v *Visitor) SetCookie(name, value string) {
	v.client.Jar.SetCookies(v.url(), []*http.Cookie{{Name: name, Value: value, Path: "/", Secure: true}})
}

func (v *Visitor) url() *url.URL {
	u, err := url.Parse(v.site.URL)
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// Says fails the test unless the page has the text.
func Says(t testing.TB, what, page, text string) {
	t.Helper()
	if !strings.Contains(page, text) {
		t.Errorf("%s: the page says %q, without %q", what, page, text)
	}
}

package boundsessions

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// TestChromium_SeveralHosts signs in on a domain and asks on its subdomains too.
func TestChromium_SeveralHosts(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, v version) {
		v.cookie = session.Cookie{Name: "session", Domain: "site.test"}
		s.run(v)
		_, port, _ := strings.Cut(strings.TrimPrefix(s.url, "https://"), ":")
		s.url = "https://site.test:" + port
		b := start(t, s)
		b.signIn(s)
		subdomain := "https://www.site.test:" + port
		b.open(subdomain)
		b.want("GET", "/who", signedIn)
		for range 2 {
			expire()
			for _, answer := range b.ask("GET", "/who", "", 5) {
				if answer != signedIn {
					t.Errorf("on the subdomain the answer is %q", answer)
				}
			}
		}
		expire()
		if status := b.open(subdomain + "/who"); status != http.StatusOK {
			t.Errorf("a page of the subdomain has the status %d", status)
		}
		s.wantNever("rejected", "ended", "skipped", "asked")
		b.open(subdomain)
		b.want("POST", "/logout", "200")
		b.want("GET", "/who", "200  false")
		b.open(s.url)
		b.want("GET", "/who", "200  false")
	})
}

// TestChromium_BelowAPath has a program that is mounted below a path, and another one beside it.
func TestChromium_BelowAPath(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, v version) {
		v.cookie = session.Cookie{Name: "app", Path: "/app"}
		s.run(v)
		mounted := http.StripPrefix("/app", *s.handler.Load())
		beside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, "/app/") {
				mounted.ServeHTTP(w, r)
			} else if len(r.Cookies()) > 0 {
				t.Errorf("%s has the cookies %v", r.URL.Path, r.Cookies())
			}
		})
		handler := http.Handler(beside)
		s.handler.Store(&handler)
		b := start(t, s)
		b.prefix = "/app"
		b.signIn(s)
		for range 2 {
			expire()
			b.want("GET", "/who", signedIn)
		}
		s.wantNever("rejected", "ended", "skipped", "asked")
		b.want("POST", "/logout", "200")
		b.want("GET", "/who", "200  false")
	})
}

// TestChromium_ClearSiteData has the program clear the cookies of the site. Chromium 148 keeps its
// key, and learns from the answer to its next refresh that the session has ended.
func TestChromium_ClearSiteData(t *testing.T) {
	onOne(t, func(t *testing.T, s *site, _ version) {
		b := start(t, s)
		b.signIn(s)
		expire()
		b.want("GET", "/who", signedIn)
		b.want("POST", "/clear", "200")
		time.Sleep(lifetime / 2) // a refresh on the way brings its bound cookie back, which expires
		for name := range b.cookies() {
			if name != "__Host-session-bound" {
				t.Errorf("the browser keeps the cookie %s", name)
			}
		}
		refreshed := s.count("refreshed")
		expire()
		b.want("GET", "/who", "200  false")
		if n := s.count("refreshed") - refreshed; n > 0 {
			t.Errorf("the browser refreshed %d times", n)
		}
		if n := s.count("ended"); n > 1 {
			t.Errorf("the browser was told %d times that the session has ended", n)
		}
		s.wantNever("rejected", "missing")
		b.signIn(s)
		b.want("GET", "/who", signedIn)
	})
}

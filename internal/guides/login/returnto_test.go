package main

import (
	"net/url"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

func TestALoginLeadsBackToThePageThatWasAskedFor(t *testing.T) {
	open, _ := newApp(t, session.Signed(secret.New()))
	b := open()
	w := b.do("GET", "/password?a=1&b=2")
	leadsTo(t, w, "/login?next=%2Fpassword%3Fa%3D1%26b%3D2")
	page := b.do("GET", w.Header().Get("Location")).Body.String()
	if !strings.Contains(page, `name="next" value="/password?a=1&amp;b=2"`) {
		t.Errorf("the form is %s", page)
	}
	leadsTo(t, b.signIn("ada", "correct horse", "next", "/password?a=1&b=2"), "/password?a=1&b=2")
	leadsTo(t, open().do("POST", "/note"), "/login?next=%2F")
}

func TestALoginLeadsToNoOtherSite(t *testing.T) {
	for target, want := range map[string]string{
		"/":                     "/",
		"/a/b?c=d&e=%2F#f":      "/a/b?c=d&e=%2F#f",
		"":                      "/",
		"a":                     "/",
		"//evil.example":        "/",
		"///evil.example":       "/",
		"/\\evil.example":       "/",
		"\\\\evil.example":      "/",
		"/\t/evil.example":      "/",
		"\t//evil.example":      "/",
		"/\n/evil.example":      "/",
		" //evil.example":       "/",
		"https://evil.example":  "/",
		"https:evil.example":    "/",
		"javascript:alert(1)":   "/",
		"/%":                    "/",
		"/ok\r\nSet-Cookie: a=": "/",
	} {
		open, _ := newApp(t, session.Signed(secret.New()))
		if got := localPath(target); got != want {
			t.Errorf("localPath(%q) is %q, want %q", target, got, want)
		}
		leadsTo(t, open().signIn("ada", "correct horse", "next", target), want)
	}
}

// FuzzLocalPathStaysHere holds localPath to what a browser makes of its
// result, simplified to the side of caution.
func FuzzLocalPathStaysHere(f *testing.F) {
	for _, seed := range []string{"/a?b#c", "//evil.example", "/\\evil.example", "/\t/evil.example", "https://evil.example", "/a/..//evil.example"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		got := localPath(target)
		seen := strings.NewReplacer("\t", "", "\r", "", "\n", "", "\\", "/").Replace(strings.TrimSpace(got))
		if !strings.HasPrefix(seen, "/") || strings.HasPrefix(seen, "//") {
			t.Errorf("localPath(%q) is %q", target, got)
		}
		if u, err := url.Parse(got); err != nil || u.Host != "" || u.Scheme != "" {
			t.Errorf("localPath(%q) is %q", target, got)
		}
	})
}

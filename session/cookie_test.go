package session

import (
	"bytes"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
)

func TestImpossibleCookiesAreRefusedAtStart(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cookie Cookie
		want   string
	}{
		{"__Host- over plain HTTP", Cookie{Insecure: true}, "cannot be Insecure"},
		{"__Host- with a domain", Cookie{Domain: "example.com"}, "cannot have a Domain"},
		{"__Host- with a path", Cookie{Path: "/app"}, `must have the Path "/"`},
		{"__Secure- over plain HTTP", Cookie{Name: "__Secure-s", Insecure: true}, "cannot be Insecure"},
		{"__Http- for scripts", Cookie{Name: "__Http-s", ReadableByScripts: true}, "cannot be ReadableByScripts"},
		{"__Host-Http- for scripts", Cookie{Name: "__Host-Http-s", ReadableByScripts: true}, "cannot be ReadableByScripts"},
		{"odd spelling of a prefix", Cookie{Name: "__host-s"}, "must be spelled __Host-"},
		{"space in the name", Cookie{Name: "my session"}, `the character ' '`},
		{"equals sign in the name", Cookie{Name: "a=b"}, `the character '='`},
		{"non-ASCII name", Cookie{Name: "sé"}, "Cookie.Name \"sé\" has the character 'é'"},
		{"non-ASCII domain", Cookie{Name: "s", Domain: "bücher.de"}, "the character 'ü'"},
		{"semicolon in the path", Cookie{Name: "s", Path: "/;x"}, `the character ';'`},
		{"path without a slash", Cookie{Name: "s", Path: "app"}, "slash"},
		{"newline in the domain", Cookie{Name: "s", Domain: "a\nb"}, "Cookie.Domain"},
		{"an address for the domain", Cookie{Name: "s", Domain: "https://example.com"}, "give the host name"},
		{"domain too long", Cookie{Name: "s", Domain: strings.Repeat("a.", 512) + "b"}, "Domain has 1025 bytes"},
		{"domain of 254 bytes", Cookie{Name: "s", Domain: strings.Repeat("ab.", 84) + "cd"}, "Domain has 254 bytes; the name of a host has 253 at most"},
		{"label of 64 bytes", Cookie{Name: "s", Domain: strings.Repeat("a", 64) + ".example"}, "a part of 64 bytes"},
		{"two dots in a row", Cookie{Name: "s", Domain: "a..b"}, "two dots in a row"},
		{"only dots for the domain", Cookie{Name: "s", Domain: ".."}, "names no host"},
		{"only a port for the domain", Cookie{Name: "s", Domain: ":8080"}, "names no host"},
		{"path too long", Cookie{Name: "s", Path: "/" + strings.Repeat("a", 1024)}, "Path has 1025 bytes"},
		{"unknown SameSite", Cookie{SameSite: 9}, "Cookie.SameSite 9"},
		{"an IP address for the domain", Cookie{Name: "s", Domain: "192.0.2.1"}, "no subdomains"},
		{"localhost for the domain", Cookie{Name: "s", Domain: "localhost:8080"}, "no subdomains"},
		{"a top-level domain", Cookie{Name: "s", Domain: ".com"}, "no subdomains"},
		{"a name that leaves no room", Cookie{Name: strings.Repeat("s", DefaultMaxCookieSize)}, "leaves nothing for a value"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := New(Signed(secret.New()), &Options{Cookie: tt.cookie})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestCookieDomain_OfTheGreatestLengthsIsTaken(t *testing.T) {
	for _, domain := range []string{strings.Repeat("ab.", 84) + "c", strings.Repeat("a", 63) + ".example", ".example.com.", "a.b"} {
		if _, err := New(Signed(secret.New()), &Options{Cookie: Cookie{Name: "s", Domain: domain}}); err != nil {
			t.Errorf("%q: %v", domain, err)
		}
	}
}

func TestOptions_ErrorsHaveTheValueThatWasGiven(t *testing.T) {
	for want, o := range map[string]*Options{
		"Options.IdleTimeout is 2562047h47m16.854775807s, which is longer than Options.Lifetime, 744h0m0s": {IdleTimeout: math.MaxInt64},
		"Options.IdleTimeout is 200000h0m0s, which is longer than Options.Lifetime, 1h0m0s":                {IdleTimeout: 200_000 * time.Hour, Lifetime: time.Hour},
		"Options.IdleTimeout is -1ns; it must be a second or more, or 0 for none":                          {IdleTimeout: -1},
		"Options.MaxCookieSize is 1048577; it may be 1048576, 1 MiB, at most":                              {MaxCookieSize: 1<<20 + 1},
	} {
		if _, err := New(Signed(secret.New()), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one with %q", err, want)
		}
	}
}

func TestOptions_AtTheirLimits(t *testing.T) {
	for _, tt := range []struct {
		o    Options
		want string // of the error; empty if there is none
	}{
		{Options{Lifetime: time.Second}, ""},
		{Options{Lifetime: time.Second - 1}, "Options.Lifetime is 999.999999ms; it must be a second or more"},
		{Options{IdleTimeout: time.Second}, ""},
		{Options{IdleTimeout: time.Second - 1}, "Options.IdleTimeout is 999.999999ms; it must be a second or more, or 0 for none"},
		{Options{Lifetime: time.Second, IdleTimeout: time.Second}, ""},
		{Options{Lifetime: time.Second, IdleTimeout: time.Second + 1}, "Options.IdleTimeout is 1.000000001s, which is longer than Options.Lifetime, 1s"},
		{Options{AbsoluteTimeout: time.Second}, ""},
		{Options{AbsoluteTimeout: time.Second - 1}, "Options.AbsoluteTimeout is 999.999999ms; it must be a second or more"},
		{Options{BackendTimeout: -1}, ""},
		{Options{BackendTimeout: 1}, "Options.BackendTimeout is 1ns; it must be a millisecond or more, or negative for no limit"},
		{Options{BackendTimeout: time.Millisecond - 1}, "Options.BackendTimeout is 999.999µs"},
		{Options{BackendTimeout: time.Millisecond}, ""},
		{Options{MaxFlashes: 1, MaxFlashBytes: 1}, ""},
		{Options{MaxFlashes: -1, MaxFlashBytes: 1}, "Options.MaxFlashes is -1 and MaxFlashBytes 1; neither may be negative"},
		{Options{MaxFlashBytes: -1}, "Options.MaxFlashes is 64 and MaxFlashBytes -1; neither may be negative"},
		{Options{MaxCookieSize: 1 << 20}, ""},
		{Options{MaxCookieSize: len(DefaultCookieName)}, "Options.MaxCookieSize is 14, which leaves nothing for a value beside the name __Host-session"},
		{Options{MaxCookieSize: len(DefaultCookieName) + 1}, ""},
		{Options{ClearSiteData: []string{"cache", "storage", "executionContexts"}}, ""},
		{Options{FormerCookies: []Cookie{{Name: "old"}}}, ""},
		{Options{FormerCookies: []Cookie{{Name: "old"}, {}}}, `Options.FormerCookies[1].Name is ""; it must have a name, and another than Cookie`},
		{Options{FormerCookies: []Cookie{{Name: DefaultCookieName}}}, `Options.FormerCookies[0].Name is "__Host-session"; it must have a name, and another than Cookie`},
	} {
		_, err := New(Signed(secret.New()), &tt.o)
		if got := errorText(err); tt.want == "" && err != nil || !strings.Contains(got, tt.want) {
			t.Errorf("%+v: error is %q, want %q", tt.o, got, tt.want)
		}
	}
}

// A session counts its messages in 16 bits.
func TestMaxFlashes_AreAtMost65535(t *testing.T) {
	for given, want := range map[int]int{65534: 65534, 65535: 65535, 65536: 65535, math.MaxInt: 65535} {
		m, err := New(Signed(secret.New()), &Options{MaxFlashes: given})
		if err != nil || m.o.MaxFlashes != want {
			t.Errorf("%d: %v, %v", given, m.o.MaxFlashes, err)
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestAllImpossibleOptionsAreNamedAtOnce(t *testing.T) {
	_, err := New(Signed(secret.New()), &Options{Lifetime: -1, AbsoluteTimeout: -1, MaxCookieSize: -1, Cookie: Cookie{Name: "a b"}})
	for _, want := range []string{"Lifetime", "AbsoluteTimeout", "MaxCookieSize", "Cookie.Name"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error is %v, want one that names %s", err, want)
		}
	}
}

func TestOptionsAreCopied(t *testing.T) {
	o := Options{Cookie: Cookie{Name: "s"}}
	m, err := New(Signed(secret.New()), &o)
	if err != nil {
		t.Fatal(err)
	}
	o.Cookie.Name = "changed"
	if m.o.Cookie.Name != "s" {
		t.Error("changing the options after New changed the manager")
	}
}

func TestNoCookieExpiresLaterThanBrowsersAllow(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	for lifetime, want := range map[time.Duration]time.Duration{time.Hour: time.Hour, 1000 * 24 * time.Hour: 400 * 24 * time.Hour} {
		m, err := New(Signed(secret.New()), &Options{Lifetime: lifetime, Clock: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			From(r).SetPermanent(true)
		})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Result().Cookies()[0].Expires; !got.Equal(now.Add(want)) {
			t.Errorf("a Lifetime of %v expires at %v, want %v", lifetime, got, now.Add(want))
		}
	}
}

func TestCommit_CacheControlOfTheProgramStands(t *testing.T) {
	m, err := New(Signed(secret.New()), nil)
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{"": "no-store", "private": "private"} {
		w := httptest.NewRecorder()
		m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if said != "" {
				w.Header().Set("Cache-Control", said)
			}
			From(r).Set("a", 1)
		})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
		if got := w.Header().Get("Cache-Control"); got != want {
			t.Errorf("Cache-Control is %q beside a cookie, and was %q; want %q", got, said, want)
		}
	}
}

// A second commit replaces the first one's cookie, also beside a cookie of the program's: only one
// that another manager has set is warned of.
func TestCommit_ReplacesItsOwnCookie(t *testing.T) {
	var log bytes.Buffer
	m, err := New(Signed(secret.New()), &Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), FormerCookies: []Cookie{{Name: "former", Path: "/x"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "https://example.com/", nil)
	r.Header.Set("Cookie", "former=1")
	w.Header().Set("Set-Cookie", "theme=dark")
	s, err := m.Load(r)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		s.Set("a", i)
		if err := m.Commit(w, r, s); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.Header()["Set-Cookie"]; len(got) != 3 || got[0] != "theme=dark" {
		t.Errorf("Set-Cookie is %q", got)
	}
	if strings.Contains(log.String(), "two managers") {
		t.Errorf("it is logged: %s", &log)
	}
	w.Header().Set("Set-Cookie", DefaultCookieName+"=another")
	s.Set("a", "b")
	if err := m.Commit(w, r, s); err != nil || !strings.Contains(log.String(), "two managers") {
		t.Errorf("another manager's cookie is replaced in silence: %v, %s", err, &log)
	}
}

// What no browser has in the path of a request never matches it: internal/integration/browser asks
// one.
func TestCookiePath_ThatNoRequestHasIsAnError(t *testing.T) {
	for _, path := range []string{"/a b", "/a ", `/a"b`, "/a#b", "/a?b", "/a<b", "/a>b", `/a\b`, "/a^b", "/a`b", "/a{b", "/a}b", "/a|b", "/%", "/%2", "/%zz", "/..", "/a/../b", "/a/./b", "/a/%2E%2e/b", "/.", "/a;b", "/é", "a"} {
		if _, err := New(Signed(secret.New()), &Options{Cookie: Cookie{Name: "session", Path: path}}); err == nil || !strings.Contains(err.Error(), "Options.Cookie.Path") {
			t.Errorf("New with the path %q says %v", path, err)
		}
	}
	for _, path := range []string{"/a.b", "/...", "/a/..b", "/%20", "/a//b", "/a[b]", "/~a", "/a:b@c!$&'()*+,=", "/a/"} {
		if _, err := New(Signed(secret.New()), &Options{Cookie: Cookie{Name: "session", Path: path}}); err != nil {
			t.Errorf("New with the path %q says %v", path, err)
		}
	}
}

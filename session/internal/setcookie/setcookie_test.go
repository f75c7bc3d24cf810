package setcookie

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestCookieAttributes_AreInFlasksOrder(t *testing.T) {
	c := Cookie{Name: "s", Domain: ".example.com.:8080", Path: "/app", SameSite: http.SameSiteNoneMode, Partitioned: true, Insecure: true}
	if err := c.Normalize("Options.Cookie"); err != nil {
		t.Fatal(err)
	}
	before, after := c.Attributes()
	if want := "; Domain=example.com; Secure; HttpOnly; Path=/app; SameSite=None; Partitioned"; before+after != want {
		t.Errorf("attributes are %q, want %q", before+after, want)
	}
}

func TestCookieDropped(t *testing.T) {
	const safari = "Mozilla/5.0 (Macintosh) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15"
	secure := Cookie{Name: "s"}
	for name, tt := range map[string]struct {
		cookie     Cookie
		url, agent string
		want       []inspect.Warning
	}{
		"HTTPS":               {secure, "https://shop.example/", safari, nil},
		"HTTP":                {secure, "http://shop.example/", "", []inspect.Warning{inspect.PlainHTTP}},
		"HTTP, and Insecure":  {Cookie{Name: "s", Insecure: true}, "http://shop.example/", "", nil},
		"localhost":           {secure, "http://localhost:8080/", "", nil},
		"localhost, Safari":   {secure, "http://localhost:8080/", safari, []inspect.Warning{inspect.WebKitLocalhost}},
		"the domain":          {Cookie{Name: "s", Domain: "shop.example"}, "https://shop.example/", "", nil},
		"a subdomain":         {Cookie{Name: "s", Domain: "shop.example"}, "https://www.shop.example/", "", nil},
		"a foreign domain":    {Cookie{Name: "s", Domain: "shop.example"}, "https://ashop.example/", "", []inspect.Warning{inspect.ForeignDomain}},
		"both":                {Cookie{Name: "s", Domain: "shop.example"}, "http://x.example/", "", []inspect.Warning{inspect.PlainHTTP, inspect.ForeignDomain}},
		"what httptest makes": {secure, "/", "", nil},
	} {
		r := httptest.NewRequest("GET", tt.url, nil)
		r.Header.Set("User-Agent", tt.agent)
		if got := tt.cookie.Dropped(r); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func TestReplace_LeavesOneCookieOfAName(t *testing.T) {
	var room [1]string
	h := http.Header{"Set-Cookie": {"s=old; Path=/", "ss=other", "x=s=1"}}
	if !Replace(h, "s", "s=new", &room) {
		t.Error("another one was there")
	}
	if Replace(h, "s", "s=newer", &room) {
		t.Error("it was its own")
	}
	if want := []string{"ss=other", "x=s=1", "s=newer"}; !slices.Equal(h["Set-Cookie"], want) {
		t.Errorf("Set-Cookie is %q, want %q", h["Set-Cookie"], want)
	}
	h = http.Header{"Set-Cookie": {"s", "", "s; Path=/"}} // none of them has the name
	if want := []string{"s", "", "s; Path=/", "s=1"}; Replace(h, "s", "s=1", new([1]string)) || !slices.Equal(h["Set-Cookie"], want) {
		t.Errorf("Set-Cookie is %q, want %q", h["Set-Cookie"], want)
	}
	h = http.Header{}
	for _, line := range []string{"s=1", "s=2"} {
		if Replace(h, "s", line, &room); !slices.Equal(h["Set-Cookie"], []string{line}) {
			t.Errorf("Set-Cookie is %q, want %q alone", h["Set-Cookie"], line)
		}
	}
}

// The characters are those of RFC 9110, section 5.6.2, of host names, and of paths as browsers send
// them.
func TestNormalize_TheCharactersOfEachField(t *testing.T) {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for name, tt := range map[string]struct {
		allowed string
		cookie  func(char string) Cookie
		want    string // of the error
	}{
		"Name":   {letters + "!#$%&'*+-.^_`|~", func(char string) Cookie { return Cookie{Name: char + "s"} }, "C.Name %q has the character %q; letters, digits and"},
		"Domain": {letters + "-.", func(char string) Cookie { return Cookie{Name: "s", Domain: char + "a.example"} }, "C.Domain %q has the character %q; give a host name"},
		"Path":   {letters + "!$&'()*+,-./:=@[]_~", func(char string) Cookie { return Cookie{Name: "s", Path: "/" + char} }, "C.Path %q has the character %q, which browsers do not have"},
	} {
		for char := range rune(0x102) {
			c := tt.cookie(string(char))
			given := map[string]string{"Name": c.Name, "Domain": c.Domain, "Path": c.Path}[name]
			if name == "Path" && (char == '%' || char == '.') || name == "Domain" && (char == ':' || char == '/') {
				continue // they are more than a character
			}
			err := c.Normalize("C")
			if allowed := strings.ContainsRune(tt.allowed, char); allowed != (err == nil) {
				t.Errorf("%s %q: %v", name, given, err)
			} else if want := fmt.Sprintf(tt.want, given, char); !allowed && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %q, want %q", name, err, want)
			}
		}
	}
}

func TestNormalize_AtTheLimits(t *testing.T) {
	for _, tt := range []struct {
		cookie Cookie
		want   string // of the error; empty if there is none
	}{
		{Cookie{Name: "s", Path: "/" + strings.Repeat("a", 1023)}, ""},
		{Cookie{Name: "s", Path: "/" + strings.Repeat("a", 1024)}, "C.Path has 1025 bytes; browsers ignore an attribute of more than 1024"},
		{Cookie{Name: "s", Domain: strings.Repeat("ab.", 84) + "c"}, ""},
		{Cookie{Name: "s", Domain: strings.Repeat("ab.", 84) + "cd"}, "C.Domain has 254 bytes; the name of a host has 253 at most"},
		{Cookie{Name: "s", Domain: strings.Repeat("a", 63) + ".example"}, ""},
		{Cookie{Name: "s", Domain: strings.Repeat("a", 64) + ".example"}, "has a part of 64 bytes between its dots; the name of a host has 63 there at most"},
		{Cookie{Name: "s", Domain: "a..b"}, `C.Domain "a..b" has two dots in a row`},
		{Cookie{Name: "s", Domain: "https://example.com"}, `C.Domain "https://example.com" is an address`},
		{Cookie{Name: "s", Domain: ".:80"}, `C.Domain ".:80" names no host`},
		{Cookie{Name: "s", Domain: "192.0.2.1"}, `C.Domain "192.0.2.1" has no subdomains`},
		{Cookie{Name: "s", Domain: "localhost"}, `C.Domain "localhost" has no subdomains`},
		{Cookie{Name: "s", Path: "a"}, `C.Path "a" does not begin with a slash`},
		{Cookie{Name: "s", Path: ";"}, `C.Path ";" has the character ';'`},
		{Cookie{Name: "s", Path: "/%25a"}, ""},
		{Cookie{Name: "s", Path: "/%2"}, `C.Path "/%2" has a percent sign without two digits after it; write it as %25`},
		{Cookie{Name: "s", Path: "/a/../b"}, `C.Path "/a/../b" has a segment of dots`},
		{Cookie{Name: "s", Path: "/a/%2E/b"}, `C.Path "/a/%2E/b" has a segment of dots`},
		{Cookie{Name: "s", Path: "/a/.../b"}, ""},
		{Cookie{Name: "s", SameSite: http.SameSiteDefaultMode}, ""},
		{Cookie{Name: "s", SameSite: http.SameSiteNoneMode + 1}, "C.SameSite 5 is not one of net/http's constants"},
		{Cookie{Name: "s", SameSite: http.SameSiteNoneMode, Insecure: true}, "C has SameSite=None and is Insecure"},
		{Cookie{Name: "s", SameSite: http.SameSiteNoneMode, Insecure: true, Partitioned: true}, ""},
		{Cookie{Name: "s", SameSite: http.SameSiteLaxMode, Partitioned: true}, "C is Partitioned, and its SameSite is not None"},
		{Cookie{Name: "__Host-"}, ""},
		{Cookie{Name: "__Host-", Insecure: true}, `C.Name "__Host-": browsers reject it, because a cookie with its prefix cannot be Insecure; choose`},
		{Cookie{Name: "__host-s", Path: "/a"}, `a cookie with its prefix must be spelled __Host- and must have the Path "/"; choose`},
		{Cookie{Name: "__Host-s", Domain: "a.example", ReadableByScripts: true}, "a cookie with its prefix cannot have a Domain; choose"},
		{Cookie{Name: "__Secure-s", Domain: "a.example", Path: "/a", ReadableByScripts: true}, ""},
		{Cookie{Name: "__Http-s", Domain: "a.example", Path: "/a"}, ""},
		{Cookie{Name: "__Http-s", ReadableByScripts: true}, "a cookie with its prefix cannot be ReadableByScripts; choose"},
		{Cookie{Name: "__Host-Http-s", Path: "/a", ReadableByScripts: true}, `cannot be ReadableByScripts and must have the Path "/"; choose`},
		{Cookie{Name: "__Hos"}, ""},
	} {
		err := tt.cookie.Normalize("C")
		if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%+v: the error is %v, want %q", tt.cookie, err, tt.want)
		}
	}
}

func TestCheckHeader_RefusesThoseWithAMeaning(t *testing.T) {
	for name, want := range map[string]string{
		"Session-Token": "", "X-Session": "", "Contents": "", "Second": "",
		"Authorization": "has a meaning of its own", "Vary": "has a meaning of its own", "Content-Type": "has a meaning of its own",
		"Access-Control-Max-Age": "has a meaning of its own", "Sec-Fetch-Dest": "has a meaning of its own",
		"Session Token": "has the character ' '",
	} {
		err := CheckHeader("TokenHeader", name)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: the error is %v, want %q", name, err, want)
		}
	}
}

func TestCovers_IsThePathMatchOfBrowsers(t *testing.T) {
	for _, tt := range []struct {
		cookie, asked, stripped, prefix string
		want                            bool
	}{
		{cookie: "/", asked: "/any", want: true},
		{cookie: "/app", asked: "/app", want: true},
		{cookie: "/app", asked: "/app/", want: true},
		{cookie: "/app", asked: "/app/page?x=1", want: true},
		{cookie: "/app", asked: "/apple"},
		{cookie: "/app", asked: "/"},
		{cookie: "/app", asked: "/ap"},
		{cookie: "/app/", asked: "/app/page", want: true},
		{cookie: "/app/", asked: "/app"},
		{cookie: "/app", asked: "/app?x=1", stripped: "/", want: true},
		{cookie: "/app", asked: "/apple?x=/app", stripped: "/le"},
		{cookie: "/app", asked: "/page", prefix: "/app", want: true},
		{cookie: "/app", asked: "/page", prefix: "/app/", want: true},
		{cookie: "/app", asked: "/page", prefix: "/other"},
	} {
		r := httptest.NewRequest("GET", tt.asked, nil)
		if tt.stripped != "" {
			r.URL.Path = tt.stripped
		}
		if tt.prefix != "" {
			r.Header.Set("X-Forwarded-Prefix", tt.prefix)
		}
		if got := (&Cookie{Path: tt.cookie}).Covers(r); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	if !(&Cookie{Path: "/app"}).Covers(&http.Request{}) {
		t.Error("a request without an address is not covered")
	}
}

func TestAppendExpiry_SaysItTwice(t *testing.T) {
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.FixedZone("", 3600))
	if got, want := string(AppendExpiry([]byte("s=1"), at, 90*time.Minute)), "s=1; Expires=Wed, 01 Jul 2026 12:30:00 GMT; Max-Age=5400"; got != want {
		t.Errorf("it is %q, want %q", got, want)
	}
}

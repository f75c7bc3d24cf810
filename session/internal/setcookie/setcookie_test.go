package setcookie

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

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
	h = http.Header{}
	for _, line := range []string{"s=1", "s=2"} {
		if Replace(h, "s", line, &room); !slices.Equal(h["Set-Cookie"], []string{line}) {
			t.Errorf("Set-Cookie is %q, want %q alone", h["Set-Cookie"], line)
		}
	}
}

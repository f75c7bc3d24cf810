package setcookie

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestValues_NamesAreComparedExactly(t *testing.T) {
	for _, tt := range []struct {
		header []string
		want   []string
	}{
		{[]string{"s=1"}, []string{"1"}},
		{[]string{"a=0; s=1; b=2"}, []string{"1"}},
		{[]string{"a=0;s=1;b=2"}, []string{"1"}},
		{[]string{"a=0", "s=1"}, []string{"1"}},
		{[]string{"s=1; s=2"}, []string{"1", "2"}},
		{[]string{" \ts=1\t "}, []string{"1"}},
		{[]string{"s= 1"}, []string{" 1"}},
		{[]string{"s="}, []string{""}},
		{[]string{"s=a=b"}, []string{"a=b"}},
		{[]string{`s="1"`}, []string{`"1"`}},
		{[]string{"s"}, nil},
		{[]string{"S=1"}, nil},
		{[]string{"ss=1"}, nil},
		{[]string{"xs=1"}, nil},
		{[]string{"s =1"}, nil},
		{[]string{"=s=1"}, nil},
		{[]string{"; ;;s=1;"}, []string{"1"}},
		{[]string{""}, nil},
		{nil, nil},
	} {
		got := slices.Collect(Values(http.Header{"Cookie": tt.header}, "s"))
		if !slices.Equal(got, tt.want) {
			t.Errorf("in %q the cookie s is %q, want %q", tt.header, got, tt.want)
		}
	}
}

func FuzzValues(f *testing.F) {
	for _, line := range []string{"s=1", "a=0; s=1; s=2", "=s=1", "s", ";;s = 1", "s=\xff;S=2"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		got := slices.Collect(Values(http.Header{"Cookie": {line}}, "s"))
		for _, v := range got {
			if strings.Contains(v, ";") || !strings.Contains(line, "s="+v) {
				t.Fatalf("found the value %q in %q", v, line)
			}
		}
		// What net/http finds, we find. It also strips carriage returns and
		// the like, which no header that a server took can hold.
		if strings.ContainsAny(line, "\r\n\v\f") {
			return
		}
		cookies, err := http.ParseCookie(line)
		if err != nil {
			return
		}
		var want []string
		for _, c := range cookies {
			if c.Name == "s" && !c.Quoted {
				want = append(want, c.Value)
			}
		}
		for _, v := range want {
			if !slices.Contains(got, v) {
				t.Fatalf("net/http finds %q in %q, we find %q", want, line, got)
			}
		}
	})
}

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

func TestDifferentAndFirst_AreTheValuesThatCount(t *testing.T) {
	for name, tt := range map[string]struct {
		lines            []string
		different, first []string
	}{
		"none":                 {[]string{"t=1"}, nil, nil},
		"one":                  {[]string{"t=1; s=a"}, []string{"a"}, []string{"a"}},
		"one, twice":           {[]string{"s=a; s=a"}, []string{"a"}, []string{"a"}},
		"two, on two lines":    {[]string{"s=b", "t=1; s=a"}, []string{"b", "a"}, []string{"b"}},
		"more than are wanted": {[]string{"s=a; s=b; s=c; s=d"}, []string{"a", "b", "c"}, []string{"a"}},
		"an empty one first":   {[]string{"s=; s=a"}, []string{"a"}, nil},
	} {
		h := http.Header{"Cookie": tt.lines}
		if got := Different(h, "s", make([]string, 0, 3)); !slices.Equal(got, tt.different) {
			t.Errorf("%s: the different ones are %q, want %q", name, got, tt.different)
		}
		if got := First(h, "s", make([]string, 0, 3)); !slices.Equal(got, tt.first) {
			t.Errorf("%s: the first is %q, want %q", name, got, tt.first)
		}
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

package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const ada = "eyJ1c2VybmFtZSI6ImFkYSJ9.ZVPxAA.u5Yy4ELvWfSpOj38X4F_4e7aOlYJLrO6hjo_TrqQn2k"

func TestParseInput_AsPeoplePaste(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []cookie
	}{
		{"bare token", ada, []cookie{{"", ada}}},
		{"spaces around a token", " \t" + ada + "\r\n\n", []cookie{{"", ada}}},
		{"padded token", ada + "==", []cookie{{"", ada + "=="}}},
		{"pair", "session=" + ada, []cookie{{"session", ada}}},
		{"pair with an empty value", "session=", []cookie{{"session", ""}}},
		{"pairs", "a=1; b = 2 ;c=3", []cookie{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		{"value with equals signs", "a=b=c=", []cookie{{"a", "b=c="}}},
		{"pair without a name", "=x; a=1; b", []cookie{{"a", "1"}}},
		{"Cookie line", "Cookie: a=1; b=2", []cookie{{"a", "1"}, {"b", "2"}}},
		{"header name in another case", "COOKIE :a=1", []cookie{{"a", "1"}}},
		{"cookies named as attributes are", "Cookie: a=1; path=/", []cookie{{"a", "1"}, {"path", "/"}}},
		{"Set-Cookie line", "Set-Cookie: a=1; Path=/; HttpOnly", []cookie{{"a", "1"}}},
		{"Set-Cookie line without its name", "a=1; path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly;", []cookie{{"a", "1"}}},
		{"line of curl -v", "< Set-Cookie: a=1; Path=/\r\n", []cookie{{"a", "1"}}},
		{"request of curl -v", "> GET / HTTP/1.1\n> Cookie: a=1; b=2\n>\n", []cookie{{"a", "1"}, {"b", "2"}}},
		{"name and value on two lines", "cookie\na=1; b=2", []cookie{{"a", "1"}, {"b", "2"}}},
		{"name and value with an empty line between", "Set-Cookie:\n\na=1; b=2", []cookie{{"a", "1"}}},
		{"response", "HTTP/1.1 200 OK\nSet-Cookie: a=1\nVary: Cookie\nset-cookie: b=2; Secure\n\n<p>x=y", []cookie{{"a", "1"}, {"b", "2"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := parseInput(test.text)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("parseInput(%q) = %q, %v, want %q", test.text, got, err, test.want)
			}
		})
	}
}

func TestFuzz_HasSeeds(t *testing.T) {
	for _, target := range []string{"FuzzInput", "FuzzInspect"} {
		if seeds, err := os.ReadDir("testdata/fuzz/" + target); err != nil || len(seeds) < 5 {
			t.Errorf("%s has %d seeds, %v", target, len(seeds), err)
		}
	}
}

// FuzzInput holds the parser to what its callers rely on: what it returns
// stands in the input, and nothing is taken twice or read across a separator.
func FuzzInput(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		cookies, err := parseInput(text)
		if (err == nil) != (len(cookies) > 0) {
			t.Fatalf("%d cookies, error %v", len(cookies), err)
		}
		total := 0
		for _, c := range cookies {
			total += len(c.name) + len(c.value)
			if !strings.Contains(text, c.name) || !strings.Contains(text, c.value) {
				t.Errorf("%q is not in the input", c)
			}
			if strings.ContainsAny(c.name+c.value, "\n;") || strings.Contains(c.name, "=") {
				t.Errorf("%q has a separator in it", c)
			}
			if c.name == "" && len(cookies) > 1 {
				t.Errorf("a bare token among %d cookies", len(cookies))
			}
		}
		if total > len(text) {
			t.Errorf("%d bytes of cookies in %d of input", total, len(text))
		}
		if err != nil {
			return
		}
		// The header that a browser would send of them gives them back.
		var header strings.Builder
		for _, c := range cookies {
			header.WriteString("; " + c.name + "=" + c.value)
		}
		if cookies[0].name == "" {
			return
		}
		again, err := parseInput("Cookie: " + header.String()[2:])
		if err != nil || !slices.Equal(again, cookies) {
			t.Errorf("%q is read again as %q, %v", cookies, again, err)
		}
		// Whatever is chosen is one of them, by that name.
		for _, first := range []bool{true, false} {
			c, err := choose(cookies, "", "session", first)
			if err == nil && !slices.Contains(cookies, c) {
				t.Errorf("chose %q of %q", c, cookies)
			}
			want := cookies[len(cookies)-1].name
			if c, err := choose(cookies, want, "session", first); err == nil && c.name != want {
				t.Errorf("chose %q, not %q", c, want)
			}
		}
	})
}

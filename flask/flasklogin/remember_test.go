package flasklogin

import (
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOpenToken_Hostile(t *testing.T) {
	l := newLogins(t, nil)
	good := l.Token("ada")
	digits := good[len("ada|"):]
	for what, value := range map[string]string{
		"nothing":                     "",
		"no separator":                "ada",
		"no ID":                       "|" + l.sign(""),
		"no signature":                "ada|",
		"another user's":              "bob|" + digits,
		"upper case":                  "ada|" + strings.ToUpper(digits),
		"a byte less":                 good[:len(good)-1],
		"a byte more":                 good + "0",
		"a space before":              " " + good,
		"a quote":                     `"`,
		"two quotes":                  `""`,
		"one quote of two":            `"` + good,
		"a backslash at the end":      `"ada|` + digits + `\"`,
		"an octal cut short":          `"ada|` + digits[:126] + `\14"`,
		"not UTF-8":                   quote("\xff|" + l.sign("\xff")),
		"more than an owner may have": l.Token(strings.Repeat("x", 256)),
		"more than browsers keep":     strings.Repeat("x", 1<<20) + "|" + digits,
		"another key's":               func() string { o, _ := New("another key, as long as it", nil); return o.Token("ada") }(),
	} {
		owner, err := l.OpenToken(value)
		if err == nil || owner != "" || !strings.HasPrefix(err.Error(), "flasklogin: ") || strings.Contains(err.Error(), digits) {
			t.Errorf("%s: it is the token of %q, %v", what, owner, err)
		}
	}
	if owner, err := l.OpenToken(`"` + good + `"`); err != nil || owner != "ada" {
		t.Error("a quoted token is refused")
	}
}

func TestOpenToken_MemoryIsBounded(t *testing.T) {
	l := newLogins(t, nil)
	value := `"` + strings.Repeat(`\054`, 1000) + `"`
	n := testing.AllocsPerRun(100, func() { _, _ = l.OpenToken(value) })
	if n > 20 {
		t.Errorf("a hostile token costs %v allocations", n)
	}
}

func TestRemembered_TheFirstCookieCounts(t *testing.T) {
	l := newLogins(t, nil)
	for cookies, want := range map[string]string{
		"remember_token=" + l.Token("ada"):                                         "ada",
		"a=b;remember_token=" + l.Token("é,x") + " ; c=d":                          "é,x",
		"remember_token=x; remember_token=" + l.Token("ada"):                       "",
		"remember_token=" + l.Token("ada") + "; remember_token=" + l.Token("bob"):  "ada",
		"Remember_token=" + l.Token("ada") + "; xremember_token=" + l.Token("bob"): "",
		"remember_token": "",
	} {
		r := &http.Request{Header: http.Header{"Cookie": {cookies}}}
		if got, ok := l.Remembered(r); got != want || ok != (want != "") {
			t.Errorf("%s: %q, %t, want %q", cookies, got, ok, want)
		}
	}
}

func TestNew_Refuses(t *testing.T) {
	for what, c := range map[string]struct {
		key  string
		opts Options
		want string
	}{
		"no key":                {"", Options{}, "is empty"},
		"a published key":       {"dev", Options{}, "Options.AllowPublishedKey"},
		"a key beyond Latin-1":  {"a key with 日本 in it, which is long enough", Options{}, "Latin-1"},
		"an unknown release":    {goodKey, Options{Release: 9}, "Options.Release is 9"},
		"an unknown protection": {goodKey, Options{Protection: -1}, "Options.Protection is -1"},
		"an unknown type":       {goodKey, Options{IDs: 3}, "Options.IDs is 3"},
		"a duration":            {goodKey, Options{Cookie: RememberCookie{Duration: -1}}, "Duration is -1ns"},
		"a cookie's name":       {goodKey, Options{Cookie: RememberCookie{Name: "a b"}}, "Options.Cookie"},
		"a domain":              {goodKey, Options{Cookie: RememberCookie{Domain: "a b"}}, "Options.Cookie"},
		"a path":                {goodKey, Options{Cookie: RememberCookie{Path: "/;"}}, "Options.Cookie"},
		"SameSite=None alone":   {goodKey, Options{Cookie: RememberCookie{SameSite: http.SameSiteNoneMode}}, "Secure"},
	} {
		if _, err := New(c.key, &c.opts); err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "flasklogin: ") {
			t.Errorf("%s: %v, want %q", what, err, c.want)
		}
	}
	if _, err := New("dev", &Options{AllowPublishedKey: true}); err != nil {
		t.Error(err)
	}
}

func TestRememberCookie_EachSetting(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		cookie     RememberCookie
		set, clear string
	}{
		{
			RememberCookie{},
			"remember_token=V; Path=/; Expires=Sat, 02 Jan 2027 03:04:05 GMT; Max-Age=31536000; HttpOnly",
			"remember_token=; Path=/; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; HttpOnly",
		},
		{
			RememberCookie{
				Name: "r", Duration: time.Hour, Domain: ".example.com", Path: "/app", Secure: true, ReadableByScripts: true,
				SameSite: http.SameSiteStrictMode,
			},
			"r=V; Path=/app; Domain=example.com; Expires=Fri, 02 Jan 2026 04:04:05 GMT; Max-Age=3600; Secure; SameSite=Strict",
			"r=; Path=/app; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0; Secure; SameSite=Strict",
		},
	} {
		l := newLogins(t, &Options{Cookie: c.cookie})
		if got, want := l.setLine(values{}, "é", at), strings.Replace(c.set, "V", l.Token("é"), 1); got != want {
			t.Errorf("set:\n%s, want\n%s", got, want)
		}
		if got := l.clearLine(); got != c.clear {
			t.Errorf("cleared:\n%s, want\n%s", got, c.clear)
		}
	}
	if line := newLogins(t, nil).setLine(values{"_remember_seconds": 1.5}, "ada", at); !strings.Contains(line, "03:04:06 GMT; Max-Age=2;") {
		t.Errorf("for 1.5 seconds: %s", line)
	}
	for _, seconds := range []any{-1.0, 0.0, "soon", 1e300} {
		line := newLogins(t, nil).setLine(values{"_remember_seconds": seconds}, "ada", at)
		if !strings.Contains(line, "Max-Age=31536000;") && (seconds != 1e300 || !strings.Contains(line, "Max-Age=315360000;")) {
			t.Errorf("for %v seconds: %s", seconds, line)
		}
	}
}

// FuzzOpenToken looks for a token that is accepted though its signature is not that of its ID.
func FuzzOpenToken(f *testing.F) {
	l := newLogins(f, nil)
	f.Fuzz(func(t *testing.T, value string) {
		owner, err := l.OpenToken(value)
		if err != nil {
			return
		}
		if text := unquote(value); text != owner+"|"+l.sign(owner) || !utf8.ValidString(owner) || len(owner) > 255 {
			t.Errorf("%q is the token of %q", value, owner)
		}
	})
}

func TestNew_TheDurationOfTheCookie(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for d, want := range map[time.Duration]bool{time.Second - 1: false, time.Second: true, 10 * year: true, 10*year + 1: false} {
		if _, err := New(goodKey, &Options{Cookie: RememberCookie{Duration: d}}); (err == nil) != want {
			t.Errorf("%v: %v", d, err)
		}
	}
}

func TestNew_AKeyInLatin1(t *testing.T) {
	for letter, want := range map[string]bool{"ÿ": true, "Ā": false} {
		if _, err := New(goodKey+letter, nil); (err == nil) != want {
			t.Errorf("a key with %s: %v", letter, err)
		}
	}
}

// Werkzeug 2.2 writes these bytes without quotes, and each release reads them so.
func TestQuote_OnlyWhatIsNotPlain(t *testing.T) {
	const plain = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-./:=^_`|~"
	for c := range 256 {
		value := string([]byte{byte(c)})
		quoted := quote(value)
		if (quoted == value) != strings.Contains(plain, value) || unquote(quoted) != value {
			t.Errorf("%q is written as %s, read as %q", value, quoted, unquote(quoted))
		}
	}
	if got := unquote(`""`); got != "" {
		t.Errorf("two quotes are read as %q", got)
	}
}

// FuzzQuote looks for a value that does not come back, or that a browser would cut.
func FuzzQuote(f *testing.F) {
	f.Fuzz(func(t *testing.T, value string) {
		text := quote(value)
		if strings.HasPrefix(value, `"`) && text == value {
			t.Errorf("%q is not quoted", value)
		}
		if got := unquote(text); got != value {
			t.Errorf("%q comes back as %q from %s", value, got, text)
		}
		for i := range len(text) {
			if c := text[i]; c < ' ' || c >= 0x7f || c == ';' || c == ',' {
				t.Errorf("%q is written as %q", value, text)
			}
		}
		_ = unquote(value)
		_, _ = cookieValue(http.Header{"Cookie": {value}}, "a")
	})
}

// FuzzIdentifier looks for two visitors whose hashed texts are one, and for a panic.
func FuzzIdentifier(f *testing.F) {
	l, main := newLogins(f, nil), newLogins(f, &Options{Release: Main})
	f.Fuzz(func(t *testing.T, address, agent, forwarded string) {
		r := &http.Request{RemoteAddr: address, Header: http.Header{"User-Agent": {agent}}}
		bare, bareMain := l.Identifier(r), main.Identifier(r)
		r.Header["X-Forwarded-For"] = []string{forwarded}
		if main.Identifier(r) != bareMain {
			t.Error("Main looks at X-Forwarded-For")
		}
		delete(r.Header, "X-Forwarded-For")
		r.Header["User-Agent"] = []string{agent + "x"}
		if l.Identifier(r) == bare || main.Identifier(r) == bareMain {
			t.Errorf("%q and %q are one visitor", agent, agent+"x")
		}
	})
}

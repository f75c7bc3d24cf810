package session_test

import (
	"context"
	"crypto/tls"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// warned sends a request that changes the session, twice, and returns how
// often the log has the words.
func warned(t *testing.T, o session.Options, r *http.Request, cacheControl, words string) int {
	t.Helper()
	v := newVisitor(t, o)
	for range 2 {
		v.m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if cacheControl != "" {
				w.Header().Set("Cache-Control", cacheControl)
			}
			username.Set(session.From(r), "ada")
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
	return strings.Count(v.log.String(), words)
}

func request(host string) *http.Request {
	r := httptest.NewRequest("GET", "/", nil)
	r.Host = host
	return r
}

func TestASecureCookieOverPlainHTTPIsWarnedOfOnce(t *testing.T) {
	const words = "is Secure and the request came over plain HTTP"
	insecure := session.Options{Cookie: session.Cookie{Name: "s", Insecure: true}}
	forwarded, standard, encrypted := request("wafer.test"), request("wafer.test"), request("wafer.test")
	forwarded.Header.Set("X-Forwarded-Proto", "https")
	standard.Header.Set("Forwarded", "for=192.0.2.1;Proto=https")
	encrypted.TLS = &tls.ConnectionState{}
	for what, tt := range map[string]struct {
		o    session.Options
		r    *http.Request
		want int
	}{
		"a name":             {session.Options{}, request("example.com:8080"), 1},
		"a private address":  {session.Options{}, request("192.168.1.2"), 1},
		"localhost":          {session.Options{}, request("localhost:8080"), 0},
		"its subdomain":      {session.Options{}, request("app.localhost"), 0},
		"loopback":           {session.Options{}, request("127.0.0.1:8080"), 0},
		"IPv6 loopback":      {session.Options{}, request("[::1]:8080"), 0},
		"a host that begins": {session.Options{}, request("localhost.example.com"), 1},
		"TLS":                {session.Options{}, encrypted, 0},
		"a proxy's word":     {session.Options{}, forwarded, 0},
		"its standard word":  {session.Options{}, standard, 0},
		"an Insecure cookie": {insecure, request("wafer.test"), 0},
		"a test's request":   {session.Options{}, httptest.NewRequest("GET", "/", nil), 0},
	} {
		if got := warned(t, tt.o, tt.r, "", words); got != tt.want {
			t.Errorf("%s: warned %d times, want %d", what, got, tt.want)
		}
	}
}

// Anyone can send these headers. They decide about the warning above, and about nothing else.
func TestCookie_IsTheSameWhateverSchemeWasForwarded(t *testing.T) {
	now := time.Now()
	v := newVisitor(t, session.Options{Clock: func() time.Time { return now }})
	cookies := map[string]bool{}
	for _, scheme := range []string{"", "http", "https"} {
		w, r := httptest.NewRecorder(), request("wafer.test")
		r.Header.Set("X-Forwarded-Proto", scheme)
		r.Header.Set("Forwarded", "proto="+scheme)
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
		})).ServeHTTP(w, r)
		cookies[w.Header().Get("Set-Cookie")] = true
	}
	for cookie := range cookies {
		if len(cookies) != 1 || !strings.Contains(cookie, "; Secure;") {
			t.Errorf("one of %d cookies is %q", len(cookies), cookie)
		}
	}
}

func TestCookie_SameSiteNoneNeedsSecure(t *testing.T) {
	for insecure, fails := range map[bool]bool{true: true, false: false} {
		o := session.Options{Cookie: session.Cookie{Name: "s", SameSite: http.SameSiteNoneMode, Insecure: insecure}}
		if _, err := session.New(session.Signed(secret.New()), &o); (err != nil) != fails {
			t.Errorf("Insecure %v: New returns %v", insecure, err)
		}
	}
}

func TestACookieThatProxiesDoNotPassIsWarnedOfOnce(t *testing.T) {
	for bytes, want := range map[int]int{2000: 0, 2700: 1} {
		v := newVisitorOf(t, session.Sealed(secret.New()), session.Options{}) // which never compresses
		for range 2 {
			v.with(func(s *session.Session) { s.Set("x", strings.Repeat("x", bytes)) })
		}
		if got := strings.Count(v.log.String(), "may have more than 4096 bytes"); got != want {
			t.Errorf("%d bytes: warned %d times, want %d", bytes, got, want)
		}
	}
}

// sized keeps each session in a cookie value of so many bytes.
type sized struct {
	session.Backend
	driver.Driver
	size int
}

func (s *sized) Open(c driver.Config) (d driver.Driver, err error) {
	s.Driver, err = s.Backend.Open(c)
	return s, err
}

func (s *sized) Save(_ context.Context, dst []byte, _ driver.Write) ([]byte, driver.Record, error) {
	return append(dst, strings.Repeat("x", s.size)...), nil, nil
}

func TestLargeHeader_IsWarnedOfFrom3700BytesOn(t *testing.T) {
	const rest = "__Host-session=; Secure; HttpOnly; Path=/; SameSite=Lax"
	for size, want := range map[int]bool{3699: false, 3700: true} {
		v := newVisitorOf(t, &sized{Backend: session.Signed(secret.New()), size: size - len(rest)}, session.Options{})
		res := v.with(func(s *session.Session) { username.Set(s, "ada") })
		if got := strings.Contains(v.log.String(), "may have more than 4096 bytes"); got != want || len(res.Header.Get("Set-Cookie")) != size {
			t.Errorf("a line of %d bytes: warned %v, want %v", len(res.Header.Get("Set-Cookie")), got, want)
		}
	}
}

func TestADomainTheHostIsNotInIsWarnedOfOnce(t *testing.T) {
	const words = "host is not in Cookie.Domain"
	for host, want := range map[string]int{
		"example.com": 0, "app.example.com:443": 0, "EXAMPLE.com.": 0, "notexample.com": 1, "com": 1, "localhost:8080": 1, "10.0.0.1": 1,
	} {
		o := session.Options{Cookie: session.Cookie{Name: "s", Domain: ".Example.com"}}
		if got := warned(t, o, request(host), "", words); got != want {
			t.Errorf("%s: warned %d times, want %d", host, got, want)
		}
	}
}

func TestWarning_OfAHostNamesWhatItNeeds(t *testing.T) {
	v := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "s", Domain: "example.com"}})
	v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "ada") })).
		ServeHTTP(httptest.NewRecorder(), request("other.test"))
	for words, named := range map[string]bool{"came over plain HTTP": false, "host is not in Cookie.Domain": true} {
		for line := range strings.Lines(v.log.String()) {
			if strings.Contains(line, words) && (strings.Contains(line, " domain=example.com ") != named || !strings.Contains(line, " host=other.test ")) {
				t.Errorf("the log has %q", line)
			}
		}
		if strings.Count(v.log.String(), words) != 1 {
			t.Errorf("it is not said once that %q: %s", words, v.log)
		}
	}
}

func TestACookieInAResponseForSharedCachesIsWarnedOfOnce(t *testing.T) {
	const words = "says in Cache-Control that shared caches may keep it"
	for said, want := range map[string]int{
		"": 0, " ": 0, "private": 0, "no-store": 0, "no-cache": 0, "private, max-age=60": 0, "no-store, public": 0,
		"public": 1, "max-age=60, PUBLIC": 1, "max-age=60": 1, "s-maxage=60": 1, "no-transform,S-MaxAge=1": 1,
		"max-age=0": 0, "no-cache, max-age=0, must-revalidate": 0, `s-maxage="0"`: 0, "max-age=10": 1,
	} {
		if got := warned(t, session.Options{}, request("localhost"), said, words); got != want {
			t.Errorf("%q: warned %d times, want %d", said, got, want)
		}
	}
}

func TestWhatIsSaidToCDNsCountsMoreThanWhatIsSaidToAll(t *testing.T) {
	for _, tt := range []struct {
		name, said, all string
		want            int
	}{
		{"CDN-Cache-Control", "max-age=60", "no-store", 1}, {"Surrogate-Control", "max-age=60", "private", 1}, {"CDN-Cache-Control", "no-store", "public", 0},
	} {
		v := newVisitor(t, session.Options{})
		v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.Header().Set(tt.name, tt.said)
			w.Header().Set("Cache-Control", tt.all)
			username.Set(s, "ada")
		})
		if got := strings.Count(v.log.String(), "shared caches may keep it"); got != tt.want {
			t.Errorf("%s: %s beside Cache-Control: %s is warned of %d times", tt.name, tt.said, tt.all, got)
		}
	}
}

func TestASessionFirstReadAfterTheHeaderHasLeftIsWarnedOf(t *testing.T) {
	for early, want := range map[bool]int{true: 0, false: 1} {
		v := newVisitor(t, session.Options{})
		for range 2 {
			v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				if early {
					s.Len()
				}
				w.(http.Flusher).Flush()
				username.Get(s)
				s.Len()
			})
		}
		if got := strings.Count(v.log.String(), "first read after the response header was sent"); got != want || want > 0 && !strings.Contains(v.log.String(), "diagnose_test.go:") {
			t.Errorf("read before %v: warned %d times: %s", early, got, v.log)
		}
	}
}

func TestTwoGoodCookiesAreWarnedOfOnce(t *testing.T) {
	v, w := newVisitor(t, session.Options{}), newVisitor(t, session.Options{})
	w.m = v.m
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	w.with(func(s *session.Session) { username.Set(s, "eve") })
	v.cookies = append(v.cookies, w.cookies...)
	again := v.beside()
	if v.known() || again.known() || strings.Count(v.log.String(), "has several cookies of the session's name") != 1 {
		t.Errorf("log %s", v.log)
	}
}

func TestClocksThatDifferAreWarnedOfOnce(t *testing.T) {
	v := newVisitor(t, session.Options{})
	v.with(func(s *session.Session) { username.Set(s, "ada") })
	v.clock = v.clock.Add(-time.Minute)
	again := v.beside()
	if v.known() || again.known() || strings.Count(v.log.String(), "because it was saved in the future") != 1 {
		t.Errorf("log %s", v.log)
	}
}

func TestAnEmptyCacheControlIsNothingSaid(t *testing.T) {
	v := newVisitor(t, session.Options{})
	for _, said := range []string{"", " ", ","} {
		res := v.do(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			w.Header().Set("Cache-Control", said)
			username.Set(s, "ada")
		})
		if got := res.Header["Cache-Control"]; len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%q became %q", said, got)
		}
	}
}

func TestAnOddHostDoesNotUseUpAWarning(t *testing.T) {
	v := newVisitor(t, session.Options{})
	hosts := []string{"scanner.invalid", "example.com", "example.com", "EXAMPLE.com:80", "c", "d", "e", "f", "g"}
	for _, host := range hosts {
		v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
		})).ServeHTTP(httptest.NewRecorder(), request(host))
	}
	if got := strings.Count(v.log.String(), "host=example.com"); got != 1 {
		t.Errorf("the host is warned of %d times", got)
	}
	if got := strings.Count(v.log.String(), "came over plain HTTP"); got != 5 {
		t.Errorf("%d hosts are warned of", got)
	}
}

func TestADeletedCookieIsWarnedOfLikeAnother(t *testing.T) {
	v := newVisitor(t, session.Options{Cookie: session.Cookie{Name: "s", Domain: "example.com"}})
	r := request("other.invalid")
	v.m.Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		session.From(r).Destroy()
	})).ServeHTTP(httptest.NewRecorder(), r)
	for _, words := range []string{"came over plain HTTP", "host is not in Cookie.Domain"} {
		if !strings.Contains(v.log.String(), words) {
			t.Errorf("the log says %s", v.log)
		}
	}
}

func TestCookiesThatNeverReturnAreWarnedOfOnce(t *testing.T) {
	const words = "not one has come back"
	for _, returns := range []bool{false, true} {
		v := newVisitor(t, session.Options{})
		for range 120 {
			if !returns {
				v.cookies = nil
			}
			v.with(func(s *session.Session) { username.Set(s, "ada") })
		}
		if got := strings.Count(v.log.String(), words); (got == 1) == returns || got > 1 {
			t.Errorf("returned %v: warned %d times", returns, got)
		}
	}
}

// TestEachHeadingOfTheTroubleshootingGuideIsLogged looks for the guide's headings in
// what is logged: a reader searches for the words of the log.
func TestEachHeadingOfTheTroubleshootingGuideIsLogged(t *testing.T) {
	guide, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	err = fs.WalkDir(os.DirFS("."), ".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		source.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	headings := 0
	for line := range strings.Lines(string(guide)) {
		words, ok := strings.CutPrefix(strings.TrimSpace(line), "### “")
		if !ok {
			continue
		}
		headings++
		for part := range strings.SplitSeq(strings.TrimSuffix(words, "”"), "…") {
			part = strings.TrimSuffix(strings.TrimSpace(part), " 4096")
			if !strings.Contains(source.String(), part) {
				t.Errorf("the guide has %q, which nothing logs", part)
			}
		}
	}
	if headings == 0 {
		t.Error("found no headings")
	}
}

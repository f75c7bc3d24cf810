package debug_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/debug"
)

// losing is a program with a login, and the log of its inspector.
type losing struct {
	t *testing.T
	http.Handler
	log *bytes.Buffer
}

func newLosing(t *testing.T, opts session.Options) losing {
	t.Helper()
	m := manager(t, session.Signed(secret.New()), opts)
	l := losing{t: t, log: new(bytes.Buffer)}
	i := debug.New(m, &debug.Options{Logger: slog.New(slog.NewTextHandler(l.log, nil))})
	mux := http.NewServeMux()
	signIn := func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignIn("ada")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
	mux.HandleFunc("POST /login", signIn)
	mux.HandleFunc("GET /callback", signIn)
	mux.HandleFunc("POST /fetched", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })
	mux.HandleFunc("POST /refused", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignIn("ada")
		w.WriteHeader(http.StatusBadRequest)
	})
	mux.HandleFunc("GET /choices", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).SignIn("ada")
		w.WriteHeader(http.StatusMultipleChoices)
	})
	mux.HandleFunc("POST /flash", func(w http.ResponseWriter, r *http.Request) {
		session.From(r).Flash("Saved")
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /logout", func(_ http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
	mux.HandleFunc("GET /counted", func(_ http.ResponseWriter, r *http.Request) { session.From(r).Set("n", 1) })
	mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the program's page")) })
	l.Handler = m.Handler(i.Record(mux))
	return l
}

// send sends a browser's request, and returns the response's cookie.
func (l losing) send(method, target string, change ...func(r *http.Request)) (body, cookie string) {
	l.t.Helper()
	r := httptest.NewRequest(method, target, nil)
	r.Header.Set("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8")
	for _, f := range change {
		f(r)
	}
	w := serve(l, r)
	if set := w.Result().Cookies(); len(set) > 0 {
		cookie = set[0].Name + "=" + set[0].Value
	}
	return w.Body.String(), cookie
}

const lostHeadline = "The sign-in was lost"

func TestASignInWhoseCookieDoesNotComeBackIsSaidOnThePage(t *testing.T) {
	for _, path := range []string{"POST /login", "GET /callback", "GET /choices", "POST /fetched"} {
		l := newLosing(t, session.Options{})
		method, path, _ := strings.Cut(path, " ")
		l.send(method, "http://wafer.test:8080"+path)
		page, _ := l.send("GET", "http://wafer.test:8080/")
		want(
			t, page, lostHeadline, "<code>"+method+" "+path+"</code> signed a user in", "<code>__Host-session</code>", "<code>GET /</code>",
			"is Secure and the request came over plain HTTP", "troubleshooting.md#is-secure-and-the-request-came-over-plain-http", "not the program",
		)
		if log := l.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, `begun="`+method+" "+path+`"`) {
			t.Errorf("the log has %q", log)
		}
		if page, _ = l.send("GET", "http://wafer.test:8080/"); page != "the program's page" {
			t.Errorf("%s: the second time: %s", path, page)
		}
	}
}

func TestWhyASignInWasLostIsOfTheBrowserAndTheAddress(t *testing.T) {
	safari := func(r *http.Request) {
		r.Header.Set("User-Agent", "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15")
	}
	l := newLosing(t, session.Options{})
	l.send("POST", "http://localhost:8080/login", safari)
	page, _ := l.send("GET", "http://localhost:8080/", safari)
	want(t, page, "Safari does not keep a Secure cookie from http://localhost", "not came over plain HTTP, so")

	l = newLosing(t, session.Options{})
	l.send("POST", "https://wafer.test/login")
	page, _ = l.send("GET", "https://wafer.test/")
	want(t, page, lostHeadline, "Wafer does not know why", "developer tools")

	l = newLosing(t, session.Options{Cookie: session.Cookie{Name: "__Secure-s", Domain: "example.com"}})
	l.send("POST", "https://wafer.test/login")
	page, _ = l.send("GET", "https://wafer.test/")
	want(t, page, "host is not in Cookie.Domain")
}

func TestASignInWhoseCookieComesBackIsNotLost(t *testing.T) {
	l := newLosing(t, session.Options{})
	_, cookie := l.send("POST", "https://wafer.test/login")
	with := func(r *http.Request) { r.Header.Set("Cookie", cookie) }
	for range 2 {
		if page, _ := l.send("GET", "https://wafer.test/", with); page != "the program's page" {
			t.Errorf("the page is %s", page)
		}
	}
	if page, _ := l.send("GET", "https://wafer.test/"); page != "the program's page" {
		t.Errorf("in a private window, say: %s", page)
	}
}

func TestOnlyThePageAfterASignInIsReplaced(t *testing.T) {
	header := func(name, value string) func(r *http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for name, other := range map[string]func(r *http.Request){
		"another browser":  header("User-Agent", "another"),
		"another machine":  func(r *http.Request) { r.RemoteAddr = "192.0.2.9:1" },
		"a script's fetch": header("Sec-Fetch-Mode", "cors"),
		"an image":         header("Accept", "image/avif,image/webp,*/*;q=0.8"),
		"a prefetch":       header("Sec-Purpose", "prefetch"),
		"a POST":           func(r *http.Request) { r.Method, r.URL.Path = "POST", "/logout" },
	} {
		l := newLosing(t, session.Options{})
		l.send("POST", "https://wafer.test/login")
		if page, _ := l.send("GET", "https://wafer.test/", other); strings.Contains(page, lostHeadline) {
			t.Errorf("%s is answered with the page", name)
		}
		if page, _ := l.send("GET", "https://wafer.test/"); !strings.Contains(page, lostHeadline) {
			t.Errorf("after %s the page is %s", name, page)
		}
	}
	for _, request := range []string{"POST /refused", "POST /logout", "GET /counted"} {
		l := newLosing(t, session.Options{})
		method, path, _ := strings.Cut(request, " ")
		l.send(method, "https://wafer.test"+path)
		if page, _ := l.send("GET", "https://wafer.test/"); page != "the program's page" {
			t.Errorf("after %s the page is %s", request, page)
		}
	}
}

func TestASessionWithoutAUserIsSaidToBeLostToo(t *testing.T) {
	l := newLosing(t, session.Options{})
	l.send("POST", "https://wafer.test/flash")
	page, _ := l.send("GET", "https://wafer.test/")
	want(t, page, "The session was lost", "<code>POST /flash</code> changed the session", "the session is empty again", "not sign")
}

func TestALostSignInIsForgottenAfterTenSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLosing(t, session.Options{})
		for wait, lost := range map[time.Duration]bool{10 * time.Second: true, 11 * time.Second: false} {
			l.send("POST", "https://wafer.test/login")
			time.Sleep(wait)
			if page, _ := l.send("GET", "https://wafer.test/"); strings.Contains(page, lostHeadline) != lost {
				t.Errorf("after %v: %s", wait, page)
			}
		}
	})
}

func TestSixteenSignInsAreRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLosing(t, session.Options{})
		browser := func(n int) func(r *http.Request) {
			return func(r *http.Request) { r.Header.Set("User-Agent", strings.Repeat("x", n)) }
		}
		for n := range 20 {
			l.send("POST", "https://wafer.test/login", browser(n))
		}
		lost := 0
		for n := range 20 {
			if page, _ := l.send("GET", "https://wafer.test/", browser(n)); strings.Contains(page, lostHeadline) {
				lost++
			}
		}
		if lost != 16 {
			t.Errorf("%d are remembered", lost)
		}
		for n := range 16 {
			l.send("POST", "https://wafer.test/login", browser(n))
		}
		time.Sleep(10 * time.Second)
		l.send("POST", "https://wafer.test/login", browser(30))
		if page, _ := l.send("GET", "https://wafer.test/", browser(30)); strings.Contains(page, lostHeadline) {
			t.Error("one that may still come back is forgotten for a new one")
		}
		time.Sleep(time.Second)
		l.send("POST", "https://wafer.test/login", browser(30))
		if page, _ := l.send("GET", "https://wafer.test/", browser(30)); !strings.Contains(page, lostHeadline) {
			t.Error("old ones leave no room for a new one")
		}
	})
}

package flask_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

const deletion = "session=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; HttpOnly; Path=/"

// permanentAlice is what Flask sends at now for a permanent alice.
const permanentAlice = "session=eyJfcGVybWFuZW50Ijp0cnVlLCJ1c2VybmFtZSI6ImFsaWNlIn0.ZVPxAA.ZKeNhzuX7M6m3WwHqtgOKVXkmPM"

func setAlice(_ http.ResponseWriter, r *http.Request) { username.Set(session.From(r), "alice") }

func TestFlaskLine12_SavedWhateverTheStatus(t *testing.T) {
	for _, status := range []int{200, 204, 301, 304, 400, 404, 500, 503} {
		r := newSite(t).request(http.MethodPost, "", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			setAlice(w, r) // Flask saves when the handler is done
		})
		if r.StatusCode != status {
			t.Errorf("status %d, want %d", r.StatusCode, status)
		}
		wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
	}
}

func TestFlaskLine12_SavedOnNotFound(t *testing.T) {
	mux := http.NewServeMux()
	r := newSite(t).request(http.MethodGet, "", func(w http.ResponseWriter, r *http.Request) {
		setAlice(w, r) // as before_request does
		mux.ServeHTTP(w, r)
	})
	if r.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", r.StatusCode)
	}
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine12_SavedOnAPanicRecoveredInside(t *testing.T) {
	r := newSite(t).request(http.MethodGet, "", func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			_ = recover()
			w.WriteHeader(http.StatusInternalServerError)
		}()
		setAlice(w, r)
		panic("a mistake")
	})
	if r.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", r.StatusCode)
	}
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine13_PermanentSessionIsRefreshedThoughUntouched(t *testing.T) {
	old := token(`{"_permanent":true,"username":"alice"}`, now-1000)
	for _, c := range []struct {
		name    string
		refresh bool
		cookie  string
		want    string
	}{
		{"permanent, refresh on", true, old, permanentAlice + "; Expires=Fri, 15 Dec 2023 22:13:20 GMT; Max-Age=2678400; HttpOnly; Path=/"},
		{"permanent, refresh off", false, old, ""},
		{"not permanent, refresh on", true, alice, ""},
		{"_permanent is false, refresh on", true, token(`{"_permanent":false,"username":"alice"}`, now-1000), ""},
		{"no session, refresh on", true, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := newSite(t, func(o *session.Options) { o.RefreshEachRequest = c.refresh })
			r := site.visit(c.cookie, func(*session.Session) {})
			wantCookie(t, r, c.want)
			wantVary(t, r, map[bool]string{true: "Cookie"}[c.want != ""])
		})
	}
}

func TestFlaskLine14_EmptyAndModifiedIsDeleted(t *testing.T) {
	for name, cookie := range map[string]string{"a session came": alice, "none came": ""} {
		t.Run(name, func(t *testing.T) {
			r := newSite(t).visit(cookie, func(s *session.Session) { s.Clear() })
			wantCookie(t, r, deletion)
			wantVary(t, r, "Cookie")
		})
	}
}

func TestFlaskLine14_EmptyAndUnmodifiedIsLeftAlone(t *testing.T) {
	wantCookie(t, newSite(t).visit("", func(s *session.Session) { s.Len() }), "")
	wantCookie(t, newSite(t).visit(token(`{}`, now), func(s *session.Session) { s.Len() }), "")
}

func everyAttribute(o *session.Options) {
	o.Cookie.Domain = ".example.com:80"
	o.Cookie.Path = "/app"
	o.Cookie.Insecure = false
	o.Cookie.SameSite = http.SameSiteNoneMode
	o.Cookie.Partitioned = true
}

func TestFlaskLine15_DeletionHasTheSameAttributes(t *testing.T) {
	r := newSite(t, everyAttribute).visit(alice, func(s *session.Session) { s.Clear() })
	wantCookie(t, r, "session=; Domain=example.com; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0; Secure; HttpOnly; Path=/app; SameSite=None; Partitioned")
}

// We differ: Flask sends Expires alone, which browsers compare with a clock that may be wrong.
func TestFlaskLine16_PermanentSessionHasExpiresAndMaxAge(t *testing.T) {
	r := newSite(t).visit("", func(s *session.Session) {
		username.Set(s, "alice")
		s.SetPermanent(true)
	})
	wantCookie(t, r, permanentAlice+"; Expires=Fri, 15 Dec 2023 22:13:20 GMT; Max-Age=2678400; HttpOnly; Path=/")
}

func TestFlaskLine16_OtherSessionsHaveNoExpiry(t *testing.T) {
	r := newSite(t).visit(token(`{"_permanent":true}`, now), func(s *session.Session) {
		username.Set(s, "alice")
		s.Delete("_permanent")
	})
	wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/")
}

func TestFlaskLine17_VaryIsMergedAndNotRepeated(t *testing.T) {
	for _, c := range []struct{ before, want string }{
		{"", "Cookie"},
		{"Accept-Encoding", "Accept-Encoding\nCookie"},
		{"Accept-Encoding, cookie", "Accept-Encoding, cookie"},
		{"Cookies", "Cookies\nCookie"},
		{"*", "*"},
	} {
		r := newSite(t).request(http.MethodGet, alice, func(w http.ResponseWriter, r *http.Request) {
			if c.before != "" {
				w.Header().Set("Vary", c.before)
			}
			session.From(r).Len()
		})
		wantVary(t, r, c.want)
	}
}

func TestFlaskLine18_AttributesAreInFlasksOrder(t *testing.T) {
	r := newSite(t, everyAttribute).visit("", func(s *session.Session) {
		username.Set(s, "alice")
		s.SetPermanent(true)
	})
	wantCookie(t, r, permanentAlice+"; Domain=example.com; Expires=Fri, 15 Dec 2023 22:13:20 GMT; Max-Age=2678400; Secure; HttpOnly; Path=/app; SameSite=None; Partitioned")
}

func TestFlaskLine19_DomainLosesPortAndDot(t *testing.T) {
	r := newSite(t, func(o *session.Options) { o.Cookie.Domain = ".example.com:8080" }).
		request(http.MethodGet, "", setAlice)
	wantCookie(t, r, "session="+alice+"; Domain=example.com; HttpOnly; Path=/")
}

func TestFlaskLine19_PartitionedForcesSecure(t *testing.T) {
	r := newSite(t, func(o *session.Options) {
		o.Cookie.SameSite = 0
		o.Cookie.Partitioned = true
	}).request(http.MethodGet, "", setAlice)
	wantCookie(t, r, "session="+alice+"; Secure; HttpOnly; Path=/; SameSite=None; Partitioned")
}

// We differ: Flask sends Partitioned with any SameSite, and browsers never send such a cookie from a
// frame.
func TestFlaskLine19_PartitionedNeedsSameSiteNone(t *testing.T) {
	backend, err := flask.Cookies("dev", &flask.CookieOptions{AllowPublishedKey: true})
	if err != nil {
		t.Fatal(err)
	}
	for mode, valid := range map[http.SameSite]bool{
		http.SameSiteDefaultMode: false, http.SameSiteLaxMode: false, http.SameSiteStrictMode: false,
		http.SameSiteNoneMode: true, 0: true,
	} {
		opts := flask.Defaults()
		opts.Cookie.Partitioned, opts.Cookie.SameSite = true, mode
		if _, err := session.New(backend, opts); (err == nil) != valid {
			t.Errorf("SameSite %d: error %v", mode, err)
		}
	}
}

func TestFlaskLine20_SameSiteIsOneOfThree(t *testing.T) {
	for mode, want := range map[http.SameSite]string{
		http.SameSiteDefaultMode: "",
		http.SameSiteStrictMode:  "; SameSite=Strict",
		http.SameSiteLaxMode:     "; SameSite=Lax",
	} {
		r := newSite(t, func(o *session.Options) { o.Cookie.SameSite = mode }).
			request(http.MethodGet, "", setAlice)
		wantCookie(t, r, "session="+alice+"; HttpOnly; Path=/"+want)
	}
	// We differ: None without Secure, which browsers reject, is an error at the start.
	r := newSite(t, func(o *session.Options) {
		o.Cookie.SameSite, o.Cookie.Insecure = http.SameSiteNoneMode, false
	}).request(http.MethodGet, "", setAlice)
	wantCookie(t, r, "session="+alice+"; Secure; HttpOnly; Path=/; SameSite=None")
}

func TestFlaskLine20_AnotherSameSiteIsAnErrorAtTheStart(t *testing.T) {
	backend, err := flask.Cookies("dev", &flask.CookieOptions{AllowPublishedKey: true})
	if err != nil {
		t.Fatal(err)
	}
	opts := flask.Defaults()
	opts.Cookie.SameSite = 99
	if _, err := session.New(backend, opts); err == nil || !strings.Contains(err.Error(), "SameSite") {
		t.Errorf("error %v", err)
	}
}

func TestFlaskLine21_TooLargeACookieFailsTheResponse(t *testing.T) {
	site := newSite(t)
	noise := make([]byte, 4000) // what does not compress
	for i, n := 0, uint32(1); i < len(noise); i++ {
		n = n*1664525 + 1013904223
		noise[i] = byte(n >> 24)
	}
	r := site.request(http.MethodGet, "", func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		username.Set(s, "alice")
		s.Set("cart", noise)
		_, _ = fmt.Fprint(w, "welcome")
	})
	if r.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", r.StatusCode)
	}
	wantCookie(t, r, "")
	var large *session.TooLargeError
	if !errors.As(errors.Join(site.errors...), &large) || large.Size <= 4096 || large.Largest[0].Key != "cart" {
		t.Errorf("errors %v", site.errors)
	}
}

func TestFlaskLine22_UnencodableValueIs500AndNoCookie(t *testing.T) {
	site := newSite(t)
	r := site.visit("", func(s *session.Session) {
		username.Set(s, "alice")
		s.Set("ch", make(chan int))
	})
	if r.StatusCode != http.StatusInternalServerError {
		t.Errorf("status %d", r.StatusCode)
	}
	wantCookie(t, r, "")
	wantVary(t, r, "Cookie")
	var value *session.ValueError
	if !errors.As(errors.Join(site.errors...), &value) || value.Key != "ch" || !strings.Contains(value.Error(), "chan int") {
		t.Errorf("errors %v", site.errors)
	}
}

func TestFlaskLine23_WriteDuringAStreamIsReported(t *testing.T) {
	site := newSite(t)
	r := site.request(http.MethodGet, "", func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, "first")
		w.(http.Flusher).Flush()
		setAlice(w, r)
	})
	wantCookie(t, r, "")
	if len(site.errors) != 1 || !errors.Is(site.errors[0], session.ErrTooLate) {
		t.Errorf("errors %v", site.errors)
	}
}

func TestFlaskLine24_OfTwoRequestsAtOnceTheLastAnswerWins(t *testing.T) {
	site := newSite(t)
	first := site.visit(alice, func(s *session.Session) { s.Set("first", true) })
	second := site.visit(alice, func(s *session.Session) { s.Set("second", true) })
	if got, want := payloadOf(t, first), `{"first":true,"username":"alice"}`; got != want {
		t.Errorf("the first answer has %s, want %s", got, want)
	}
	if got, want := payloadOf(t, second), `{"second":true,"username":"alice"}`; got != want {
		t.Errorf("the last answer has %s, want %s", got, want)
	}
}

func TestRequestWithTwoHandlersSetsOneCookie(t *testing.T) {
	site := newSite(t)
	inner := site.sessions.Handler(http.HandlerFunc(setAlice))
	w := httptest.NewRecorder()
	site.sessions.Handler(inner).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	wantCookie(t, w.Result(), "session="+alice+"; HttpOnly; Path=/")
}

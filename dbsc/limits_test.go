package dbsc_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// wholeSeconds returns a site whose clock has no fraction of a second, in which cookies and
// bindings count.
func wholeSeconds(t *testing.T, backend session.Backend) *site {
	t.Helper()
	s := newSite(t, backend, nil, nil)
	s.now = s.now.Truncate(time.Second)
	return s
}

// A bound cookie is valid for its lifetime of ten minutes and 31 seconds more, and as long before
// it was made as the clocks of two servers may differ.
func TestGuard_TheTimesOfABoundCookie(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		s.now = s.now.Truncate(time.Second)
		d := s.visitor()
		s.enforced(d)
		d.SetCookie(boundCookie, "")
		s.want(d, "GET", "/who", 200, "owner ada ") // by a bound cookie of this second
		made, kept := s.now, d.Cookies()
		for _, tt := range []struct {
			age  time.Duration
			good bool
		}{{-31 * time.Second, false}, {-30 * time.Second, true}, {0, true}, {631 * time.Second, true}, {632 * time.Second, false}} {
			s.now = made.Add(tt.age)
			if res := d.Thief().SendWith(kept, "GET", "/who", "", nil); (res.Body == "owner ada ") != tt.good {
				t.Errorf("a bound cookie that was made %v ago is answered with %d %q", tt.age, res.Status, res.Body)
			}
		}
	})
}

// A registration counts from when the browser should have the answer. A time that is further ahead
// than that is from before the server's clock was set back.
func TestGuard_TheTimesOfAGrace(t *testing.T) {
	onEach(t, func(t *testing.T, backend string, s *site) {
		s.now = s.now.Truncate(time.Second)
		d := s.visitor()
		registered, first, last := s.now, -30*time.Second, 29*time.Second
		if inRecord(backend) {
			last = 630 * time.Second
		}
		for _, tt := range []struct {
			at   time.Duration
			good bool
		}{{first - time.Second, false}, {first, true}, {0, true}, {last, true}, {last + time.Second, false}} {
			s.now = registered.Add(tt.at)
			late := devicetest.New(s)
			late.SetCookie(cookie, d.Cookies()[cookie])
			if res := late.Send("GET", "/who", "", nil); (res.Body == "owner ada ") != tt.good {
				t.Errorf("%v after the registration, a request without its bound cookie is answered with %d %q", tt.at, res.Status, res.Body)
			}
		}
	})
}

// A proof is as old as the program says at most, or five seconds, which a browser needs.
func TestRequire_TheTimesOfAProof(t *testing.T) {
	for maxAge, limit := range map[time.Duration]time.Duration{0: 5 * time.Second, time.Minute: time.Minute} {
		s := wholeSeconds(t, session.Stored(memstore.New(nil)))
		s.mux.Handle("POST /limited", s.guard.Require(maxAge)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
		d := s.visitor()
		s.pass(limit)
		s.want(d.Thief(), "POST", "/limited", 200, "")
		s.pass(time.Second)
		s.want(d.Thief(), "POST", "/limited", 403, "Forbidden\n")
	}
}

// A challenge is good for a minute more than two bound cookies, and as long before it was made as
// the clocks of two servers may differ.
func TestRegistration_TheTimesOfAChallenge(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		good bool
	}{
		{-30*time.Second - time.Millisecond, false},
		{-30 * time.Second, true},
		{21 * time.Minute, true},
		{21*time.Minute + time.Millisecond, false},
	} {
		s := wholeSeconds(t, session.Stored(memstore.New(nil)))
		d, challenge := s.offered()
		s.pass(tt.age)
		if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); (res.Status == http.StatusOK) != tt.good {
			t.Errorf("a challenge that was made %v ago is answered with %d", tt.age, res.Status)
		}
	}
}

// A request with many bound cookies costs four signatures to verify at most.
func TestGuard_LooksIntoFourBoundCookies(t *testing.T) {
	s := wholeSeconds(t, session.Stored(memstore.New(nil)))
	d := s.visitor()
	s.enforced(d)
	s.want(d, "GET", "/who", 200, "owner ada ")
	kept := d.Cookies()
	for before, good := range map[int]bool{0: true, 3: true, 4: false} {
		line := cookie + "=" + kept[cookie] + strings.Repeat("; "+boundCookie+"=dbsc.planted", before) + "; " + boundCookie + "=" + kept[boundCookie]
		res := devicetest.New(s).Send("GET", "/who", "", http.Header{"Cookie": {line}})
		if (res.Status == http.StatusOK) != good {
			t.Errorf("behind %d other bound cookies, the valid one is answered with %d", before, res.Status)
		}
	}
}

// A program has paths of its own that end as those of the endpoints.
func TestGuard_LeavesThePathsOfTheProgramAlone(t *testing.T) {
	s := newSite(t, session.Stored(memstore.New(nil)), nil, nil)
	s.mux.HandleFunc("POST /account/", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, path := range []string{"/account/register", "/account/refresh", "/account/register?/dbsc/register"} {
		for _, prefix := range []string{"", "/", "/dbsc", "/app"} {
			if res := devicetest.New(s).Send("POST", path, "", http.Header{"X-Forwarded-Prefix": {prefix}}); res.Status != http.StatusTeapot {
				t.Errorf("POST %s with the prefix %q is answered with %d", path, prefix, res.Status)
			}
		}
	}
}

// The browser binds the requests to which it sends the session's cookie: those of the host, or of
// the whole site.
func TestRegistration_TheScopeIsThatOfTheCookie(t *testing.T) {
	for domain, want := range map[string]string{"": `"include_site":false`, "example.com": `"include_site":true`} {
		s := newSite(t, session.Stored(memstore.New(nil)), &session.Options{Cookie: session.Cookie{Name: "s", Domain: domain}}, nil)
		d, challenge := s.offered()
		if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 200 || !strings.Contains(res.Body, want) || res.Header.Get("Content-Type") != "application/json" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("with the domain %q the instructions are %d %s, want %s", domain, res.Status, res.Body, want)
		}
	}
}

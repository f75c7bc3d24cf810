package dbsc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

func TestGuard_BindsAtSignIn(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		for what, d := range map[string]*devicetest.Device{"ES256": devicetest.New(s), "RS256": devicetest.NewRSA(s), "quoted headers": devicetest.New(s)} {
			d.Quoted = what == "quoted headers"
			s.signIn(d)
			s.wantTook("offered", "registered")
			if got := names(d); got != cookie+" "+boundCookie {
				t.Errorf("%s: the device keeps %s", what, got)
			}
			before := d.Cookies()[boundCookie]
			s.pass(11 * time.Minute) // the bound cookie expires
			s.want(d, "GET", "/who", 200, "owner ada ")
			s.wantTook("challenged", "refreshed")
			if after := d.Cookies()[boundCookie]; after == before || after == "" {
				t.Errorf("%s: the bound cookie after the refresh is %q, before it %q", what, after, before)
			}
			s.pass(11 * time.Minute)
			s.want(d, "GET", "/who", 200, "owner ada ")
			s.wantTook("refreshed") // with the challenge that came with the last
		}
	})
}

func TestGuard_RefusesAThief(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		thief := d.Thief()
		s.want(thief, "GET", "/who", 200, "owner ada ") // for as long as the bound cookie is valid
		s.pass(11 * time.Minute)
		thief.SetSession(devicetest.Session{}) // it has no key
		res := thief.Do("GET", "/who", "")
		if res.Status != http.StatusForbidden || strings.Contains(res.Body, "ada") {
			t.Errorf("the thief gets %d %q", res.Status, res.Body)
		}
		s.wantTook("missing", "asked")
		for _, path := range []string{"/count", "/offer", "/renew", "/grave", "/logout", "/login"} {
			if res := thief.Do("POST", path, ""); res.Status != http.StatusForbidden && path != "/grave" || res.Body == "done" {
				t.Errorf("POST %s of the thief answers %d %q", path, res.Status, res.Body)
			}
		}
		s.want(d, "GET", "/who", 200, "owner ada ")
		s.want(d, "GET", "/count", 200, "0")
	})
}

func TestGuard_LetsThoseBeThatDoNotKnowIt(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		safari := devicetest.New(s)
		safari.Deaf, safari.Now = true, s.clock
		safari.Do("POST", "/login", "")
		for range 5 {
			s.pass(11 * time.Minute)
			s.want(safari, "GET", "/who", 200, "owner ada ")
			s.want(safari, "POST", "/grave", 200, "done")
		}
		if got := names(safari); got != cookie {
			t.Errorf("it keeps %s", got)
		}
		s.want(safari, "POST", "/logout", 200, "")
		s.want(safari, "GET", "/who", 200, "owner  ")
		s.wantTook("offered")
	})
}

func TestGuard_LeavesAloneWhatUsesNoSession(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		thief := d.Thief()
		s.pass(11 * time.Minute)
		res := thief.Send("GET", "/free", "", nil)
		if res.Status != 200 || res.Body != "free" || len(res.Header["Set-Cookie"]) > 0 || len(res.Header["Vary"]) > 0 {
			t.Errorf("the answer is %+v", res)
		}
		s.wantTook()
	})
}

func TestGuard_SignOutEndsTheBinding(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		s.want(d, "POST", "/logout", 200, "")
		if got := names(d); got != "" {
			t.Errorf("after the sign-out the device keeps %s", got)
		}
		s.want(d, "GET", "/who", 200, "owner  ")
		if id := d.Session().ID; id != "" {
			t.Errorf("the device still knows the session %s", id)
		}
		s.wantTook("ended")
		s.signIn(d) // and it is bound anew
		s.wantTook("offered", "registered")
	})
}

func TestGuard_SignInBindsAnew(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		before := d.Session().ID
		s.signIn(d)
		if after := d.Session().ID; after == before || after == "" {
			t.Errorf("the identifier after a second sign-in is %q, before it %q", after, before)
		}
		s.enforced(d)
		// What the first sign-in bound is worth nothing.
		old := d.Thief()
		old.Key = d.Key
		old.SetSession(devicetest.Session{ID: before, RefreshURL: "/dbsc/refresh", Cookie: boundCookie})
		if status := old.Refresh(); status != 200 || old.Session().ID != "" {
			t.Errorf("the refresh of the former session answers %d, and leaves %+v", status, old.Session())
		}
	})
}

func TestGuard_RenewKeepsTheBinding(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		s.want(d, "POST", "/renew", 200, "")
		s.enforced(d)
		thief := d.Thief()
		s.pass(11 * time.Minute)
		s.want(thief, "GET", "/who", 403, "Forbidden\n")
	})
}

// TestGuard_ASupersededSessionIsAskedAgain has a refresh under way while the session gets a new ID.
func TestGuard_ASupersededSessionIsAskedAgain(t *testing.T) {
	s := newSite(t, session.Stored(memstore.New(nil)), nil, nil)
	d := s.visitor()
	s.enforced(d)
	before := d.Cookies()
	s.want(d, "POST", "/renew", 200, "")
	id := http.Header{"Sec-Secure-Session-Id": {d.Session().ID}}
	res := d.SendWith(before, "POST", "/dbsc/refresh", "", id)
	if res.Status != http.StatusForbidden || res.Header.Get("Secure-Session-Challenge") == "" || len(res.Header["Set-Cookie"]) > 0 {
		t.Errorf("the refresh with the former ID answers %+v", res)
	}
	s.want(d, "GET", "/who", 200, "owner ada ")
}

// TestGuard_AsksForAProof has a bound cookie that the browser has and the server does not accept.
func TestGuard_AsksForAProof(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		for what, value := range map[string]string{"no cookie": "", "a wrong one": "wrong", "a forged one": "dbsc.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAA.awfBGA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
			d := s.visitor()
			s.enforced(d)
			d.SetCookie(boundCookie, value)
			res := d.Do("POST", "/who", "body")
			if res.Status != 200 || res.Body != "owner ada body" {
				t.Errorf("%s: the answer is %d %q", what, res.Status, res.Body)
			}
			if value != "" {
				s.wantTook("missing", "asked", "refreshed")
			}
			s.took()
			if got := names(d); got != cookie+" "+boundCookie {
				t.Errorf("%s: the device keeps %s", what, got)
			}
		}
	})
}

func TestGuard_TheRedirectLeadsToTheSameAddress(t *testing.T) {
	s := newSite(t, session.Signed(secret.New()), nil, nil)
	s.mux.HandleFunc("/a/", func(w http.ResponseWriter, r *http.Request) { session.From(r).Owner() })
	d := s.visitor()
	s.enforced(d)
	s.pass(11 * time.Minute)
	for path, want := range map[string]string{
		"/who": "./who", "/who?": "./who?", "/who?a=b%20c": "./who?a=b%20c", "/a/": "./", "/a/b:c": "./b:c", "/a/%2F%2Fevil.example": "./%2F%2Fevil.example", "/a/b?/c": "./b?/c",
	} {
		res := d.Thief().Send("GET", path, "", nil)
		if res.Status != http.StatusTemporaryRedirect || res.Header.Get("Location") != want || res.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("GET %s answers %d %q, want 307 and %q", path, res.Status, res.Header, want)
		}
	}
}

func TestGuard_APageThatIsOpenedWithoutProofSignsOutThere(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		lost := d.Thief() // a browser that has lost its key
		s.pass(11 * time.Minute)
		lost.Header = http.Header{"Sec-Fetch-Mode": {"navigate"}}
		s.want(lost, "GET", "/who", 403, "Forbidden\n")
		s.wantTook("missing", "asked", "ended")
		lost.SetCookie(cookie, d.Cookies()[cookie])
		lost.SetCookie(boundCookie, "wrong")
		lost.SetCookie(askedCookie, "1")
		s.want(lost, "GET", "/who", 403, "Forbidden\n")
		s.wantTook("missing", "ended")
		if got := names(lost); got != "" {
			t.Errorf("it keeps %s", got)
		}
		s.want(lost, "GET", "/who", 200, "owner  ")
		s.signIn(lost) // it is not locked out
		s.want(d, "GET", "/who", 200, "owner ada ")
	})
}

func TestGuard_ABrowserThatCannotRefreshIsNotSignedOut(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		s.enforced(d)
		s.pass(11 * time.Minute)
		for _, reason := range []string{"unreachable", "server_error", "quota_exceeded", "news"} {
			header := http.Header{"Sec-Fetch-Mode": {"navigate"}, "Secure-Session-Skipped": {reason + `;session_identifier="` + d.Session().ID + `"`}}
			res := d.Send("GET", "/who", "", header)
			if res.Status != http.StatusForbidden || len(res.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s: the answer is %+v", reason, res)
			}
			s.wantTook("skipped")
		}
		s.want(d, "GET", "/who", 200, "owner ada ")
	})
}

func TestGuard_ErrorHandlerGetsErrNotBound(t *testing.T) {
	var got error
	s := newSite(t, session.Stored(memstore.New(nil)), &session.Options{ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
		got = err
		w.WriteHeader(http.StatusTeapot)
	}}, nil)
	d := s.visitor()
	s.enforced(d)
	thief := d.Thief()
	s.pass(11 * time.Minute)
	s.want(thief, "GET", "/who", http.StatusTeapot, "")
	if !errors.Is(got, dbsc.ErrNotBound) || session.Reason(got) != "not_bound" || len(s.failed) != 1 {
		t.Errorf("ErrorHandler gets %v, and %v is observed", got, s.failed)
	}
}

func TestGuard_ReportOnlyLetsPass(t *testing.T) {
	s := newSite(t, session.Signed(secret.New()), nil, &dbsc.Options{Key: secret.New(), ReportOnly: true})
	d := s.visitor()
	s.enforced(d)
	thief := d.Thief()
	s.pass(11 * time.Minute)
	s.want(thief, "GET", "/who", 200, "owner ada ")
	s.want(thief, "POST", "/grave", 200, "done")
	s.wantTook("missing")
}

func TestGuard_GraceAfterARegistration(t *testing.T) {
	onEach(t, func(t *testing.T, backend string, s *site) {
		d := s.visitor()
		late := d.Thief() // it was sent before the answer to the registration came
		late.SetCookie(boundCookie, "")
		s.want(late, "GET", "/who", 200, "owner ada ")
		if backend == "signed" || backend == "sealed" {
			s.pass(31 * time.Second)
		} else {
			s.pass(time.Minute) // the browser may not have the answer
			s.want(late, "GET", "/who", 200, "owner ada ")
			d.SetCookie(boundCookie, "")
			s.want(d, "GET", "/who", 200, "owner ada ") // it has
			s.want(late, "GET", "/who", 200, "owner ada ")
			s.pass(31 * time.Second)
		}
		s.want(late, "GET", "/who", 403, "Forbidden\n")
	})
}

// TestGuard_ABoundCookieIsOfOneSessionAndOneTime has a thief who keeps cookies that a browser would
// not, or has a bound cookie of their own.
func TestGuard_ABoundCookieIsOfOneSessionAndOneTime(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d, own := s.visitor(), s.visitor()
		s.enforced(d)
		s.enforced(own)
		s.want(d, "GET", "/who", 200, "owner ada ")
		keep := func(bound string) *devicetest.Device {
			thief := devicetest.New(s)
			thief.SetCookie(cookie, d.Cookies()[cookie])
			thief.SetCookie(boundCookie, bound)
			return thief
		}
		stolen := d.Cookies()[boundCookie]
		s.want(keep(stolen), "GET", "/who", 200, "owner ada ")
		s.want(keep(own.Cookies()[boundCookie]), "GET", "/who", 403, "Forbidden\n")
		s.pass(10*time.Minute + 32*time.Second)
		s.want(keep(stolen), "GET", "/who", 403, "Forbidden\n")
		s.want(keep(stolen), "POST", "/grave", 403, "Forbidden\n")

		s.pass(time.Hour) // of a server whose clock is wrong
		s.want(d, "GET", "/who", 200, "owner ada ")
		future := d.Cookies()[boundCookie]
		s.pass(-time.Minute)
		s.want(keep(future), "GET", "/who", 403, "Forbidden\n")
	})
}

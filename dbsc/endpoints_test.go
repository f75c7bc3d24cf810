package dbsc_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// offered returns a device that has signed in and was offered to register a key, and the challenge.
func (s *site) offered() (d *devicetest.Device, challenge string) {
	s.Helper()
	d = devicetest.New(s)
	d.Now = s.clock
	d.Send("POST", "/login", "", nil)
	_, challenge, ok := d.Offer()
	if !ok {
		s.Fatal("the sign-in offers nothing")
	}
	return d, challenge
}

func refreshHeader(id, proof string) http.Header {
	h := http.Header{}
	if id != "" {
		h.Set("Sec-Secure-Session-Id", id)
	}
	if proof != "" {
		h.Set("Secure-Session-Response", proof)
	}
	return h
}

func TestRegistration_BadInput(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d, challenge := s.offered()
		other, elsewhere := s.offered()
		bound := s.visitor()
		_ = other
		for what, tt := range map[string]struct {
			header http.Header
			status int
		}{
			"no proof":                     {nil, 400},
			"an empty proof":               {d.Response(""), 400},
			"two proofs":                   {http.Header{"Secure-Session-Response": {d.Proof(challenge, true), d.Proof(challenge, true)}}, 400},
			"half a quotation":             {http.Header{"Secure-Session-Response": {`"` + d.Proof(challenge, true)}}, 400},
			"a parameter":                  {http.Header{"Secure-Session-Response": {`"` + d.Proof(challenge, true) + `";a=1`}}, 400},
			"no jwk":                       {d.Response(d.Proof(challenge, false)), 400},
			"alg none":                     {d.Response(d.Sign(map[string]any{"typ": "dbsc+jwt", "alg": "none", "jwk": d.JWK()}, map[string]any{"jti": challenge})), 400},
			"another's key":                {d.Response(d.Sign(map[string]any{"typ": "dbsc+jwt", "alg": "ES256", "jwk": other.JWK()}, map[string]any{"jti": challenge})), 400},
			"another session's challenge":  {d.Response(d.Proof(elsewhere, true)), 403},
			"a challenge for a refresh":    {d.Response(d.Proof(bound.Session().Challenge, true)), 403},
			"a made-up challenge":          {d.Response(d.Proof("register."+strings.Repeat("A", 22)+".1.sig", true)), 403},
			"an empty challenge":           {d.Response(d.Proof("", true)), 403},
			"more than a proof may have":   {d.Response(d.Proof(challenge+strings.Repeat("A", 5000), true)), 400},
			"something that is not base64": {d.Response("a.b.c"), 400},
		} {
			res := d.Send("POST", "/dbsc/register", "", tt.header)
			if res.Status != tt.status || len(res.Header["Set-Cookie"]) > 0 || res.Header.Get("Secure-Session-Challenge") != "" {
				t.Errorf("%s: the answer is %+v, want %d", what, res, tt.status)
			}
			if got := s.took(); !slices.Contains(got, "rejected") {
				t.Errorf("%s: what happened is %q", what, got)
			}
		}
		s.pass(22 * time.Minute)
		if res := d.Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 403 {
			t.Errorf("a stale challenge: the answer is %+v", res)
		}
		if res := devicetest.New(s).Send("POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))); res.Status != 403 {
			t.Errorf("no session: the answer is %+v", res)
		}
		s.wantWhy("no session", "no session waits for a registration")
		s.want(d, "GET", "/who", 200, "owner ada ")
	})
}

func TestEndpoints_AnswerPostAlone(t *testing.T) {
	s := newSite(t, session.Signed(secret.New()), nil, nil)
	d := s.visitor()
	for _, path := range []string{"/dbsc/register", "/dbsc/refresh"} {
		for _, method := range []string{"GET", "HEAD", "PUT", "OPTIONS", "DELETE"} {
			res := d.Send(method, path, "", refreshHeader(d.Session().ID, ""))
			if res.Status != http.StatusMethodNotAllowed || res.Header.Get("Allow") != "POST" {
				t.Errorf("%s %s answers %d", method, path, res.Status)
			}
		}
	}
}

// TestEndpoints_AreNotForOtherSites checks what keeps another site from calling an endpoint, and
// from learning whether somebody is signed in.
func TestEndpoints_AreNotForOtherSites(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d := s.visitor()
		stranger := devicetest.New(s)
		for _, visitor := range []*devicetest.Device{d, stranger} {
			// What a form or a script of another site can send: no header that begins with Sec- or
			// Secure-Session-.
			for _, path := range []string{"/dbsc/register", "/dbsc/refresh"} {
				res := visitor.Send("POST", path, "a=b", http.Header{"Origin": {"https://evil.example"}, "Content-Type": {"application/x-www-form-urlencoded"}})
				if res.Status != 400 || res.Body != "Bad Request\n" {
					t.Errorf("POST %s answers %d %q", path, res.Status, res.Body)
				}
				for name, want := range map[string]string{"Cross-Origin-Resource-Policy": "same-origin", "X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"} {
					if got := res.Header.Get(name); got != want {
						t.Errorf("POST %s answers with %s: %q", path, name, got)
					}
				}
				for name := range res.Header {
					if strings.HasPrefix(name, "Access-Control-") || name == "Set-Cookie" {
						t.Errorf("POST %s answers with %s", path, name)
					}
				}
			}
		}
	})
}

func TestRefresh_BadInput(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) {
		d, other := s.visitor(), s.visitor()
		s.enforced(d)
		s.enforced(other)
		id, challenge := d.Session().ID, d.Session().Challenge
		registering, forRegistration := s.offered()
		_ = registering
		for what, tt := range map[string]struct {
			header http.Header
			status int
			asks   bool // for a proof over another challenge
		}{
			"no identifier":               {refreshHeader("", d.Proof(challenge, false)), 400, false},
			"a short identifier":          {refreshHeader("a", d.Proof(challenge, false)), 400, false},
			"two identifiers":             {http.Header{"Sec-Secure-Session-Id": {id, id}}, 400, false},
			"an empty proof":              {http.Header{"Sec-Secure-Session-Id": {id}, "Secure-Session-Response": {""}}, 400, false},
			"no proof":                    {refreshHeader(id, ""), 403, true},
			"another's proof":             {refreshHeader(id, other.Proof(challenge, false)), 400, false},
			"a jwk":                       {refreshHeader(id, d.Proof(challenge, true)), 400, false},
			"another's jwk":               {refreshHeader(id, other.Proof(challenge, true)), 400, false},
			"alg none":                    {refreshHeader(id, d.Sign(map[string]any{"typ": "dbsc+jwt", "alg": "none"}, map[string]any{"jti": challenge})), 400, false},
			"another session's challenge": {refreshHeader(id, d.Proof(other.Session().Challenge, false)), 403, true},
			"a challenge to register":     {refreshHeader(id, d.Proof(forRegistration, false)), 403, true},
			"a made-up challenge":         {refreshHeader(id, d.Proof("refresh."+id+".1.sig", false)), 403, true},
		} {
			before := names(d)
			res := d.Send("POST", "/dbsc/refresh", "", tt.header)
			if res.Status != tt.status || (res.Header.Get("Secure-Session-Challenge") != "") != tt.asks {
				t.Errorf("%s: the answer is %+v, want %d", what, res, tt.status)
			}
			if got := names(d); got != before || len(res.Header["Set-Cookie"]) > 0 {
				t.Errorf("%s: the device keeps %s, before %s", what, got, before)
			}
			if got := s.took(); !slices.Contains(got, "rejected") && !slices.Contains(got, "challenged") {
				t.Errorf("%s: what happened is %q", what, got)
			}
		}
		s.why = nil
		d.Send("POST", "/dbsc/refresh", "", refreshHeader("a", d.Proof(challenge, false)))
		s.wantWhy("a short identifier", "the identifier is not one of a session")
		for what, visitor := range map[string]*devicetest.Device{"another session's identifier": other, "no session": devicetest.New(s)} {
			res := visitor.Send("POST", "/dbsc/refresh", "", refreshHeader(id, d.Proof(challenge, false)))
			if res.Status != 200 || res.Body != `{"continue":false}` || res.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: the answer is %+v", what, res)
			}
			// A session may have begun since the browser sent this, and have its own bound cookie.
			if lines := res.Header["Set-Cookie"]; len(lines) > 0 {
				t.Errorf("%s: the answer sets %q", what, lines)
			}
		}
		s.want(d, "GET", "/who", 200, "owner ada ")
		s.want(other, "GET", "/who", 200, "owner ada ")
	})
}

// TestRefresh_AReplayIsWorthNothing replays what a log or a proxy has of a refresh.
func TestRefresh_AReplayIsWorthNothing(t *testing.T) {
	onEach(t, func(t *testing.T, backend string, s *site) {
		d := s.visitor()
		s.enforced(d)
		id := d.Session().ID
		replay := refreshHeader(id, d.Proof(d.Session().Challenge, false))
		thief := d.Thief()
		thief.SetCookie(boundCookie, "")
		if res := d.Send("POST", "/dbsc/refresh", "", replay); res.Status != 200 {
			t.Fatalf("the refresh answers %d", res.Status)
		}
		// The answer may be lost, so that the browser sends the same once more.
		if res := d.Send("POST", "/dbsc/refresh", "", replay); res.Status != 200 {
			t.Errorf("the same refresh again answers %d", res.Status)
		}
		s.pass(11 * time.Minute)
		s.want(d, "GET", "/who", 200, "owner ada ") // by the next challenge
		s.took()
		res := thief.Send("POST", "/dbsc/refresh", "", replay)
		if inRecord(backend) && (res.Status != 403 || thief.Cookies()[boundCookie] != "") {
			t.Errorf("the replay answers %+v", res)
		}
		// A session in its cookie has nothing that says which challenges were used: there a proof is
		// good for as long as its challenge.
		s.pass(11 * time.Minute)
		s.took()
		if res := thief.Send("POST", "/dbsc/refresh", "", replay); res.Status != 403 {
			t.Errorf("the late replay answers %+v", res)
		}
		s.wantTook("challenged")
	})
}

// TestRegistration_ThatIsLostLocksNobodyOut has a browser that never gets the answer.
func TestRegistration_ThatIsLostLocksNobodyOut(t *testing.T) {
	onEach(t, func(t *testing.T, backend string, s *site) {
		d, challenge := s.offered()
		before := d.Cookies()
		d.Thief().SendWith(before, "POST", "/dbsc/register", "", d.Response(d.Proof(challenge, true))) // into nothing
		if _, _, offered := d.Offer(); !offered {
			t.Fatal("the offer is gone")
		}
		d.Deaf = true
		lost := d.Thief()
		lost.Header = http.Header{"Sec-Fetch-Mode": {"navigate"}}
		lost.Now = s.clock
		s.want(lost, "GET", "/who", 200, "owner ada ")
		s.pass(11 * time.Minute)
		if inRecord(backend) {
			s.want(lost, "GET", "/who", 403, "Forbidden\n")
			s.want(lost, "GET", "/who", 200, "owner  ")
			s.signIn(lost)
		}
		s.want(lost, "GET", "/who", 200, "owner ada ")
	})
}

package dbsc_test

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/guard/devicetest"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store/memstore"
)

// forgeries returns how many are tried on each backend.
func forgeries(t *testing.T) int {
	t.Helper()
	text := os.Getenv("WAFER_FORGERIES")
	if text == "" {
		return 500
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("WAFER_FORGERIES is %q, want a number of forgeries", text)
	}
	return n
}

// A forger has all cookies of a visitor, all that went over the wire, and keys of its own, but not
// the visitor's key. Its bound cookie has expired.
type forger struct {
	*devicetest.Device
	id         string
	challenges []string
	proofs     []string // of the visitor's, used long ago
	bound      []string // cookies that have expired or are of other sessions
	rng        *rand.Rand
}

// change changes, cuts or joins a text somewhere.
func (f *forger) change(text string) string {
	if text == "" {
		return "A"
	}
	b := []byte(text)
	at := f.rng.IntN(len(b))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.="
	switch f.rng.IntN(5) {
	case 0:
		b[at] = alphabet[f.rng.IntN(len(alphabet))]
	case 1:
		b = append(b[:at], b[at+1:]...)
	case 2:
		b = b[:at]
	case 3:
		other := f.bound[f.rng.IntN(len(f.bound))]
		b = append(b[:at], other[min(at, len(other)):]...)
	default:
		b = append(b[:at:at], append([]byte{alphabet[f.rng.IntN(len(alphabet))]}, b[at:]...)...)
	}
	return string(b)
}

func pick[T any](f *forger, list []T) T { return list[f.rng.IntN(len(list))] }

// token forges a proof.
func (f *forger) token() string {
	jti := pick(f, f.challenges)
	if f.rng.IntN(4) == 0 {
		jti = f.change(jti)
	}
	header := map[string]any{"typ": "dbsc+jwt", "alg": "ES256"}
	switch f.rng.IntN(8) {
	case 0:
		header["alg"] = pick(f, []string{"none", "None", "", "HS256", "RS256", "ES384", "es256"})
	case 1:
		header["jwk"] = f.JWK()
	case 2:
		header["kid"] = f.JWK()
	case 3:
		return f.change(pick(f, f.proofs))
	case 4:
		return pick(f, f.proofs)
	case 5: // another payload under the visitor's signature
		parts := strings.Split(pick(f, f.proofs), ".")
		return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(`{"jti":"`+jti+`"}`)) + "." + parts[2]
	case 6:
		return f.Sign(header, map[string]any{"jti": jti})[:f.rng.IntN(20)+100] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 64))
	}
	return f.Sign(header, map[string]any{"jti": jti})
}

// attempt tries one forgery and returns what was gained by it, or nothing.
func (f *forger) attempt() (gained string) {
	stolen := f.Cookies()
	send := func(method, path string, header http.Header) devicetest.Response {
		return f.SendWith(stolen, method, path, "", header)
	}
	switch f.rng.IntN(4) {
	case 0: // a bound cookie
		if stolen[boundCookie] = pick(f, f.bound); f.rng.IntN(4) > 0 {
			stolen[boundCookie] = f.change(stolen[boundCookie])
		}
		if res := send("GET", "/who", nil); res.Status == 200 {
			return fmt.Sprintf("%q is believed as a bound cookie", stolen[boundCookie])
		}
	case 1: // a refresh
		token, id := f.token(), f.id
		if f.rng.IntN(8) == 0 {
			id = f.change(id)
		}
		if res := send("POST", "/dbsc/refresh", refreshHeader(id, token)); strings.Contains(strings.Join(res.Header["Set-Cookie"], "\n"), boundCookie+"=dbsc.") {
			return fmt.Sprintf("%q is believed as a proof", token)
		}
	case 2: // a registration of the forger's own key
		jti := pick(f, f.challenges)
		if res := send("POST", "/dbsc/register", f.Response(f.Proof(jti, true))); res.Status == 200 {
			return fmt.Sprintf("%q is believed as a challenge to register", jti)
		}
	default: // headers that say that all is well
		header := http.Header{pick(f, []string{"Secure-Session-Skipped", "Secure-Session-Response", "Sec-Secure-Session-Id", "X-Forwarded-Prefix"}): {pick(f, []string{"unreachable", f.id, f.token(), "/dbsc", "/dbsc/refresh"})}}
		if res := send(pick(f, []string{"GET", "POST", "PUT"}), pick(f, []string{"/who", "/who?/dbsc/refresh", "/count", "/grave"}), header); res.Status == 200 {
			return fmt.Sprintf("the answer to %v is 200 %q", header, res.Body)
		}
	}
	return ""
}

// TestForger_IsNotBelieved has a forger try all that it can, many times, on each backend.
func TestForger_IsNotBelieved(t *testing.T) {
	onEach(t, func(t *testing.T, _ string, s *site) { s.forge(forgeries(t)) })
}

// forge has a forger try all that it can n times. What the visitor sent is too old to be used
// again. The latest challenges are fresh, and the forger has a session of its own, with a valid
// bound cookie: nothing but the keys and the identifiers is in its way.
func (s *site) forge(n int) {
	s.Helper()
	d, own := s.visitor(), s.visitor()
	var challenges, proofs, bound []string
	for range 4 {
		s.pass(11 * time.Minute)
		challenge := d.Session().Challenge
		s.want(d, "GET", "/who", 200, "owner ada ")
		if challenge != "" {
			challenges = append(challenges, challenge)
			proofs = append(proofs, d.Proof(challenge, false))
		}
		bound = append(bound, d.Cookies()[boundCookie])
	}
	for range 2 { // all of that gets old
		s.pass(11 * time.Minute)
		s.want(d, "GET", "/who", 200, "owner ada ")
		s.want(own, "GET", "/who", 200, "owner ada ")
	}
	stolen := d.Thief()
	stolen.SetCookie(boundCookie, "")
	_, offered := s.offered()
	challenges = append(challenges, offered, own.Session().Challenge, d.Session().Challenge)
	fresh := own.Cookies()[boundCookie]
	bound = append(bound, fresh, strings.Replace(fresh, own.Session().ID, d.Session().ID, 1))
	workers := runtime.GOMAXPROCS(0)
	var all sync.WaitGroup
	for worker := range workers {
		all.Go(func() {
			one := stolen.Thief()
			f := &forger{one, d.Session().ID, challenges, proofs, bound, rand.New(rand.NewPCG(1, uint64(worker)))} //nolint:gosec // it chooses what to try
			for range n / workers {
				if gained := f.attempt(); gained != "" {
					s.Error(gained)
					return
				}
			}
		})
	}
	all.Wait()
	s.want(d, "GET", "/who", 200, "owner ada ")
}

// FuzzGuard looks for a panic, an answer that the protocol does not have, and a forgery that is
// believed.
func FuzzGuard(f *testing.F) {
	s := newSite(&testing.T{}, session.Stored(memstore.New(nil)), nil, nil)
	d := devicetest.New(s)
	d.Now = s.clock
	d.Do("POST", "/login", "")
	id := d.Session().ID
	for range 3 {
		s.pass(11 * time.Minute)
		d.Do("GET", "/who", "")
	}
	stolen := d.Cookies()[cookie]
	f.Add("/dbsc/refresh", id, "", "", "")
	f.Fuzz(func(t *testing.T, path, id, proof, bound, skipped string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r >= 0x7F || r == '%' || r == '\\' }) {
			return
		}
		header := http.Header{"Sec-Secure-Session-Id": {id}, "Secure-Session-Response": {proof}, "Secure-Session-Skipped": {skipped}, "Cookie": {cookie + "=" + stolen + "; " + boundCookie + "=" + bound}}
		res := devicetest.New(s).SendWith(nil, "POST", path, "", header)
		switch res.Status {
		case 200:
			if strings.Contains(res.Body, "ada") || strings.Contains(res.Body, "session_identifier") {
				t.Errorf("it is believed: %+v", res)
			}
		case 301, 307, 400, 403, 404, 405:
		default:
			t.Errorf("the answer is %+v", res)
		}
	})
}

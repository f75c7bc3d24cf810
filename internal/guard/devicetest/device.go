// Package devicetest is a browser that binds sessions to its device, for tests: it does what
// Chromium 148 does over the wire, and each step can be done apart, in another order, or wrongly.
package devicetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"time"
)

// A Device is a browser with a key of its own. Its fields may be changed before it is used. It is
// safe for concurrent use by multiple goroutines, as a browser's tabs are.
type Device struct {
	Handler http.Handler // the site
	Key     crypto.Signer
	Quoted  bool             // headers are written as the standard has them, and not as Chromium does
	Deaf    bool             // it does not know the protocol, as Safari and Firefox
	Now     func() time.Time // by which cookies expire; nil means time.Now
	Header  http.Header      // of each request

	mu        sync.Mutex
	cookies   map[string]Cookie
	offered   string // the last offer, until it was accepted
	session   Session
	refreshes sync.Mutex // all requests wait for one refresh
}

// A Cookie is one that the device keeps. The zero Expires is that of a session cookie.
type Cookie struct {
	Value   string
	Expires time.Time
}

// A Session is what the device knows of the session that it is bound to.
type Session struct {
	ID, RefreshURL, Cookie string
	Challenge              string
}

// New returns a device with a key for ES256.
func New(h http.Handler) *Device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return &Device{Handler: h, Key: key, cookies: make(map[string]Cookie)}
}

// NewRSA returns a device with a key for RS256, as a TPM of 2016 has it.
func NewRSA(h http.Handler) *Device {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return &Device{Handler: h, Key: key, cookies: make(map[string]Cookie)}
}

// A Response is an answer and its body.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Thief returns a device that has copies of the cookies, and not the key.
func (d *Device) Thief() *Device {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := New(d.Handler)
	t.Now, t.Quoted = d.Now, d.Quoted
	t.cookies = maps.Clone(d.cookies)
	return t
}

// Cookies returns what the device keeps.
func (d *Device) Cookies() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make(map[string]string)
	for name, c := range d.cookies {
		if c.Expires.IsZero() || d.now().Before(c.Expires) {
			all[name] = c.Value
		}
	}
	return all
}

// SetCookie keeps a cookie, or deletes it if the value is empty.
func (d *Device) SetCookie(name, value string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if value == "" {
		delete(d.cookies, name)
		return
	}
	d.cookies[name] = Cookie{Value: value}
}

// Session returns what the device knows of its session; the zero Session if it is bound to none.
func (d *Device) Session() Session {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session
}

// SetSession has the device know of another session, or none.
func (d *Device) SetSession(s Session) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session = s
}

func (d *Device) now() time.Time {
	if d.Now != nil {
		return d.Now()
	}
	return time.Now()
}

// Do asks as a browser does: it refreshes first if the bound cookie is missing, accepts an offer,
// and follows redirects with 307.
func (d *Device) Do(method, path, body string) Response {
	res := Response{}
	for range 20 {
		header := http.Header{}
		if skipped := d.refreshIfDue(); skipped != "" {
			header.Set("Secure-Session-Skipped", skipped)
		}
		res = d.Send(method, path, body, header)
		if err := d.Accept(); err != nil {
			panic(err) // of a site that makes no sense; no test is about that
		}
		if res.Status != http.StatusTemporaryRedirect {
			return res
		}
	}
	return res
}

// Send sends one request with the cookies, and keeps what the answer sets.
func (d *Device) Send(method, path, body string, header http.Header) Response {
	return d.SendWith(d.Cookies(), method, path, body, header)
}

// SendWith sends a request with cookies of another moment: it was sent before the last answer came.
func (d *Device) SendWith(cookies map[string]string, method, path, body string, header http.Header) Response {
	r := httptest.NewRequest(method, "https://example.com"+path, strings.NewReader(body))
	r.RequestURI = path
	for name, lines := range d.Header {
		r.Header[name] = lines
	}
	for name, lines := range header {
		r.Header[name] = lines
	}
	for name, value := range cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	d.Handler.ServeHTTP(w, r)
	res := w.Result()
	text, _ := io.ReadAll(res.Body)
	got := Response{res.StatusCode, res.Header, string(text)}
	d.Keep(got)
	return got
}

// Keep keeps what an answer sets: cookies, an offer, a challenge.
func (d *Device) Keep(res Response) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range (&http.Response{Header: res.Header}).Cookies() {
		switch {
		case c.MaxAge < 0:
			delete(d.cookies, c.Name)
		case c.MaxAge > 0:
			d.cookies[c.Name] = Cookie{c.Value, d.now().Add(time.Duration(c.MaxAge) * time.Second)}
		default:
			d.cookies[c.Name] = Cookie{Value: c.Value}
		}
	}
	if d.Deaf {
		return
	}
	if offer := res.Header.Get("Secure-Session-Registration"); offer != "" {
		d.offered = offer
	}
	if m := challengeForm.FindStringSubmatch(res.Header.Get("Secure-Session-Challenge")); m != nil && m[2] == d.session.ID {
		d.session.Challenge = m[1]
	}
}

var (
	challengeForm = regexp.MustCompile(`^"([^"]*)";id="([^"]*)"$`)
	offerForm     = regexp.MustCompile(`^\(ES256 RS256\);path="([^"]*)";challenge="([^"]*)"$`)
)

// Offer returns the path and the challenge of the last offer that was not accepted.
func (d *Device) Offer() (path, challenge string, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := offerForm.FindStringSubmatch(d.offered)
	if m == nil {
		return "", "", false
	}
	return m[1], m[2], true
}

// Accept registers the key, if there is an offer.
func (d *Device) Accept() error {
	path, challenge, ok := d.Offer()
	if !ok {
		return nil
	}
	d.mu.Lock()
	d.offered = ""
	d.mu.Unlock()
	return d.Registered(d.Send("POST", path, "", d.Response(d.Proof(challenge, true))))
}

// Registered takes the answer to a registration or a refresh.
func (d *Device) Registered(res Response) error {
	if res.Status != http.StatusOK {
		return nil // it stays without a binding
	}
	var told struct {
		Continue *bool  `json:"continue"`
		ID       string `json:"session_identifier"`
		Refresh  string `json:"refresh_url"`
		Scope    *struct {
			IncludeSite *bool `json:"include_site"`
		} `json:"scope"`
		Credentials []struct{ Type, Name, Attributes string } `json:"credentials"`
	}
	if err := json.Unmarshal([]byte(res.Body), &told); err != nil {
		return fmt.Errorf("the instructions %q are not JSON: %w", res.Body, err)
	}
	if told.Continue != nil && !*told.Continue {
		d.SetSession(Session{})
		return nil
	}
	if told.ID == "" || told.Refresh == "" || told.Scope == nil || told.Scope.IncludeSite == nil || len(told.Credentials) != 1 || told.Credentials[0].Type != "cookie" {
		return fmt.Errorf("the instructions %q lack something", res.Body)
	}
	name := told.Credentials[0].Name
	if d.Cookies()[name] == "" || !matches(res.Header["Set-Cookie"], name, told.Credentials[0].Attributes) {
		return fmt.Errorf("the cookie of the instructions %q is not that of %q", res.Body, res.Header["Set-Cookie"])
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.ID != told.ID {
		d.session.Challenge = ""
	}
	d.session.ID, d.session.RefreshURL, d.session.Cookie = told.ID, told.Refresh, name
	return nil
}

// matches reports whether a line sets the cookie with exactly the attributes.
func matches(lines []string, name, attributes string) bool {
	for _, line := range lines {
		if strings.HasPrefix(line, name+"=") {
			_, set, _ := strings.Cut(line, "; ")
			_, set, _ = strings.Cut(set, "; ") // Max-Age
			return set == attributes
		}
	}
	return false
}

// refreshIfDue refreshes if the bound cookie is missing, and returns why it could not.
func (d *Device) refreshIfDue() (skipped string) {
	d.refreshes.Lock()
	defer d.refreshes.Unlock()
	s := d.Session()
	if s.ID == "" || d.Cookies()[s.Cookie] != "" {
		return ""
	}
	switch status := d.Refresh(); {
	case status >= 500:
		return `server_error;session_identifier="` + s.ID + `"`
	case status >= 400:
		d.SetSession(Session{})
	}
	return ""
}

// Refresh proves that the device has the key, and returns the status of the last answer.
func (d *Device) Refresh() int {
	status := 0
	for range 3 {
		s := d.Session()
		header := http.Header{"Sec-Secure-Session-Id": {d.spelled(s.ID)}}
		if s.Challenge != "" {
			header.Set("Secure-Session-Response", d.spelled(d.Proof(s.Challenge, false)))
		}
		res := d.Send("POST", s.RefreshURL, "", header)
		if err := d.Registered(res); err != nil {
			panic(err)
		}
		if status = res.Status; status != http.StatusForbidden {
			return status
		}
	}
	return status
}

// Response returns the header with a proof.
func (d *Device) Response(proof string) http.Header {
	return http.Header{"Secure-Session-Response": {d.spelled(proof)}}
}

func (d *Device) spelled(value string) string {
	if d.Quoted {
		return `"` + value + `"`
	}
	return value
}

// Proof returns a proof over a challenge, with the public key in it if it is to register that.
func (d *Device) Proof(challenge string, registers bool) string {
	header := map[string]any{"typ": "dbsc+jwt", "alg": d.Algorithm()}
	if registers {
		header["jwk"] = d.JWK()
	}
	return d.Sign(header, map[string]any{"jti": challenge})
}

// Algorithm returns the name of the key's algorithm.
func (d *Device) Algorithm() string {
	if _, ok := d.Key.(*rsa.PrivateKey); ok {
		return "RS256"
	}
	return "ES256"
}

// JWK returns the public key (RFC 7517).
func (d *Device) JWK() map[string]string {
	if key, ok := d.Key.(*rsa.PrivateKey); ok {
		return map[string]string{"kty": "RSA", "n": encode(key.N.Bytes()), "e": "AQAB"}
	}
	point, err := d.Key.Public().(*ecdsa.PublicKey).Bytes()
	if err != nil {
		panic(err)
	}
	return map[string]string{"kty": "EC", "crv": "P-256", "x": encode(point[1:33]), "y": encode(point[33:])}
}

// Sign returns a JWT of a header and a payload, whatever they are.
func (d *Device) Sign(header, payload any) string {
	text := encode(marshal(header)) + "." + encode(marshal(payload))
	return text + "." + encode(d.SignText(text))
}

// SignText returns the signature of a text, in the form that JWS has.
func (d *Device) SignText(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	if key, ok := d.Key.(*ecdsa.PrivateKey); ok {
		r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
		if err != nil {
			panic(err)
		}
		return append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	}
	signature, err := d.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		panic(err)
	}
	return signature
}

func marshal(v any) []byte {
	if text, ok := v.(string); ok {
		return []byte(text)
	}
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

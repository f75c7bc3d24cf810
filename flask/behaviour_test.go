package flask_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
)

// The tests called TestFlaskLineNN hold line NN of the list of Flask's
// behaviours: through whole requests, and with the very headers that Flask
// 2.2.2 answers to the same request at the same second. Comments give the
// Python program where it is not plain.

// now is the second at which the tests' tokens were made.
const now = 1700000000

// alice is what Flask sends, with the key "dev" at now, for
// session["username"] = "alice".
const alice = "eyJ1c2VybmFtZSI6ImFsaWNlIn0.ZVPxAA.SgQvo235z98CwxmEa4WqerYiP6k"

// site is a program with Flask's sessions.
type site struct {
	t        *testing.T
	clock    int64
	sessions *session.Manager
	refused  []error
	errors   []error
	flashed  []session.Message
}

func newSite(t *testing.T, change ...func(*session.Options)) *site {
	t.Helper()
	return newSiteWithFallbacks(t, nil, change...)
}

func newSiteWithFallbacks(t *testing.T, fallbackKeys []string, change ...func(*session.Options)) *site {
	t.Helper()
	s := &site{t: t, clock: now}
	opts := flask.Defaults()
	opts.Clock = func() time.Time { return time.Unix(s.clock, 0) }
	opts.Logger = slog.New(slog.DiscardHandler)
	opts.Observe = func(_ context.Context, e session.Event) {
		if e.Kind == session.EventRefused {
			s.refused = append(s.refused, e.Err)
		}
	}
	opts.OnFlash = func(_ context.Context, m session.Message) { s.flashed = append(s.flashed, m) }
	opts.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		s.errors = append(s.errors, err)
		w.WriteHeader(http.StatusInternalServerError)
	}
	for _, f := range change {
		f(opts)
	}
	backend, err := flask.Cookies("dev", &flask.CookieOptions{AllowPublishedKey: true}, fallbackKeys...)
	if err != nil {
		t.Fatal(err)
	}
	s.sessions, err = session.New(backend, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// visit sends a GET request with a session cookie, if there is a value for
// one, to a handler that does do.
func (s *site) visit(cookie string, do func(*session.Session)) *http.Response {
	return s.request(http.MethodGet, cookie, func(_ http.ResponseWriter, r *http.Request) { do(session.From(r)) })
}

func (s *site) request(method, cookie string, h http.HandlerFunc) *http.Response {
	r := httptest.NewRequest(method, "/app/", nil)
	if cookie != "" {
		r.Header.Set("Cookie", "session="+cookie)
	}
	return s.serve(r, h)
}

func (s *site) serve(r *http.Request, h http.HandlerFunc) *http.Response {
	w := httptest.NewRecorder()
	s.sessions.Handler(h).ServeHTTP(w, r)
	return w.Result()
}

// wantCookie checks the response's only Set-Cookie line; empty means none.
func wantCookie(t *testing.T, r *http.Response, want string) {
	t.Helper()
	if got := strings.Join(r.Header["Set-Cookie"], "\n"); got != want {
		t.Errorf("Set-Cookie: %s\nwant        %s", got, want)
	}
}

func wantVary(t *testing.T, r *http.Response, want string) {
	t.Helper()
	if got := strings.Join(r.Header["Vary"], "\n"); got != want {
		t.Errorf("Vary: %q, want %q", got, want)
	}
}

// cookieOf returns the value of the session cookie that a response sets.
func cookieOf(t *testing.T, r *http.Response) string {
	t.Helper()
	for _, c := range r.Cookies() {
		if c.Name == "session" {
			return c.Value
		}
	}
	t.Fatal("the response sets no session cookie")
	return ""
}

// payloadOf returns the JSON in the session cookie that a response sets.
func payloadOf(t *testing.T, r *http.Response) string {
	t.Helper()
	payload, compressed := strings.CutPrefix(cookieOf(t, r), ".")
	payload, _, _ = strings.Cut(payload, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err == nil && compressed {
		var z io.Reader
		if z, err = zlib.NewReader(bytes.NewReader(text)); err == nil {
			text, err = io.ReadAll(z)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// token signs a payload as Flask does with the key "dev" at a second.
func token(payload string, at int64) string {
	mac := func(key []byte, text string) []byte {
		h := hmac.New(sha1.New, key)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	signed := b64([]byte(payload)) + "." + b64([]byte{byte(at >> 24), byte(at >> 16), byte(at >> 8), byte(at)})
	return signed + "." + b64(mac(mac([]byte("dev"), "cookie-session"), signed))
}

func (s *site) wantRefused(reason error) {
	s.t.Helper()
	if len(s.refused) != 1 || !errors.Is(s.refused[0], reason) {
		s.t.Errorf("refused for %v, want %v", s.refused, reason)
	}
	s.refused = nil
}

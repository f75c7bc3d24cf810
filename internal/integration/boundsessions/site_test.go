// Package boundsessions has a real Chromium sign in to a program whose sessions are bound to their
// devices, and checks what a visitor and a thief of the cookies see.
package boundsessions

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// lifetime is that of the bound cookie.
const lifetime = 2 * time.Second

// A certificate is for localhost, and fingerprint is what has Chromium trust it.
var certificate, fingerprint = func() (tls.Certificate, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "localhost"},
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(public)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, base64.StdEncoding.EncodeToString(sum[:])
}()

// A site is a program over HTTPS. Its handler can be replaced while it runs, as a new version of
// the program would replace it.
type site struct {
	*testing.T
	url     string
	handler atomic.Pointer[http.Handler]

	mu     sync.Mutex
	events map[string]int // actions of bindings
	lines  []string       // the requests, for a test that fails
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{T: t, events: make(map[string]int)}
	server := httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // browsers try more connections than they use
	server.StartTLS()
	t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	s.url = "https://localhost:" + port
	t.Cleanup(func() {
		if t.Failed() {
			s.mu.Lock()
			defer s.mu.Unlock()
			for _, line := range s.lines {
				t.Log(line)
			}
		}
	})
	return s
}

func (s *site) serve(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	rec := &recorder{ResponseWriter: w, status: http.StatusOK}
	(*s.handler.Load()).ServeHTTP(rec, r)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, fmt.Sprintf("%s %s %s (%s %s): %d %v; cookies %d bytes; id %q proof %d bytes skipped %q; sets %q challenge %q", began.Format("05.000"), r.Method, r.URL.Path,
		r.Header.Get("Sec-Fetch-Mode"), r.Header.Get("Sec-Fetch-Site"), rec.status, time.Since(began).Round(time.Millisecond), len(r.Header.Get("Cookie")),
		r.Header.Get("Sec-Secure-Session-Id"), len(r.Header.Get("Secure-Session-Response")), r.Header.Get("Secure-Session-Skipped"),
		w.Header()["Set-Cookie"], w.Header().Get("Secure-Session-Challenge")))
}

type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// A version is how the program is set up.
type version struct {
	backend  session.Backend
	cookie   session.Cookie
	key      secret.Key
	accept   []secret.Key
	clock    func() time.Time
	lifetime time.Duration // 0 means lifetime
}

// run serves a version of the program from now on.
func (s *site) run(v version) {
	s.Helper()
	sessions, err := session.New(v.backend, &session.Options{
		Cookie: v.cookie,
		Clock:  v.clock,
		Logger: quiet,
		Observe: func(_ context.Context, e session.Event) {
			if e.Kind == session.EventBound {
				s.mu.Lock()
				s.events[e.Name]++
				s.lines = append(s.lines, fmt.Sprint("event ", e.Name, " ", e.Err))
				s.mu.Unlock()
			}
		},
	})
	if err != nil {
		s.Fatal(err)
	}
	g, err := dbsc.New(sessions, &dbsc.Options{Key: v.key, Accept: v.accept, Lifetime: cmp.Or(v.lifetime, lifetime)})
	if err != nil {
		s.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { // what needs no session
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><title>site</title>`)
	})
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) { session.From(r).SignIn("ada") })
	mux.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) { session.From(r).SignOut() })
	mux.HandleFunc("POST /clear", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Clear-Site-Data", `"cookies"`) })
	mux.HandleFunc("GET /who", who)
	mux.HandleFunc("POST /who", who)
	mux.Handle("POST /grave", g.Require(dbsc.DefaultLifetime)(http.HandlerFunc(who)))
	mux.HandleFunc("GET /slow", func(w http.ResponseWriter, r *http.Request) { // changes the session it loaded long ago
		session.From(r).Set("slow", true)
		time.Sleep(1500 * time.Millisecond)
		who(w, r)
	})
	handler := g.Handler(mux)
	s.handler.Store(&handler)
}

// who answers whose session it is, and with the body of the request.
func who(w http.ResponseWriter, r *http.Request) {
	_, bound := dbsc.BindingOf(session.From(r))
	body, _ := io.ReadAll(r.Body)
	fmt.Fprintf(w, "%s %t %s", session.From(r).Owner(), bound, body)
}

// count returns how often something happened to a binding.
func (s *site) count(action string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events[action]
}

// wait waits until something has happened n times, and fails if it has not within a time.
func (s *site) wait(action string, n int, within time.Duration) {
	s.Helper()
	for deadline := time.Now().Add(within); s.count(action) < n; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.Fatalf("%s happened %d times, want %d", action, s.count(action), n)
		}
	}
}

// settle waits until something has not happened for a while.
func (s *site) settle(action string) {
	const while = lifetime / 4
	n, since := s.count(action), time.Now()
	for time.Since(since) < while {
		time.Sleep(10 * time.Millisecond)
		if now := s.count(action); now != n {
			n, since = now, time.Now()
		}
	}
}

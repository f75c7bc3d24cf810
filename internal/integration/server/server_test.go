// Package server runs sessions through real net/http servers, over HTTP/1.1
// and HTTP/2, with real and raw clients. Each test holds one rule of what a
// handler may do to its response and what the visitor then gets.
package server

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	username   = session.Field[string]("username")
	cookieName = session.DefaultCookieName
)

// lockedBuffer is a log that a test can read while a server writes it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// watched is a backend that records each save: the error of its context.
type watched struct {
	session.Backend
	mu    sync.Mutex
	saves []error
}

type watchedDriver struct {
	driver.Driver
	to *watched
}

func (w *watched) Open(c driver.Config) (driver.Driver, error) {
	d, err := w.Backend.Open(c)
	return &watchedDriver{d, w}, err
}

func (d *watchedDriver) Save(ctx context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	d.to.mu.Lock()
	d.to.saves = append(d.to.saves, ctx.Err())
	d.to.mu.Unlock()
	return d.Driver.Save(ctx, dst, w)
}

func (w *watched) saved() []error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]error(nil), w.saves...)
}

// A program is a manager together with what it said to those who run it.
type program struct {
	*session.Manager
	log     *lockedBuffer
	backend *watched
}

func newProgram(t testing.TB, opts session.Options) *program {
	t.Helper()
	p := &program{log: new(lockedBuffer), backend: &watched{Backend: session.Signed(secret.New())}}
	opts.Logger = slog.New(slog.NewTextHandler(p.log, nil))
	m, err := session.New(p.backend, &opts)
	if err != nil {
		t.Fatal(err)
	}
	p.Manager = m
	return p
}

// handle wraps a handler that uses its session.
func (p *program) handle(f func(w http.ResponseWriter, r *http.Request, s *session.Session)) http.Handler {
	return p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { f(w, r, session.From(r)) }))
}

// patience is how long a test waits before it says that nothing comes. No test
// is slow, so none ever waits for as long unless its rule is broken.
const patience = 10 * time.Second

// A visitor is a client with a cookie jar, and the server that it visits.
type visitor struct {
	t         *testing.T
	client    *http.Client
	url       string
	addr      string
	serverLog *lockedBuffer
}

// serve starts an HTTP/1.1 server.
func serve(t *testing.T, h http.Handler) *visitor {
	t.Helper()
	return visit(t, httptest.NewUnstartedServer(h), (*httptest.Server).Start)
}

// serveHTTP2 starts an HTTP/2 server.
func serveHTTP2(t *testing.T, h http.Handler) *visitor {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = true
	return visit(t, server, (*httptest.Server).StartTLS)
}

func visit(t *testing.T, server *httptest.Server, start func(*httptest.Server)) *visitor {
	t.Helper()
	v := &visitor{t: t, serverLog: new(lockedBuffer)}
	server.Config.ErrorLog = log.New(v.serverLog, "", 0)
	start(server)
	t.Cleanup(server.Close)
	t.Cleanup(server.CloseClientConnections)
	server.Client().Timeout = patience
	v.client, v.url, v.addr = server.Client(), server.URL, server.Listener.Addr().String()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v.client.Jar = jar
	v.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return v
}

// onBoth runs a test over HTTP/1.1 and over HTTP/2.
func onBoth(t *testing.T, test func(t *testing.T, serve func(*testing.T, http.Handler) *visitor)) {
	t.Run("HTTP 1", func(t *testing.T) { test(t, serve) })
	t.Run("HTTP 2", func(t *testing.T) { test(t, serveHTTP2) })
}

// get opens a response, whose body is still to be read.
func (v *visitor) get(path string) *http.Response {
	v.t.Helper()
	return v.do(v.request(http.MethodGet, path, nil))
}

func (v *visitor) request(method, path string, body io.Reader) *http.Request {
	v.t.Helper()
	r, err := http.NewRequest(method, v.url+path, body)
	if err != nil {
		v.t.Fatal(err)
	}
	return r
}

func (v *visitor) do(r *http.Request) *http.Response {
	v.t.Helper()
	res, err := v.client.Do(r)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

// page gets a response and its whole body.
func (v *visitor) page(path string) (*http.Response, string) {
	v.t.Helper()
	res := v.get(path)
	return res, v.body(res)
}

func (v *visitor) body(res *http.Response) string {
	v.t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		v.t.Errorf("reading the body: %v (after %q)", err, shortened(string(body)))
	}
	return string(body)
}

func shortened(s string) string {
	if len(s) > 80 {
		return s[:80] + "..."
	}
	return s
}

// raw sends text as it is and returns the connection to read the answer from.
func (v *visitor) raw(text string) *bufio.Reader {
	v.t.Helper()
	conn, err := net.Dial("tcp", v.addr)
	if err != nil {
		v.t.Fatal(err)
	}
	v.t.Cleanup(func() { _ = conn.Close() })
	if _, err := io.WriteString(conn, text); err != nil {
		v.t.Fatal(err)
	}
	return bufio.NewReader(conn)
}

// cookies counts the session cookies that a response sets.
func cookies(res *http.Response) (n int) {
	for _, line := range res.Header["Set-Cookie"] {
		if strings.HasPrefix(line, cookieName+"=") {
			n++
		}
	}
	return n
}

func wantCookie(t *testing.T, res *http.Response) {
	t.Helper()
	if n := cookies(res); n != 1 {
		t.Errorf("the response sets %d session cookies, want 1: %v", n, res.Header)
	}
}

func wantLog(t *testing.T, log *lockedBuffer, want ...string) {
	t.Helper()
	for _, text := range want {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log lacks %q: %s", text, log)
		}
	}
}

func wantNoLog(t *testing.T, log *lockedBuffer) {
	t.Helper()
	if log.String() != "" {
		t.Errorf("unexpected in the log: %s", log)
	}
}

// texts are the messages that a session has for this request.
func texts(s *session.Session) string {
	var all []string
	for _, m := range s.Flashes() {
		all = append(all, m.Text)
	}
	return strings.Join(all, ",")
}

// await waits until the test lets a handler go on, or has given up.
func await(r *http.Request, goOn <-chan struct{}) {
	select {
	case <-goOn:
	case <-r.Context().Done():
	}
}

// receive returns what a handler tells its test.
func receive[T any](t *testing.T, from <-chan T) (told T) {
	t.Helper()
	select {
	case told = <-from:
	case <-time.After(patience):
		t.Fatal("the handler does not get so far")
	}
	return told
}

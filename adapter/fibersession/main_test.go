package fibersession_test

import (
	"bytes"
	"crypto/tls"
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

	"github.com/gofiber/fiber/v3"
	"github.com/wafer-go/wafer/adapter/fibersession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

const (
	username = session.Field[string]("username")
	count    = session.Field[int]("count")
)

// logs is what a manager has logged.
type logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// defaultLog returns what is said to slog's default logger until the test ends.
func defaultLog(t *testing.T) *logs {
	t.Helper()
	var said logs
	before, out, flags := slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(&said, nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(out) // which SetDefault does not give back
		log.SetFlags(flags)
	})
	return &said
}

func certificate(t *testing.T) []tls.Certificate {
	t.Helper()
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	return certified.TLS.Certificates
}

func newManager(t testing.TB, backend session.Backend, o session.Options) (*session.Manager, *logs) {
	t.Helper()
	var said logs
	o.Logger = slog.New(slog.NewTextHandler(&said, nil))
	m, err := session.New(backend, &o)
	if err != nil {
		t.Fatal(err)
	}
	return m, &said
}

// newApp returns an app whose sessions are signed, and what its manager logs.
func newApp(t testing.TB, config ...fiber.Config) (*fiber.App, *logs) {
	t.Helper()
	m, said := newManager(t, session.Signed(secret.New()), session.Options{})
	app := fiber.New(config...)
	app.Use(fibersession.Middleware(m))
	return app, said
}

// visitor is a browser that visits a served app.
type visitor struct {
	t testing.TB
	*http.Client
	url string
}

// visit serves app, over TLS since the cookie is Secure, until the test ends.
func visit(t testing.TB, app *fiber.App) visitor {
	t.Helper()
	certified := httptest.NewTLSServer(nil)
	certified.Close()
	v := visitor{t, certified.Client(), "https://" + serve(t, app, certified.TLS.Certificates...)}
	v.Jar, _ = cookiejar.New(nil)
	t.Cleanup(v.CloseIdleConnections)
	return v
}

// serve serves app until the test ends, over TLS if there is a certificate.
func serve(t testing.TB, app *fiber.App, certificates ...tls.Certificate) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	if len(certificates) > 0 {
		listener = tls.NewListener(listener, &tls.Config{Certificates: certificates})
	}
	served := make(chan error, 1)
	go func() { served <- app.Listener(listener, fiber.ListenConfig{DisableStartupMessage: true}) }()
	t.Cleanup(func() {
		if err := app.Shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return address
}

// tlsConfig is for a client that is not net/http's.
func (v visitor) tlsConfig() *tls.Config {
	config := v.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = nil
	return config
}

// another returns a visitor of the same app with no cookies.
func (v visitor) another() visitor {
	client := *v.Client
	client.Jar, _ = cookiejar.New(nil)
	v.Client = &client
	return v
}

func (v visitor) get(path string) (*http.Response, string) {
	v.t.Helper()
	res, err := v.Get(v.url + path)
	if err != nil {
		v.t.Fatal(err)
	}
	return res, read(v.t, res)
}

func (v visitor) want(path, body string) {
	v.t.Helper()
	if _, got := v.get(path); got != body {
		v.t.Errorf("%s answers %q, want %q", path, got, body)
	}
}

// eventually waits for what nothing tells a visitor to have happened.
func (v visitor) eventually(path, body string) {
	v.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, got := v.get(path)
		switch {
		case got == body:
			return
		case time.Now().After(deadline):
			v.t.Fatalf("%s still answers %q, want %q", path, got, body)
		}
	}
}

func read(t testing.TB, res *http.Response) string {
	t.Helper()
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// ask has app answer one request, as app.Test does.
func ask(t testing.TB, app *fiber.App, path string, cookies ...string) (*http.Response, string) {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	if len(cookies) > 0 {
		r.Header["Cookie"] = cookies
	}
	res, err := app.Test(r)
	if err != nil {
		t.Fatal(err)
	}
	return res, read(t, res)
}

// cookieOf is what a browser sends back of the response's cookies.
func cookieOf(res *http.Response) string {
	var pairs []string
	for _, cookie := range res.Cookies() {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(pairs, "; ")
}

// flashes answers with the messages that wait.
func flashes(c fiber.Ctx) error {
	var texts []string
	for _, message := range fibersession.From(c).Flashes() {
		texts = append(texts, message.Text)
	}
	return c.SendString(strings.Join(texts, ","))
}

package adaptertest

import (
	"crypto/tls"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"
)

// A Visitor is a browser that visits a served program. It follows no redirect.
type Visitor struct {
	Client *http.Client
	URL    string

	t    testing.TB
	rule string // that a failure breaks, in the suite
}

// Visit serves a program over TLS until the test ends, and returns its visitor.
func Visit(t testing.TB, s Server) Visitor {
	t.Helper()
	return visit(t, s, "", false)
}

func visit(t testing.TB, server Server, rule string, http2 bool) Visitor {
	t.Helper()
	certified := httptest.NewUnstartedServer(nil)
	certified.EnableHTTP2 = http2
	certified.StartTLS()
	client := certified.Client()
	certified.Close()

	config := &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}
	if http2 {
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	if s, ok := server.(*http.Server); ok && s.ErrorLog == nil {
		s.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(tls.NewListener(listener, config))
	}()
	client.Timeout = 10 * time.Second
	client.Transport.(*http.Transport).MaxIdleConnsPerHost = 100
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	t.Cleanup(func() {
		client.CloseIdleConnections()
		if err := server.Close(); err != nil {
			t.Errorf("the server's Close: %v", err)
		}
		<-served
	})
	return Visitor{client, "https://" + address, t, rule}.Another()
}

// Another returns a visitor of the same program who has no cookies.
func (v Visitor) Another() Visitor {
	client := *v.Client
	client.Jar, _ = cookiejar.New(nil)
	v.Client = &client
	return v
}

// An Answer is a response whose body was read.
type Answer struct {
	*http.Response
	Body string

	v Visitor
}

// Do asks for a page. The header is in pairs of name and value.
func (v Visitor) Do(method, path string, header ...string) Answer {
	v.t.Helper()
	r := request(v.URL+path, header...)
	r.Method = method
	return v.Send(r)
}

// Get is Do with the method GET.
func (v Visitor) Get(path string, header ...string) Answer {
	v.t.Helper()
	return v.Do("GET", path, header...)
}

// Send sends a request.
func (v Visitor) Send(r *http.Request) Answer {
	v.t.Helper()
	res, err := v.Client.Do(r) // #nosec G704 -- the address is that of a server that the test started
	page, err := body(res, err)
	if err != nil {
		v.broken("%s %s gets no whole answer: %v", r.Method, r.URL.Path, err)
	}
	return Answer{res, page, v}
}

// Read returns a response with its body, of a program that is not served.
func Read(t testing.TB, res *http.Response) Answer {
	t.Helper()
	page, err := body(res, nil)
	if err != nil {
		t.Fatal(err)
	}
	if res.Request == nil {
		res.Request = request("/")
	}
	return Answer{res, page, Visitor{t: t}}
}

// Want checks the body of a page.
func (v Visitor) Want(path, body string) {
	v.t.Helper()
	if got := v.Get(path).Body; got != body {
		v.broken("%s answers %.200q. It should answer %.200q.", path, got, body)
	}
}

// Eventually waits for a page to have a body, if nothing tells the visitor when it has.
func (v Visitor) Eventually(path, body string) {
	v.t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		got := v.Get(path).Body
		switch {
		case got == body:
			return
		case time.Now().After(deadline):
			v.broken("%s still answers %.200q. It should answer %.200q.", path, got, body)
		}
	}
}

// Is checks the status and the body.
func (a Answer) Is(status int, body string) {
	a.v.t.Helper()
	if a.StatusCode != status || a.Body != body {
		a.v.broken("%s %s answers %d %.200q. It should answer %d %.200q.",
			a.Request.Method, a.Request.URL.Path, a.StatusCode, a.Body, status, body)
	}
}

// SetsCookies checks how many cookies the answer sets.
func (a Answer) SetsCookies(n int) {
	a.v.t.Helper()
	if got := a.Header["Set-Cookie"]; len(got) != n {
		a.v.broken("%s %s sets %d cookies. It should set %d. They are %q.",
			a.Request.Method, a.Request.URL.Path, len(got), n, got)
	}
}

// Dial opens a connection to the program. It speaks HTTP/1.1 and fails after half a minute.
func (v Visitor) Dial() net.Conn {
	v.t.Helper()
	config := v.Client.Transport.(*http.Transport).TLSClientConfig.Clone()
	config.NextProtos = nil
	config.ServerName = "example.com"
	conn, err := tls.Dial("tcp", v.URL[len("https://"):], config)
	if err != nil {
		v.t.Fatal(err)
	}
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	v.t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// broken ends the test and names the rule that is broken.
func (v Visitor) broken(format string, args ...any) {
	v.t.Helper()
	said := fmt.Sprintf(format, args...)
	if v.rule != "" {
		said = broken + v.rule + "\n" + said
	}
	v.t.Fatal(said)
}

// request returns a request of GET, for goroutines in which the test cannot end. The header is in
// pairs of name and value.
func request(url string, header ...string) *http.Request {
	r, err := http.NewRequest("GET", url, nil)
	if err != nil {
		panic(err) // the suite's own mistake
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// body reads a response to its end.
func body(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	return string(text), err
}

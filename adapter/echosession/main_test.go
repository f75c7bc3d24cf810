package echosession_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/labstack/echo/v5"
	"github.com/wafer-go/wafer/adapter/echosession"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/store"
	"github.com/wafer-go/wafer/store/memstore"
)

const username = session.Field[string]("username")

// logs is what a program has logged.
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

// frailStore is a store that can be down.
type frailStore struct {
	store.Store
	down atomic.Bool
}

func (f *frailStore) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	if f.down.Load() {
		return 0, errors.New("the store is down")
	}
	return f.Store.Save(ctx, id, r)
}

// program is an Echo program, and a visitor of it.
type program struct {
	*echo.Echo
	*http.Client
	t        testing.TB
	sessions *session.Manager
	session  echo.MiddlewareFunc
	store    *frailStore // nil where sessions are in the cookie
	said     *logs       // by the manager and by Echo
	url      string
}

// newProgram returns a program whose sessions are signed.
func newProgram(t testing.TB, o session.Options) *program {
	return program{t: t}.with(session.Signed(secret.New()), o)
}

// newStoring returns one whose sessions are in a store.
func newStoring(t testing.TB) *program {
	st := &frailStore{Store: memstore.New(nil)}
	return program{t: t, store: st}.with(session.Stored(st), session.Options{})
}

func (p program) with(backend session.Backend, o session.Options) *program {
	p.said = new(logs)
	o.Logger = slog.New(slog.NewTextHandler(p.said, nil))
	var err error
	if p.sessions, err = session.New(backend, &o); err != nil {
		p.t.Fatal(err)
	}
	p.session = echosession.Middleware(p.sessions)
	p.Echo = echo.New()
	p.Logger = o.Logger
	return &p
}

// serve serves the program over TLS, since the cookie is Secure.
func (p *program) serve() *program { return p.serveWith(p.Echo, false) }

func (p *program) serveWith(h http.Handler, http2 bool) *program {
	server := httptest.NewUnstartedServer(h)
	server.EnableHTTP2 = http2
	server.StartTLS()
	p.t.Cleanup(server.Close)
	p.url, p.Client = server.URL, server.Client()
	p.Jar, _ = cookiejar.New(nil)
	p.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return p
}

// answer is a response, read.
type answer struct {
	*http.Response
	body string
}

func (p *program) do(method, path string, header ...string) answer {
	p.t.Helper()
	r, err := http.NewRequest(method, p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	res, err := p.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return answer{res, string(body)}
}

func (p *program) get(path string, header ...string) answer {
	p.t.Helper()
	return p.do(http.MethodGet, path, header...)
}

// want compares an answer's status and body.
func (p *program) want(a answer, status int, body string) {
	p.t.Helper()
	if a.StatusCode != status || a.body != body {
		p.t.Errorf("%s: answered %d %q, want %d %q", a.Request.URL.Path, a.StatusCode, a.body, status, body)
	}
}

// wantCookies checks how many session cookies an answer sets.
func (p *program) wantCookies(a answer, n int) {
	p.t.Helper()
	if got := a.Header["Set-Cookie"]; len(got) != n {
		p.t.Errorf("%s: set %d cookies, want %d: %v", a.Request.URL.Path, len(got), n, got)
	}
}

// wantSaid checks that the log has a text, or with "not " before it that it has
// not.
func (p *program) wantSaid(text string) {
	p.t.Helper()
	no, absent := strings.CutPrefix(text, "not ")
	if said := p.said.String(); absent && strings.Contains(said, no) || !absent && !strings.Contains(said, text) {
		p.t.Errorf("want %q in the log: %s", text, said)
	}
}

// whoami tells the session's username.
func whoami(c *echo.Context) error {
	name, _ := username.Get(echosession.From(c))
	return c.String(http.StatusOK, name)
}

// login sets it.
func login(c *echo.Context) error {
	username.Set(echosession.From(c), "ada")
	return c.String(http.StatusOK, "welcome")
}

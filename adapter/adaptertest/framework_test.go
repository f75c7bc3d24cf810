package adaptertest_test

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/wafer-go/wafer/adapter/adaptertest"
	"github.com/wafer-go/wafer/session"
)

// handler and middleware are those of a framework that is as small as the suite allows.
type (
	handler    func(c *ctx) error
	middleware func(next handler) handler
)

// framework serves a program. Its adapter is what the suite examines.
type framework struct {
	adaptertest.Program
	adapter
}

// adapter is what an adapter consists of.
type adapter struct {
	middleware func(f *framework, m *session.Manager) middleware
	from       func(c *ctx) *session.Session
	knownOnly  bool // middlewares run for the routes alone
}

// build is what the suite asks for.
func (a adapter) build(_ *testing.T, p adaptertest.Program) adaptertest.Server {
	return &http.Server{Handler: &framework{p, a}}
}

// sessions is a correct adapter.
func sessions(f *framework, m *session.Manager) middleware {
	return wrapped(f, m, func(w http.ResponseWriter) http.ResponseWriter { return w }, nil)
}

// wrapped is the middleware of an adapter that gives the manager, and the handlers, other writers.
func wrapped(f *framework, m *session.Manager, outer, inner func(http.ResponseWriter) http.ResponseWriter) middleware {
	return func(next handler) handler {
		h := m.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := r.Context().Value(ctxKey{}).(*ctx)
			if inner != nil {
				w = inner(w)
			}
			c.w, c.r = w, r
			if err := next(c); err != nil {
				f.fail(c, err)
			}
		}))
		return func(c *ctx) error {
			w := c.w
			defer func() { c.w = w }()
			h.ServeHTTP(outer(w), c.r.WithContext(context.WithValue(c.r.Context(), ctxKey{}, c)))
			return nil
		}
	}
}

func from(c *ctx) *session.Session {
	if _, ok := session.Lookup(c.r.Context()); !ok {
		panic("no session for " + c.r.Method + " " + c.r.URL.Path + "; call Use(mini.Middleware(sessions))")
	}
	return session.From(c.r)
}

func (f *framework) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	route := handler(func(*ctx) error { return errors.New("not found") })
	known := false
	for _, candidate := range f.Routes {
		if candidate.Path != r.URL.Path || candidate.Method != r.Method && (candidate.Method != "GET" || r.Method != "HEAD") {
			continue
		}
		known = true
		route = f.chain(candidate.Links, func(c *ctx) error { return candidate.Handle(c) })
	}
	if known || !f.knownOnly {
		route = f.chain(f.Links, route)
	}
	c := &ctx{f: f, w: w, r: r, first: w}
	if err := route(c); err != nil {
		f.fail(c, err)
	}
}

func (f *framework) chain(links []adaptertest.Link, h handler) handler {
	for i := len(links) - 1; i >= 0; i-- {
		link, next := links[i], h
		switch {
		case link.Sessions != nil:
			h = func(c *ctx) error {
				c.manager = link.Sessions
				return f.middleware(f, link.Sessions)(next)(c)
			}
		case link.Recover:
			h = func(c *ctx) (err error) {
				defer func() {
					if recover() != nil {
						err = errors.New("panicked")
					}
				}()
				return next(c)
			}
		case link.Compress:
			h = func(c *ctx) error {
				w := &compressor{ResponseWriter: c.w}
				c.w = w
				defer func() {
					if c.w = w.ResponseWriter; w.gz != nil {
						_ = w.gz.Close()
					}
				}()
				return next(c)
			}
		default:
			h = func(c *ctx) error { return link.Func(c, func() error { return next(c) }) }
		}
	}
	return h
}

// compressor compresses what has a body.
type compressor struct {
	http.ResponseWriter
	gz *gzip.Writer
}

func (w *compressor) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *compressor) WriteHeader(status int) {
	if status >= 200 && status != http.StatusNoContent {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Del("Content-Length")
		w.gz = gzip.NewWriter(w.ResponseWriter)
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *compressor) Write(b []byte) (int, error) {
	if w.gz == nil {
		w.WriteHeader(http.StatusOK)
	}
	return w.gz.Write(b)
}

// fail answers an error.
func (f *framework) fail(c *ctx, err error) {
	if f.ErrorPage == nil || f.ErrorPage(c, err) != nil {
		http.Error(c.w, err.Error(), http.StatusInternalServerError)
	}
}

type ctxKey struct{}

// ctx is the framework's context.
type ctx struct {
	f *framework
	w http.ResponseWriter
	r *http.Request

	first     http.ResponseWriter // the server's
	redirects http.ResponseWriter // what redirects are written to, if it is not w

	// What flawed adapters keep.
	mu      sync.Mutex
	asked   int // how many times From was called
	manager *session.Manager
	own     *session.Session
}

var _ adaptertest.Ctx = (*ctx)(nil)

func (c *ctx) Session() *session.Session         { return c.f.from(c) }
func (c *ctx) Context() context.Context          { return c.r.Context() }
func (c *ctx) SetContext(to context.Context)     { c.r = c.r.WithContext(to) }
func (c *ctx) Query(name string) string          { return c.r.URL.Query().Get(name) }
func (c *ctx) Header(name string) string         { return c.r.Header.Get(name) }
func (c *ctx) AddHeader(name, value string)      { c.w.Header().Add(name, value) }
func (c *ctx) Status(code int)                   { c.w.WriteHeader(code) }
func (c *ctx) Write(b []byte) (int, error)       { return c.w.Write(b) }
func (c *ctx) WriteString(s string) (int, error) { return io.WriteString(c.w, s) }

func (c *ctx) Redirect(code int, to string) error {
	w := c.w
	if c.redirects != nil {
		w = c.redirects
	}
	http.Redirect(w, c.r, to, code)
	return nil
}

func (c *ctx) File(path string) error {
	http.ServeFile(c.w, c.r, path)
	return nil
}

func (c *ctx) HTTP(h http.Handler) error {
	h.ServeHTTP(c.w, c.r)
	return nil
}

func (c *ctx) EarlyHints(link string) error {
	c.w.Header().Add("Link", link)
	c.w.WriteHeader(http.StatusEarlyHints)
	return nil
}

func (c *ctx) Stream(f func(w adaptertest.Stream)) error { return adaptertest.Streamed(c.w, f) }

func (c *ctx) Upgrade(f func(conn net.Conn)) error { return adaptertest.Upgraded(c.w, c.r, f) }

func TestRun_CorrectAdapter(t *testing.T) {
	adaptertest.Run(t, adapter{middleware: sessions, from: from}.build)
}

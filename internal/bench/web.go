package bench

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
)

// cookieName is the session cookie's name in every library.
const cookieName = "session"

// other is a cookie that a browser sends along.
const other = "theme=dark; "

// library makes the handlers of one net/http library, its middleware included.
type library func(a Action, j *job) http.Handler

// web is the transport of libraries for net/http.
type web struct {
	handlers library
	base     http.Request // what each request is a copy of, since some libraries change theirs
	r        http.Request
	cookies  []string
	w        light
}

var _ transport = (*web)(nil)

func newWeb(handlers library) *web {
	r, err := http.NewRequest(http.MethodGet, "https://example.com/account", nil)
	if err != nil {
		panic(err) // the URL is a constant
	}
	t := &web{handlers: handlers, base: *r, cookies: []string{"theme=dark"}, w: light{header: http.Header{}}}
	t.base.Header["Accept"] = []string{"text/html"}
	t.base.Header["User-Agent"] = []string{"bench"}
	t.base.Header["Cookie"] = t.cookies
	return t
}

func (t *web) prepare(a Action, j *job) func() {
	h := t.handlers(a, j)
	return func() {
		t.r = t.base
		clear(t.w.header)
		h.ServeHTTP(&t.w, &t.r)
	}
}

func (t *web) answered() string {
	for _, line := range t.w.header["Set-Cookie"] {
		if strings.HasPrefix(line, cookieName+"=") {
			pair, _, _ := strings.Cut(line, ";")
			return pair
		}
	}
	return ""
}

func (t *web) bring(cookie string) { t.cookies[0] = other + cookie }

// light is an http.ResponseWriter that costs next to nothing. It has the
// optional methods that net/http's own has, since middleware asks for them.
type light struct {
	header http.Header
	bytes  int
}

func (w *light) Header() http.Header { return w.header }

func (w *light) Write(b []byte) (int, error) { w.bytes += len(b); return len(b), nil }

func (w *light) WriteString(s string) (int, error) { w.bytes += len(s); return len(s), nil }

func (w *light) WriteHeader(int) {}

func (w *light) Flush() {}

func (w *light) ReadFrom(src io.Reader) (int64, error) { return io.Copy(io.Discard, src) }

func (w *light) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, errors.New("there is no connection")
}

// over returns a subject of a net/http library that open opens once.
func over(s Subject, open func() (library, error)) *Subject {
	var handlers library
	s.connect = func() (transport, error) {
		if handlers == nil {
			var err error
			if handlers, err = open(); err != nil {
				return nil, err
			}
		}
		return newWeb(handlers), nil
	}
	return &s
}

// inside returns a subject of a net/http library whose middleware is around a
// handler, in which of returns the session.
func inside[V Values](s Subject, open func() (middleware func(http.Handler) http.Handler, of func(http.ResponseWriter, *http.Request) V, err error)) *Subject {
	s.Program = func() (Program, error) {
		middleware, of, err := open()
		return func(page func(http.ResponseWriter, Values)) http.Handler {
			return middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { page(w, of(w, r)) }))
		}, err
	}
	return over(s, func() (library, error) {
		middleware, of, err := open()
		return func(a Action, j *job) http.Handler {
			return middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if a == Leave {
					j.calls++
					return
				}
				act(a, j, of(w, r))
			}))
		}, err
	})
}

package server

import (
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

func slowly(next http.Handler) http.Handler {
	return http.TimeoutHandler(next, time.Minute, "too slow")
}

// compressing is a middleware of the usual kind: it says so in the header at
// once and compresses what is written.
func compressing(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Header().Add("Vary", "Accept-Encoding")
		z := gzip.NewWriter(w)
		defer func() { _ = z.Close() }()
		next.ServeHTTP(&compressor{w, z}, r)
	})
}

type compressor struct {
	http.ResponseWriter
	z *gzip.Writer
}

func (c *compressor) Write(p []byte) (int, error) { return c.z.Write(p) }

func (c *compressor) Unwrap() http.ResponseWriter { return c.ResponseWriter }

func (c *compressor) FlushError() error {
	if err := c.z.Flush(); err != nil {
		return err
	}
	return http.NewResponseController(c.ResponseWriter).Flush()
}

var middlewares = map[string]func(http.Handler) http.Handler{
	"TimeoutHandler": slowly, "gzip": compressing, "recover": recovering, "unwrap": unwrapping,
}

// streaming are those through which a handler can flush.
var streaming = map[string]func(http.Handler) http.Handler{
	"gzip": compressing, "recover": recovering, "unwrap": unwrapping,
}

// onEitherSide runs a test with each middleware outside of ours and inside.
func onEitherSide(t *testing.T, middlewares map[string]func(http.Handler) http.Handler, test func(t *testing.T, wrap func(p *program, h http.Handler) http.Handler)) {
	for name, middleware := range middlewares {
		t.Run(name+" outside", func(t *testing.T) {
			test(t, func(p *program, h http.Handler) http.Handler { return middleware(p.Handler(h)) })
		})
		t.Run(name+" inside", func(t *testing.T) {
			test(t, func(p *program, h http.Handler) http.Handler { return p.Handler(middleware(h)) })
		})
	}
}

func TestOtherMiddlewareWorksOnEitherSide(t *testing.T) {
	onEitherSide(t, middlewares, func(t *testing.T, wrap func(*program, http.Handler) http.Handler) {
		onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
			p := newProgram(t, session.Options{})
			page := strings.Repeat("page", 1000)
			v := serve(t, wrap(p, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				s := session.From(r)
				_, _ = io.WriteString(w, texts(s)+page)
				s.Flash("next")
			})))
			for _, want := range []string{page, "next" + page, "next" + page} {
				res, body := v.page("/")
				wantCookie(t, res)
				if body != want {
					t.Errorf("the body is %q", shortened(body))
				}
			}
			wantNoLog(t, p.log)
		})
	})
}

func TestTheErrorPageCanBeReadThroughOtherMiddleware(t *testing.T) {
	onEitherSide(t, middlewares, func(t *testing.T, wrap func(*program, http.Handler) http.Handler) {
		p := newProgram(t, session.Options{MaxCookieSize: 200})
		v := serve(t, wrap(p, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session.From(r).Set("cart", strings.Repeat("x", 300))
			_, _ = io.WriteString(w, "half a page")
		})))
		res, body := v.page("/")
		if res.StatusCode != http.StatusInternalServerError || body != "Internal Server Error\n" || cookies(res) != 0 {
			t.Errorf("answered %s %q with %v", res.Status, body, res.Header)
		}
	})
}

func TestARecoveredPanicCanBeReadThroughACompressor(t *testing.T) {
	p := newProgram(t, session.Options{})
	v := serve(t, compressing(recovering(p.handle(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) {
		_, _ = io.WriteString(w, "half a page")
		panic("boom")
	}))))
	if res, body := v.page("/"); res.StatusCode != http.StatusInternalServerError || body != "sorry\n" {
		t.Errorf("answered %s %q with %v", res.Status, body, res.Header)
	}
}

func TestACompressedStreamIsFlushedWithTheCookie(t *testing.T) {
	onEitherSide(t, streaming, func(t *testing.T, wrap func(*program, http.Handler) http.Handler) {
		p := newProgram(t, session.Options{})
		goOn := make(chan struct{})
		v := serve(t, wrap(p, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			username.Set(session.From(r), "ada")
			_, _ = io.WriteString(w, "one ")
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Error(err)
			}
			await(r, goOn)
			_, _ = io.WriteString(w, "two")
		})))
		res := v.get("/")
		wantCookie(t, res)
		first := make([]byte, 4)
		if _, err := io.ReadFull(res.Body, first); err != nil || string(first) != "one " {
			t.Errorf("the stream begins %q (%v)", first, err)
		}
		close(goOn)
		if rest := v.body(res); rest != "two" {
			t.Errorf("the stream ends %q", rest)
		}
	})
}

func TestATimeoutInsideAnswersAndWhatTheSlowHandlerChangesThenIsReported(t *testing.T) {
	p := newProgram(t, session.Options{})
	answered, changed := make(chan struct{}), make(chan struct{})
	slow := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s := session.From(r)
		s.Set("early", true)
		_, _ = io.WriteString(w, "half a page")
		<-answered
		username.Set(s, "ada")
		close(changed)
	}), 300*time.Millisecond, "too slow")
	v := serve(t, p.Handler(slow))
	res, body := v.page("/")
	close(answered)
	receive(t, changed)
	wantCookie(t, res)
	if res.StatusCode != http.StatusServiceUnavailable || body != "too slow" {
		t.Errorf("answered %s %q", res.Status, body)
	}
	wantLog(t, p.log, "name=username", "middleware_test.go:")
}

func TestATimeoutOutsideAnswersAloneAndKeepsTheOldSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	ended := make(chan struct{})
	h := flashing(p, func(w http.ResponseWriter, r *http.Request, s *session.Session) {
		s.Flashes()
		_, _ = io.WriteString(w, "half a page")
		<-r.Context().Done() // what TimeoutHandler cancels
	})
	slow := http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer close(ended)
		h.ServeHTTP(w, r)
	}), time.Millisecond, "too slow")
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle("/slow", slow)
	v := serve(t, mux)
	v.get("/flash")
	res, body := v.page("/slow")
	receive(t, ended)
	if res.StatusCode != http.StatusServiceUnavailable || body != "too slow" || cookies(res) != 0 {
		t.Errorf("answered %s %q with %v", res.Status, body, res.Header)
	}
	v.wantFlashes("one")
}

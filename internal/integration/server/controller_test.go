package server

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/wafer-go/wafer/session"
)

// unwrapper is a middleware's writer that has Unwrap and nothing else.
type unwrapper struct{ http.ResponseWriter }

func (u unwrapper) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func unwrapping(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(unwrapper{w}, r) })
}

// placements put a middleware nowhere, outside of ours, inside, and both.
var placements = map[string]func(p *program, next http.Handler) http.Handler{
	"alone":   func(p *program, next http.Handler) http.Handler { return p.Handler(next) },
	"outside": func(p *program, next http.Handler) http.Handler { return unwrapping(p.Handler(next)) },
	"inside":  func(p *program, next http.Handler) http.Handler { return p.Handler(unwrapping(next)) },
	"around":  func(p *program, next http.Handler) http.Handler { return unwrapping(p.Handler(unwrapping(next))) },
}

// atEach serves a handler in each placement over HTTP/1.1.
func atEach(t *testing.T, h http.HandlerFunc, test func(t *testing.T, p *program, v *visitor)) {
	for name, place := range placements {
		t.Run(name, func(t *testing.T) {
			p := newProgram(t, session.Options{})
			test(t, p, serve(t, place(p, h)))
		})
	}
}

func TestControllerFlushReachesTheVisitorWithTheCookie(t *testing.T) {
	goOn := make(chan struct{})
	atEach(t, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		await(r, goOn)
	}, func(t *testing.T, p *program, v *visitor) {
		res := v.get("/")
		wantCookie(t, res)
		goOn <- struct{}{}
		wantNoLog(t, p.log)
	})
}

func TestControllerHijackCommitsBefore(t *testing.T) {
	atEach(t, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = rw.WriteString("HTTP/1.1 200 OK\r\nConnection: close\r\n")
		_ = w.Header().Write(rw)
		_, _ = rw.WriteString("\r\nraw")
		_ = rw.Flush()
	}, func(t *testing.T, _ *program, v *visitor) {
		res, body := v.page("/")
		wantCookie(t, res)
		if body != "raw" {
			t.Errorf("the body is %q", body)
		}
	})
}

func TestControllerReadDeadlineEndsAReadOfTheBody(t *testing.T) {
	read := make(chan error, 1)
	atEach(t, func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).SetReadDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Error(err)
		}
		_, err := io.ReadAll(r.Body)
		read <- err
	}, func(t *testing.T, _ *program, v *visitor) {
		v.raw("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf")
		if err := receive(t, read); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("reading the body gives %v", err)
		}
	})
}

func TestControllerWriteDeadlineEndsAWrite(t *testing.T) {
	written := make(chan error, 1)
	atEach(t, func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if err := c.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, "x")
		written <- c.Flush()
	}, func(t *testing.T, _ *program, v *visitor) {
		v.raw("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if err := receive(t, written); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("writing gives %v", err)
		}
	})
}

func TestControllerFullDuplexLetsTheBodyBeReadAfterTheHeader(t *testing.T) {
	atEach(t, func(w http.ResponseWriter, r *http.Request) {
		username.Set(session.From(r), "ada")
		c := http.NewResponseController(w)
		if err := c.EnableFullDuplex(); err != nil {
			t.Error(err)
		}
		_ = c.Flush()
		_, _ = io.Copy(w, r.Body)
	}, func(t *testing.T, _ *program, v *visitor) {
		conn, err := net.Dial("tcp", v.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		wantCookie(t, res)
		_, _ = io.WriteString(conn, "ping") // sent once the header is here
		if body := v.body(res); body != "ping" {
			t.Errorf("the body is %q", body)
		}
	})
}

func TestControllerSaysWhatHTTP2CannotDo(t *testing.T) {
	p := newProgram(t, session.Options{})
	v := serveHTTP2(t, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		username.Set(s, "ada")
		c := http.NewResponseController(w)
		if _, _, err := c.Hijack(); !errors.Is(err, http.ErrNotSupported) {
			t.Errorf("Hijack gives %v", err)
		}
		if err := c.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Errorf("SetReadDeadline gives %v", err)
		}
		s.Flash("still in time") // a Hijack that cannot be must not end the holding
	}))
	res := v.get("/")
	wantCookie(t, res)
	wantNoLog(t, p.log)
}

func TestTypeAssertionsSucceedWhereTheServersWriterHasThem(t *testing.T) {
	type has struct{ flusher, hijacker, readerFrom bool }
	of := func(w http.ResponseWriter) (h has) {
		_, h.flusher = w.(http.Flusher)
		_, h.hijacker = w.(http.Hijacker)
		_, h.readerFrom = w.(io.ReaderFrom)
		return h
	}
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		var ours has
		h := p.handle(func(w http.ResponseWriter, _ *http.Request, _ *session.Session) { ours = of(w) })
		v := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			beneath := of(w)
			if !beneath.flusher {
				t.Errorf("the server's own writer has %+v", beneath)
			}
			h.ServeHTTP(w, r)
			if ours != beneath {
				t.Errorf("ours has %+v, the server's %+v", ours, beneath)
			}
			h.ServeHTTP(struct{ http.ResponseWriter }{w}, r)
			if ours != (has{}) {
				t.Errorf("over a bare writer ours has %+v", ours)
			}
		}))
		v.get("/")
	})
}

package server

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/wafer-go/wafer/session"
)

func TestAVisitorWhoGoesAwayDoesNotLoseTheSave(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		failed := make(chan error, 1)
		p := newProgram(t, session.Options{ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { failed <- err }})
		ctx, leave := context.WithCancel(t.Context())
		set := make(chan string, 1)
		h := p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			leave()
			<-r.Context().Done()
			username.Set(s, "ada")
			_, _ = io.WriteString(w, "to nobody")
		})
		v := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			set <- w.Header().Get("Set-Cookie")
		}))
		if _, err := v.client.Do(v.request(http.MethodGet, "/", nil).WithContext(ctx)); err == nil {
			t.Error("the visitor got an answer")
		}
		if line := receive(t, set); !strings.HasPrefix(line, cookieName+"=") {
			t.Errorf("Set-Cookie is %q", line)
		}
		if saves := p.backend.saved(); len(saves) != 1 || saves[0] != nil {
			t.Errorf("saved with the contexts' errors %v, want one save and no error", saves)
		}
		if len(failed) != 0 {
			t.Errorf("the ErrorHandler is told %v", <-failed)
		}
		wantNoLog(t, p.log)
	})
}

func TestHandlersOfOneManagerWithinEachOtherSetOneCookieAndOneVary(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		var inner, outer *session.Session
		innermost := p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
			inner = s
			username.Set(s, "ada")
			_, _ = io.WriteString(w, "page")
		})
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			outer = s
			s.Set("outer", true)
			innermost.ServeHTTP(w, r)
		}))
		res := v.get("/")
		wantCookie(t, res)
		if got := res.Header["Vary"]; len(got) != 1 || got[0] != "Cookie" {
			t.Errorf("Vary is %q", got)
		}
		if inner != outer {
			t.Error("the two handlers have two sessions")
		}
		if len(p.backend.saved()) != 1 {
			t.Errorf("the session was saved %d times", len(p.backend.saved()))
		}
	})
}

func TestManagersOfTwoCookiesSetOneEachAndOneVary(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		admin := newProgram(t, session.Options{Cookie: session.Cookie{Name: "__Host-admin"}})
		shop := newProgram(t, session.Options{})
		v := serve(t, admin.handle(func(w http.ResponseWriter, r *http.Request, a *session.Session) {
			shop.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
				for _, one := range []*session.Session{a, s} {
					if n, _ := session.Field[int]("n").Get(one); r.URL.Path != "/0" && n != 1 {
						t.Errorf("%s: a session has n = %d", r.URL.Path, n)
					}
					session.Field[int]("n").Set(one, 1)
				}
				_, _ = io.WriteString(w, "page")
				_ = http.NewResponseController(w).Flush()
			}).ServeHTTP(w, r)
		}))
		for i := range 2 {
			res := v.get(fmt.Sprint("/", i))
			wantCookie(t, res)
			if lines := res.Header["Set-Cookie"]; len(lines) != 2 {
				t.Errorf("Set-Cookie is %q", lines)
			}
			if got := res.Header["Vary"]; len(got) != 1 || got[0] != "Cookie" {
				t.Errorf("Vary is %q", got)
			}
		}
		wantNoLog(t, admin.log)
		wantNoLog(t, shop.log)
	})
}

func TestRequestsAtOnceKeepTheirSessionsApart(t *testing.T) {
	onBoth(t, func(t *testing.T, serve func(*testing.T, http.Handler) *visitor) {
		p := newProgram(t, session.Options{})
		together := make(chan struct{})
		v := serve(t, p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, r.URL.Query().Get("name"))
			select { // each waits until all are here
			case together <- struct{}{}:
			case <-r.Context().Done():
			}
			name, _ := username.Get(s)
			_, _ = io.WriteString(w, name)
		}))
		var all sync.WaitGroup
		const n = 8
		for i := range n {
			all.Go(func() {
				name := fmt.Sprint("visitor ", i)
				r := v.request(http.MethodGet, "/?name="+strings.ReplaceAll(name, " ", "+"), nil)
				res, err := v.client.Transport.RoundTrip(r)
				if err != nil {
					t.Error(err)
					return
				}
				defer func() { _ = res.Body.Close() }()
				body, _ := io.ReadAll(res.Body)
				if string(body) != name || cookies(res) != 1 {
					t.Errorf("%s is taken for %q", name, body)
				}
			})
		}
		for range n {
			<-together
		}
		all.Wait()
	})
}

// One request whose goroutines share its session, as a page that asks several
// services at once does.
func TestGoroutinesOfARequestShareItsSession(t *testing.T) {
	p := newProgram(t, session.Options{})
	count := session.Field[int]("count")
	v := serve(t, p.handle(func(w http.ResponseWriter, _ *http.Request, s *session.Session) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				count.Update(s, func(n int) int { return n + 1 })
				s.Flash("done")
			})
		}
		all.Wait()
		n, _ := count.Get(s)
		_, _ = fmt.Fprint(w, n, " ", len(s.Flashes()))
	}))
	if _, body := v.page("/"); body != "20 20" {
		t.Errorf("the counts are %s, want 20 20", body)
	}
}

// A pipeListener gives a server connections in memory, which a synctest bubble
// can see the end of.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (*pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// The bubble fails if a goroutine is left when the test's function ends.
func TestNoGoroutineOutlivesItsRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newProgram(t, session.Options{})
		h := p.handle(func(w http.ResponseWriter, r *http.Request, s *session.Session) {
			username.Set(s, "ada")
			switch r.URL.Path {
			case "/flush":
				_ = http.NewResponseController(w).Flush()
			case "/hijack":
				conn, _, err := http.NewResponseController(w).Hijack()
				if err == nil {
					_ = conn.Close()
				}
			case "/panic":
				panic(http.ErrAbortHandler)
			case "/unencodable":
				s.Set("bad", func() {})
			}
			_, _ = io.WriteString(w, "page")
		})
		l := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
		server := &http.Server{Handler: h, ErrorLog: log.New(io.Discard, "", 0)}
		go func() { _ = server.Serve(l) }()
		for _, path := range []string{"/", "/flush", "/hijack", "/panic", "/unencodable"} {
			ours, theirs := net.Pipe()
			l.conns <- theirs
			go func() { _, _ = fmt.Fprintf(ours, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path) }()
			_, _ = io.ReadAll(ours)
			_ = ours.Close()
		}
		if err := server.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

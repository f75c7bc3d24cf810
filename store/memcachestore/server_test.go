package memcachestore

import (
	"crypto/rand"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bradfitz/gomemcache/memcache"

	"github.com/wafer-go/wafer/store"
)

// address returns that of the server which all tests share.
func address(t testing.TB) string {
	t.Helper()
	a, ok := strings.CutPrefix(os.Getenv("WAFER_MEMCACHED"), "memcache://")
	if !ok {
		t.Fatal("WAFER_MEMCACHED is not set: run `make test`, which starts the servers that the tests need")
	}
	return a
}

// A private server is one that a test may stop, or set as it likes.
type private struct {
	t    testing.TB
	addr string
	args []string
	cmd  *exec.Cmd
}

func newPrivate(t testing.TB, options ...string) *private {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	// It refuses to run as root unless told as whom; -u is ignored otherwise.
	p := &private{t: t, addr: addr, args: append([]string{"-u", "nobody", "-l", "127.0.0.1", "-p", port}, options...)}
	p.start()
	t.Cleanup(p.stop)
	return p
}

func (p *private) start() {
	p.t.Helper()
	p.cmd = exec.Command("memcached", p.args...)
	if err := p.cmd.Start(); err != nil {
		p.t.Fatalf("memcached did not start: %v; run `make test`, which installs what the tests need", err)
	}
	for range 200 {
		if c, err := net.Dial("tcp", p.addr); err == nil {
			c.Close()
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	p.t.Fatalf("memcached at %s does not answer", p.addr)
}

func (p *private) stop() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// A proxy counts the round trips to a server.
type proxy struct {
	listener net.Listener
	trips    atomic.Int64
}

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l}
	var group sync.WaitGroup
	var mu sync.Mutex
	var open []net.Conn
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s, err := net.Dial("tcp", server)
			if err != nil {
				c.Close()
				continue
			}
			mu.Lock()
			open = append(open, c, s)
			mu.Unlock()
			var asked atomic.Bool
			group.Go(func() {
				pass(s, c, func() {
					if !asked.Swap(true) {
						p.trips.Add(1)
					}
				})
			})
			group.Go(func() { pass(c, s, func() { asked.Store(false) }) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		mu.Lock()
		for _, c := range open {
			c.Close()
		}
		mu.Unlock()
		group.Wait()
	})
	return p
}

// pass copies from one connection to another, and calls f before each piece.
func pass(to, from net.Conn, f func()) {
	defer to.Close()
	buf := make([]byte, 64<<10)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		f()
		if _, err := to.Write(buf[:n]); err != nil {
			return
		}
	}
}

func newStore(t testing.TB, addr string, opts *Options) *Store {
	t.Helper()
	c := memcache.New(addr)
	c.Timeout = 5 * time.Second
	c.MaxIdleConns = 20
	t.Cleanup(func() { c.Close() })
	s, err := New(c, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func randomID() (id store.ID) {
	rand.Read(id[:])
	return id
}

func record(data string) store.Record {
	now := time.Now()
	return store.Record{Data: []byte(data), Used: now, Expires: now.Add(time.Hour)}
}

func save(t testing.TB, s *Store, id store.ID, r store.Record) {
	t.Helper()
	if _, err := s.Save(t.Context(), id, r); err != nil {
		t.Fatal(err)
	}
}

func load(t testing.TB, s *Store, id store.ID) store.Record {
	t.Helper()
	r, err := s.Load(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func gone(t testing.TB, s *Store, id store.ID) {
	t.Helper()
	if _, err := s.Load(t.Context(), id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("Load returned %v", err)
	}
}

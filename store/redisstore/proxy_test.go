package redisstore

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// A proxy passes connections on to a server, counts the round trips, and can
// lose an answer.
type proxy struct {
	t        testing.TB
	listener net.Listener
	server   string
	trips    atomic.Int64

	mu   sync.Mutex
	lose func() // called once instead of passing an answer on
	open []net.Conn
}

func newProxy(t testing.TB, server string) *proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{t: t, listener: l, server: server}
	var group sync.WaitGroup
	group.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			group.Go(func() { p.serve(c) })
		}
	})
	t.Cleanup(func() {
		l.Close()
		p.mu.Lock()
		for _, c := range p.open {
			c.Close()
		}
		p.mu.Unlock()
		group.Wait()
	})
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

// loseNext has the next answer lost, and f called before the client learns of
// that.
func (p *proxy) loseNext(f func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lose = f
}

// serve passes one connection on. A round trip is what the client sends until
// the server answers.
func (p *proxy) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", p.server)
	if err != nil {
		return
	}
	defer server.Close()
	p.mu.Lock()
	p.open = append(p.open, client, server)
	p.mu.Unlock()

	var asked atomic.Bool
	go func() {
		defer server.Close()
		buf := make([]byte, 64<<10)
		for {
			n, err := client.Read(buf)
			if err != nil {
				return
			}
			if !asked.Swap(true) {
				p.trips.Add(1)
			}
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := server.Read(buf)
		if err != nil {
			return
		}
		asked.Store(false)
		p.mu.Lock()
		lose := p.lose
		p.lose = nil
		p.mu.Unlock()
		if lose != nil {
			lose()
			return
		}
		if _, err := client.Write(buf[:n]); err != nil {
			return
		}
	}
}

package between

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A proxy passes the bytes of TCP connections between clients and one server.
type proxy struct {
	server   string
	listener net.Listener
	faults   *faults
	ended    context.Context
	end      context.CancelFunc
	running  sync.WaitGroup

	mu    sync.Mutex
	pairs map[*pair]bool
}

// A pair is a client's connection and its own to the server. If one breaks,
// the proxy breaks the other.
type pair struct {
	client, server net.Conn
	broken         chan struct{}
	asked          atomic.Bool // the client has sent something since the last answer
	once           sync.Once
}

func startProxy(server string, faults *faults) (*proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("between: the proxy for %s cannot listen: %w", server, err)
	}
	ended, end := context.WithCancel(context.Background())
	p := &proxy{server: server, listener: listener, faults: faults, ended: ended, end: end, pairs: make(map[*pair]bool)}
	p.running.Go(func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return // close closed the listener
			}
			p.running.Go(func() { p.serve(client) })
		}
	})
	return p, nil
}

// serve connects a client to the server, and returns when either has gone.
func (p *proxy) serve(client net.Conn) {
	server, err := new(net.Dialer).DialContext(p.ended, "tcp", p.server)
	if err != nil {
		_ = client.Close()
		return
	}
	c := &pair{client: client, server: server, broken: make(chan struct{})}
	p.mu.Lock()
	p.pairs[c] = true
	p.mu.Unlock()
	if p.ended.Err() != nil { // close may have looked before this pair was there
		c.breakUp()
	}
	var both sync.WaitGroup
	both.Go(func() { p.pass(c, client, server) })
	both.Go(func() { p.pass(c, server, client) })
	both.Wait()
	p.mu.Lock()
	delete(p.pairs, c)
	p.mu.Unlock()
}

// pass copies what one side sends to the other, until either breaks.
func (p *proxy) pass(c *pair, from, to net.Conn) {
	defer c.breakUp()
	chunk := make([]byte, 32<<10)
	for {
		n, err := from.Read(chunk)
		switch {
		case n > 0 && from == c.server:
			c.asked.Store(false)
		case n > 0 && !c.asked.Swap(true):
			p.faults.trips.Add(1)
		}
		if from == c.server && n > 0 && rand.Int64N(1e6) < p.faults.lost.Load() {
			return
		}
		if mean := p.faults.mean.Load(); n > 0 && mean > 0 {
			select {
			case <-time.After(time.Duration(rand.Int64N(2 * mean))):
			case <-c.broken:
				return
			}
		}
		p.faults.bytes.Add(int64(n))
		if _, failed := to.Write(chunk[:n]); failed != nil || err != nil {
			return
		}
	}
}

func (c *pair) breakUp() {
	c.once.Do(func() {
		close(c.broken)
		_ = c.client.Close()
		_ = c.server.Close()
	})
}

// cut breaks every connection that the proxy passes.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.pairs {
		c.breakUp()
	}
}

// close ends the proxy with all of its connections.
func (p *proxy) close() {
	p.end()
	_ = p.listener.Close()
	p.cut()
	p.running.Wait()
}

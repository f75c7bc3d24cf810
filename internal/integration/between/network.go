// Package between opens stores on engines through a proxy that can delay the
// traffic and break connections.
package between

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// A Network is a set of proxies, one for each server that is dialed. The zero
// value is ready. It is safe for concurrent use by multiple goroutines.
type Network struct {
	mu      sync.Mutex
	proxies map[string]*proxy

	faults faults
	open   atomic.Int64
}

// faults are what the proxies do to the traffic.
type faults struct {
	mean atomic.Int64 // of the delay of each chunk, a time.Duration
	lost atomic.Int64 // of a million answers

	trips atomic.Int64 // that were counted
	bytes atomic.Int64 // that were passed on, in both directions
}

// Dial connects to a server through its proxy. It has the form that drivers
// accept.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	p, err := n.proxy(address)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, p.listener.Addr().String())
	if err != nil {
		return nil, err
	}
	n.open.Add(1)
	return &counted{Conn: conn, network: n}, nil
}

// proxy returns the proxy of a server and starts it if there is none.
func (n *Network) proxy(address string) (*proxy, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.proxies[address]; p != nil {
		return p, nil
	}
	p, err := startProxy(address, &n.faults)
	if err != nil {
		return nil, err
	}
	if n.proxies == nil {
		n.proxies = make(map[string]*proxy)
	}
	n.proxies[address] = p
	return p, nil
}

// Delay makes every chunk of data wait, in each direction: a random time of at
// most twice the mean.
func (n *Network) Delay(mean time.Duration) { n.faults.mean.Store(int64(mean)) }

// LoseAnswers breaks a connection instead of passing on what the server sends, for this part of its
// answers, from 0 to 1: the server has done what it was asked to, and its client cannot know.
func (n *Network) LoseAnswers(part float64) { n.faults.lost.Store(int64(part * 1e6)) }

// RoundTrips returns how often a client has begun to send since the server's last answer on that
// connection, over all connections so far.
func (n *Network) RoundTrips() int64 { return n.faults.trips.Load() }

// Bytes returns how many bytes have passed so far, in both directions.
func (n *Network) Bytes() int64 { return n.faults.bytes.Load() }

// Cut breaks every connection. New ones can be made when it returns.
func (n *Network) Cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.proxies {
		p.cut()
	}
}

// Open returns how many connections were dialed and not closed.
func (n *Network) Open() int { return int(n.open.Load()) }

// Close ends the proxies, and returns when their goroutines have ended.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.proxies {
		p.close()
	}
	n.proxies = nil
}

// counted is a connection that is counted until it is closed.
type counted struct {
	net.Conn
	network *Network
	once    sync.Once
}

func (c *counted) Close() error {
	c.once.Do(func() { c.network.open.Add(-1) })
	return c.Conn.Close()
}

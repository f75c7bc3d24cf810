// Package between opens stores on engines with toxiproxy between the two, which
// delays what passes and breaks connections.
package between

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// A Network is a set of proxies, one for each server that is dialled. The zero
// value is ready. It is safe for use by many goroutines.
type Network struct {
	mu      sync.Mutex
	server  *toxiproxy.ApiServer // which never listens; proxies belong to one
	proxies map[string]*toxiproxy.Proxy
	toxics  []string // JSON, as toxiproxy's documentation has it

	open atomic.Int64
}

// Dial connects to a server by way of its proxy. It has the form that drivers
// take.
func (n *Network) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	proxy, err := n.proxy(address)
	if err != nil {
		return nil, err
	}
	conn, err := new(net.Dialer).DialContext(ctx, network, proxy)
	if err != nil {
		return nil, err
	}
	n.open.Add(1)
	return &counted{Conn: conn, network: n}, nil
}

// proxy returns where the proxy of a server listens.
func (n *Network) proxy(address string) (string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if p := n.proxies[address]; p != nil {
		return p.Listen, nil
	}
	if n.server == nil {
		n.server = toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
		n.proxies = make(map[string]*toxiproxy.Proxy)
	}
	p := toxiproxy.NewProxy(n.server, address, "127.0.0.1:0", address)
	if err := p.Start(); err != nil {
		return "", fmt.Errorf("between: the proxy for %s does not start: %w", address, err)
	}
	n.proxies[address] = p
	return p.Listen, n.poison(p)
}

func (n *Network) poison(p *toxiproxy.Proxy) error {
	for _, toxic := range n.toxics {
		if _, err := p.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			return fmt.Errorf("between: toxiproxy does not take %s: %w", toxic, err)
		}
	}
	return nil
}

// Delay has everything wait, in each direction: for at most twice the mean, and at
// random.
func (n *Network) Delay(mean time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, direction := range []string{"upstream", "downstream"} {
		ms := mean.Milliseconds()
		n.toxics = append(n.toxics, fmt.Sprintf(`{"type": "latency", "stream": %q, "attributes": {"latency": %d, "jitter": %d}}`, direction, ms, ms))
	}
	var errs []error
	for _, p := range n.proxies {
		errs = append(errs, n.poison(p))
	}
	return errors.Join(errs...)
}

// Cut breaks every connection. New ones can be made when it returns.
func (n *Network) Cut() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	var errs []error
	for _, p := range n.proxies {
		p.Stop()
		errs = append(errs, p.Start())
	}
	return errors.Join(errs...)
}

// Open returns how many connections were dialled and not closed.
func (n *Network) Open() int { return int(n.open.Load()) }

// Close ends the proxies.
func (n *Network) Close() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.proxies {
		p.Stop()
	}
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

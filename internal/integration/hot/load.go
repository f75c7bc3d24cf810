package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/wafer-go/wafer/internal/integration/between"
)

// A load is how many requests are sent, and how fast.
type load struct {
	strangers int
	every     time.Duration // from one pair of a stranger's requests to the next
	crowd     int           // requests that are under way at once beside the strangers
	pause     time.Duration // from the answer to one of them to the next
	spell     time.Duration // for which one measurement lasts
	rounds    int           // of measurements
	servers   int
	delay     time.Duration // of each message between a server and its store, on average; 0 for none
}

// beside are the figures of some strangers, and of the crowd beside them.
type beside struct {
	strangers, crowd figures
	wire             traffic // if it is counted
}

// each returns what one change cost at the wire.
func (b *beside) each() (trips, bytes float64) {
	changes := float64(b.crowd.answered() + b.strangers.answered())
	return float64(b.wire.trips) / changes, float64(b.wire.bytes) / changes
}

// traffic is what has passed between the servers and their store.
type traffic struct{ trips, bytes int64 }

// passed returns the traffic through a network so far, which is zero for a nil network.
func passed(network *between.Network) traffic {
	if network == nil {
		return traffic{}
	}
	return traffic{network.RoundTrips(), network.Bytes()}
}

// A result is the figures without a crowd, and beside three crowds: one asks for a page that uses
// no session, one changes one session, and one changes a session each.
type result struct {
	alone, plain, hot, apart beside
	lost                     int
}

func (r *result) failed() (n int, first string) {
	for _, b := range []*beside{&r.alone, &r.plain, &r.hot, &r.apart} {
		for _, f := range []*figures{&b.strangers, &b.crowd} {
			if n += f.Failed; first == "" {
				first = f.FirstFailure
			}
		}
	}
	return n, first
}

// measure makes the measurements by turns, so that what else the machine does is a part of each.
// If there is a network, what passes through it is counted.
func (l load) measure(ctx context.Context, servers []http.Handler, network *between.Network) (r result, err error) {
	var urls []string
	for _, h := range servers {
		server := httptest.NewServer(h)
		defer server.Close()
		urls = append(urls, server.URL)
	}
	at := connected(urls)
	enter := func(name string, n int) (some []*visitor, err error) {
		for i := range n {
			v, err := signIn(ctx, at, fmt.Sprintf("%s-%d", name, i))
			if err != nil {
				return nil, err
			}
			some = append(some, v)
		}
		return some, nil
	}
	strangers, err := enter("stranger", l.strangers)
	if err != nil {
		return r, err
	}
	one, err := enter("hot", 1)
	if err != nil {
		return r, err
	}
	many, err := enter("apart", l.crowd)
	if err != nil {
		return r, err
	}
	if network != nil {
		network.Delay(l.delay)
		defer network.Delay(0)
	}
	for range l.rounds {
		for _, w := range []struct {
			path   string
			others []*visitor
			b      *beside
		}{{"", nil, &r.alone}, {"/plain", many, &r.plain}, {"/count", one, &r.hot}, {"/count", many, &r.apart}} {
			if err := l.watch(ctx, strangers, w.others, w.path, network, w.b); err != nil {
				return r, err
			}
		}
	}
	for _, some := range [][]*visitor{strangers, one, many} {
		for _, v := range some {
			lost, err := v.lost(ctx)
			if err != nil {
				return r, err
			}
			r.lost += lost
		}
	}
	return r, nil
}

// watch times the strangers' requests while a crowd asks for path with the cookies of others, if
// there are any.
func (l load) watch(ctx context.Context, strangers, others []*visitor, path string, network *between.Network, b *beside) error {
	before := passed(network)
	var crowd *process
	if len(others) > 0 {
		c := clientsOf(others, path)
		c.Crowd, c.Pause = l.crowd, l.pause
		var err error
		if crowd, err = c.start(ctx); err != nil {
			return err
		}
	}
	c := clientsOf(strangers, "/count")
	c.Every, c.Spell = l.every, l.spell
	visits, err := c.start(ctx)
	if err == nil {
		err = visits.report(strangers, "/count", &b.strangers)
	}
	if crowd != nil {
		err = errors.Join(err, crowd.report(others, path, &b.crowd))
	}
	if err != nil {
		return err
	}
	after := passed(network)
	b.wire.trips += after.trips - before.trips
	b.wire.bytes += after.bytes - before.bytes
	return nil
}

func clientsOf(visitors []*visitor, path string) clients {
	c := clients{URLs: visitors[0].sites.urls, Path: path}
	for _, v := range visitors {
		c.Cookies = append(c.Cookies, v.cookie)
	}
	return c
}

// report ends the clients, adds what they have measured to f, and notes the visitors' changes.
func (p *process) report(visitors []*visitor, path string, f *figures) error {
	more, err := p.end()
	if err != nil {
		return err
	}
	f.add(more)
	for i, n := range more.Answered {
		if path == "/count" {
			visitors[i].done.Add(int64(n))
		}
	}
	return nil
}

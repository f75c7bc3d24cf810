package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
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

// figures are what was measured of one kind of crowd.
type figures struct {
	latencies    []time.Duration // of the strangers' requests
	changes      int             // by the crowd
	took         time.Duration
	wire         traffic // if it is counted
	failed       int
	firstFailure error
}

// rate returns how many times a second the crowd changed its sessions.
func (f *figures) rate() float64 { return float64(f.changes) / f.took.Seconds() }

// each returns what one change cost at the wire.
func (f *figures) each() (trips, bytes float64) {
	changes := float64(f.changes + len(f.latencies))
	return float64(f.wire.trips) / changes, float64(f.wire.bytes) / changes
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

// A result is the figures without a crowd, beside a crowd that changes one session, and beside one
// that changes as many sessions as it has requests under way.
type result struct {
	alone, hot, apart figures
	lost              int
}

func (r *result) failed() int { return r.alone.failed + r.hot.failed + r.apart.failed }

func (r *result) firstFailure() error {
	for _, f := range []*figures{&r.alone, &r.hot, &r.apart} {
		if f.firstFailure != nil {
			return f.firstFailure
		}
	}
	return nil
}

// measure makes the measurements by turns, so that what else the machine does is a part of each.
// If there is a network, what passes through it is counted.
func (l load) measure(ctx context.Context, servers []http.Handler, network *between.Network) (r result, err error) {
	var all []*visitor
	enter := func(name string, n int) (some []*visitor, err error) {
		for i := range n {
			v, err := signIn(ctx, servers, fmt.Sprintf("%s-%d", name, i))
			if err != nil {
				return nil, err
			}
			some, all = append(some, v), append(all, v)
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
		l.watch(ctx, strangers, nil, network, &r.alone)
		l.watch(ctx, strangers, one, network, &r.hot)
		l.watch(ctx, strangers, many, network, &r.apart)
	}
	for _, v := range all {
		lost, err := v.lost(ctx)
		if err != nil {
			return r, err
		}
		r.lost += lost
	}
	return r, nil
}

// watch times the strangers' requests while a crowd changes the sessions of others, if there are
// any.
func (l load) watch(ctx context.Context, strangers, others []*visitor, network *between.Network, f *figures) {
	var mu sync.Mutex
	failed := func(err error) {
		mu.Lock()
		defer mu.Unlock()
		if f.failed++; f.firstFailure == nil {
			f.firstFailure = err
		}
	}
	began, before := time.Now(), passed(network)
	var crowd, visits sync.WaitGroup
	var over atomic.Bool
	var changes atomic.Int64
	for i := range l.crowd {
		if len(others) == 0 {
			break
		}
		crowd.Go(func() {
			for !over.Load() {
				if err := others[i%len(others)].count(ctx); err != nil {
					failed(err)
					return
				}
				changes.Add(1)
				time.Sleep(l.pause)
			}
		})
	}
	for i, v := range strangers {
		visits.Go(func() {
			first := began.Add(l.every * time.Duration(i) / time.Duration(len(strangers)))
			for due := first; due.Before(began.Add(l.spell)); due = due.Add(l.every) {
				time.Sleep(time.Until(due))
				var pair sync.WaitGroup
				for range 2 {
					pair.Go(func() {
						err := v.count(ctx)
						took := time.Since(due) // also what the pair before it took too long
						mu.Lock()
						f.latencies = append(f.latencies, took)
						mu.Unlock()
						if err != nil {
							failed(err)
						}
					})
				}
				pair.Wait()
			}
		})
	}
	visits.Wait()
	time.Sleep(time.Until(began.Add(l.spell))) // there may be few visits
	over.Store(true)
	f.changes += int(changes.Load())
	after := passed(network)
	f.wire.trips += after.trips - before.trips
	f.wire.bytes += after.bytes - before.bytes
	f.took += time.Since(began)
	crowd.Wait()
}

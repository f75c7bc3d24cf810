// Command hot measures what a hot session, which many requests change at once, costs other
// visitors. In each of Wafer's stores some visitors, each with a session of its own, send two
// requests at once again and again: alone, and beside crowds of one size, of which the first asks
// for a page that uses no session, the second changes one session, and the third changes a session
// each. The first and the third tell what the queue of the hot session costs from what a busy
// machine does. Visitors and crowd are processes of their own, with connections to the server.
//
//	scripts/services run -- go -C internal/integration run ./hot
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"text/tabwriter"
	"time"

	"github.com/wafer-go/wafer/internal/integration/between"
	"github.com/wafer-go/wafer/internal/integration/durations"
	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/store"
)

func main() {
	if beClients() {
		return
	}
	var l load
	flag.IntVar(&l.strangers, "strangers", 8, "how many `visitors` have a session of their own")
	flag.DurationVar(&l.every, "every", 100*time.Millisecond, "how long after a pair of a visitor's requests the next is sent")
	flag.IntVar(&l.crowd, "crowd", 64, "how many `requests` are under way at once beside them")
	flag.DurationVar(&l.pause, "pause", 0, "how long each of them waits for its next request, as clients in a network make it")
	flag.DurationVar(&l.spell, "for", 4*time.Second, "how long a measurement lasts")
	flag.IntVar(&l.rounds, "rounds", 2, "how often each measurement is made")
	flag.IntVar(&l.servers, "servers", 1, "how many `servers` share the store")
	flag.DurationVar(&l.delay, "delay", 0, "how long each message to or from a database server waits on average; above 0, round trips and bytes are counted")
	everystore.Main("hot", func(ctx context.Context, out io.Writer, kinds []everystore.Kind) error {
		switch {
		case flag.NArg() > 0:
			return fmt.Errorf("%q is not a flag", flag.Arg(0))
		case l.strangers < 1 || l.crowd < 1 || l.every < time.Millisecond || l.spell < l.every || l.rounds < 1 || l.servers < 1:
			return errors.New("-strangers, -crowd, -rounds and -servers have to be above 0, -every at least 1ms, and -for at least as long")
		case l.pause < 0 || l.delay < 0:
			return errors.New("-pause and -delay cannot be below 0")
		}
		return run(ctx, out, l, kinds)
	})
}

func run(ctx context.Context, out io.Writer, l load, kinds []everystore.Kind) error {
	fmt.Fprintf(out, "%d visitors send two requests at once every %v, beside %d requests under way at once; median and p99\n\n",
		l.strangers, l.every, l.crowd)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\talone\tbeside plain requests\tbeside one hot session\tbeside as many sessions\tp99 to alone\tp99 to plain\tp99 to as many\tplain requests/s\tchanges/s, hot\tchanges/s, as many\ttrips, bytes each, hot\ttrips, bytes each, as many\tlost\tfailed\t")
	bad := 0
	for _, kind := range kinds {
		r, err := l.onStore(ctx, kind)
		if err != nil {
			return err
		}
		failed, _ := r.failed()
		bad += r.lost + failed
		r.write(table, kind.Name)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d changes were lost or refused", bad)
	}
	return nil
}

// onStore measures servers that share a store.
func (l load) onStore(ctx context.Context, kind everystore.Kind) (r result, err error) {
	measure := func(stores []store.Store, network *between.Network) error {
		var servers []http.Handler
		for _, st := range stores {
			h, err := site(st, nil, increment)
			if err != nil {
				return err
			}
			servers = append(servers, h)
		}
		r, err = l.measure(ctx, servers, network)
		return err
	}
	if l.delay > 0 && kind.Variable != "" {
		err = l.through(ctx, os.Getenv(kind.Variable), measure)
	} else {
		err = kind.Use(ctx, "hot", l.servers, func(stores []store.Store) error { return measure(stores, nil) })
	}
	return r, err
}

// through opens an empty store on an engine for each server, with a network between them.
func (l load) through(ctx context.Context, engine string, measure func([]store.Store, *between.Network) error) (err error) {
	network := new(between.Network)
	defer network.Close()
	name := fmt.Sprintf("hot_%d_%d", os.Getpid(), time.Now().UnixNano())
	var stores []store.Store
	for range l.servers {
		st, end, err := between.Open(ctx, network, engine, name, time.Minute)
		if err != nil {
			return err
		}
		defer func() { _ = end() }()
		stores = append(stores, st)
	}
	return measure(stores, network)
}

func (r *result) write(w io.Writer, name string) {
	of := func(b *beside) durations.Summary { return durations.Of(b.strangers.Latencies) }
	alone, plain, hot, apart := of(&r.alone), of(&r.plain), of(&r.hot), of(&r.apart)
	times := func(d durations.Summary) float64 { return float64(hot.P99) / float64(d.P99) }
	failed, first := r.failed()
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.0f\t%s\t%s\t%d\t%d\t\n", name, both(alone), both(plain), both(hot), both(apart),
		times(alone), times(plain), times(apart), r.plain.crowd.rate(), r.hot.crowd.rate(), r.apart.crowd.rate(), wire(&r.hot), wire(&r.apart), r.lost, failed)
	if failed > 0 {
		fmt.Fprintf(w, "  the first failure: %s\t\t\t\t\t\t\t\t\t\t\t\t\t\t\n", first)
	}
}

func both(d durations.Summary) string {
	return fmt.Sprintf("%v, %v", d.Median.Round(10*time.Microsecond), d.P99.Round(10*time.Microsecond))
}

// wire returns the traffic of one change, or nothing if it was not counted.
func wire(b *beside) string {
	if b.wire == (traffic{}) {
		return ""
	}
	trips, bytes := b.each()
	return fmt.Sprintf("%.2f, %.0f", trips, bytes)
}

// Command lostupdates sends many requests at once to one session, and counts
// what is lost: through each of Wafer's stores over two servers, and through
// scs with its store in memory over one.
//
//	scripts/services run -- go -C internal/integration run ./lostupdates
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/wafer-go/wafer/internal/integration/everystore"
	"github.com/wafer-go/wafer/store"
)

func main() {
	var w work
	flag.IntVar(&w.requests, "requests", 10_000, "how many `requests` are sent")
	flag.IntVar(&w.group, "group", 64, "how many `requests` are under way at once")
	everystore.Main("lostupdates", func(ctx context.Context, out io.Writer, kinds []everystore.Kind) error {
		return run(ctx, out, w, kinds)
	})
}

func run(ctx context.Context, out io.Writer, w work, kinds []everystore.Kind) error {
	fmt.Fprintf(out, "%d requests to one session, %d at once: a quarter each sets a key of its own, counts, flashes, reads the flashes\n\n", w.requests, w.group)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tservers\tsets lost\tcounts lost\tflashes lost\tshown twice\tghosts\tfailed\ttime\tmedian\tslowest\t")
	lost := 0
	for _, kind := range kinds {
		r, err := w.onStore(ctx, kind)
		if err != nil {
			return err
		}
		lost += r.lost() + r.twice + max(r.ghosts, 0) + r.failed
		r.write(table, "Wafer, "+kind.Name)
	}
	r, err := w.do(ctx, []http.Handler{theirs()})
	if err != nil {
		return err
	}
	r.write(table, "scs, memory")
	if err := table.Flush(); err != nil {
		return err
	}
	if lost > 0 {
		return fmt.Errorf("%d updates were lost, shown twice, refused or left a session behind", lost)
	}
	return nil
}

// onStore does the work on two servers that share a store.
func (w work) onStore(ctx context.Context, kind everystore.Kind) (r result, err error) {
	err = kind.Use(ctx, "lostupdates", 2, func(stores []store.Store) error {
		var servers []http.Handler
		for _, st := range stores {
			h, err := ours(st)
			if err != nil {
				return err
			}
			servers = append(servers, h)
		}
		r, err = w.do(ctx, servers)
		return err
	})
	return r, err
}

func (r result) write(w io.Writer, name string) {
	ghosts := strconv.Itoa(r.ghosts)
	if r.ghosts == unlisted {
		ghosts = "–"
	}
	fmt.Fprintf(w, "%s\t%d\t%d of %d\t%d of %d\t%d of %d\t%d\t%s\t%d\t%v\t%v\t%v\t\n", name, r.servers,
		r.lostSets, r.sets, r.lostCounts, r.counts, r.lostFlashes, r.flashes, r.twice, ghosts, r.failed,
		r.took.Round(time.Millisecond), r.latencies.Median.Round(10*time.Microsecond), r.latencies.Longest.Round(time.Millisecond))
	if r.firstFailure != "" {
		fmt.Fprintf(w, "  the first failure: %s\t\t\t\t\t\t\t\t\t\t\t\n", r.firstFailure)
	}
}

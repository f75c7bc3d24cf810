// Command bench measures Wafer beside other session libraries, and beside the
// floor: the work that no signed cookie can avoid. Run it in this folder, or
// through `make bench`, which also starts the servers that it asks:
//
//	go run . -rounds 40 -slice 20ms
//	go run . -subjects floor,wafer-signed -cells read,change
//	go run . -format benchstat > new.txt && go tool benchstat -col /subject new.txt
//	go run . -profile /tmp/profiles -subjects wafer-signed
//	go run . -loopback
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/wafer-go/wafer/internal/bench/loopback"
	"github.com/wafer-go/wafer/internal/bench/report"
)

type settings struct {
	rounds          int
	slice           time.Duration
	subjects, cells string
	format, clock   string
	goroutines      int
	heap            int
	profile         string
	loopback        bool
	duration        time.Duration
	connections     int
	page            string
	out, from       string
	plots           string
}

func main() {
	var o settings
	flag.IntVar(&o.rounds, "rounds", 40, "how often each subject has its turn")
	flag.DurationVar(&o.slice, "slice", 20*time.Millisecond, "how long each turn is")
	flag.StringVar(&o.subjects, "subjects", "", "names of subjects or, with -loopback, servers, separated by commas (default all)")
	flag.StringVar(&o.cells, "cells", "", "names of cells, separated by commas (default all)")
	flag.StringVar(&o.format, "format", "table", "table, markdown, or benchstat for golang.org/x/perf/cmd/benchstat")
	flag.StringVar(&o.clock, "clock", "wall", "wall, or cpu for this process's processor time, which other programs on the machine do not add to")
	flag.IntVar(&o.goroutines, "goroutines", 64, "how many run at once in the cells about concurrency; 0 leaves these out")
	flag.IntVar(&o.heap, "heap", 64, "the cells about concurrency are measured in an empty heap, and again in a heap of this many MiB")
	flag.StringVar(&o.profile, "profile", "", "write pprof profiles of the subjects' cells into this folder, instead of measuring; with -loopback, of our own servers too")
	flag.BoolVar(&o.loopback, "loopback", false, "measure whole servers over loopback HTTP instead")
	flag.DurationVar(&o.duration, "duration", 2*time.Second, "with -loopback: how long each turn is")
	flag.IntVar(&o.connections, "connections", 16, "with -loopback: how many connections are open at once")
	flag.StringVar(&o.page, "page", "small", "with -loopback: small, or template for a page of html/template, which only the servers in Go have")
	flag.StringVar(&o.out, "out", "", "also write the figures to this file, as JSON")
	flag.StringVar(&o.from, "from", "", "show the figures of this file, which -out wrote, instead of measuring")
	flag.StringVar(&o.plots, "plots", "", "also draw the figures into this folder, as SVG")
	serve := flag.String("serve", "", "serve one of -loopback's handlers until standard input ends (it starts itself so)")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	switch {
	case flag.NArg() > 0:
		err = fmt.Errorf("there are no arguments, only flags: %q", flag.Args())
	case *serve != "":
		err = loopback.Serve(*serve, o.page, o.profile, os.Stdin, os.Stdout)
	default:
		err = run(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, o settings) error {
	if o.rounds < 1 || o.slice <= 0 || o.duration <= 0 || o.connections < 1 || o.goroutines < 0 || o.heap < 0 {
		return fmt.Errorf("-rounds, -slice, -duration and -connections must be more than 0, -goroutines and -heap not less")
	}
	clock, err := report.ClockOf(o.clock)
	if err != nil {
		return err
	}
	show, err := report.FormatOf(o.format, clock)
	if err != nil {
		return err
	}
	var results *report.Results
	switch {
	case o.from != "":
		results, err = report.Open(o.from)
	case o.loopback:
		results, err = overLoopback(ctx, o)
	case o.profile != "":
		return profiles(o)
	default:
		results, err = inProcess(ctx, o)
	}
	if err != nil {
		return err
	}
	if err := show(os.Stdout, results); err != nil {
		return err
	}
	if o.out != "" {
		if err := results.Save(o.out); err != nil {
			return err
		}
	}
	if o.plots != "" {
		return report.Plot(o.plots, results, clock)
	}
	return nil
}

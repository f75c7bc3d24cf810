package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

const (
	// migrateTimeout limits a migration, which may wait for another one.
	migrateTimeout = 5 * time.Minute

	// maxWorkers is how many records can be copied at once.
	maxWorkers = 32
)

type copyOptions struct {
	workers int
	settle  time.Duration
	dryRun  bool
}

func newStoreCopy() *cobra.Command {
	var o copyOptions
	cmd := command("store-copy")
	cmd.Flags().IntVar(&o.workers, "workers", 8, "copy `N` sessions at once")
	cmd.Flags().DurationVar(&o.settle, "settle", 5*time.Second, "look at a copy again after this `TIME`")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "change nothing, and say what would be copied")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) != 2:
			return misuse("expected two stores, FROM and TO, got %s", count(int64(len(args)), "argument"))
		case o.workers < 1 || o.workers > maxWorkers:
			return misuse("--workers must be from 1 to %d", maxWorkers)
		case o.settle < 0 || o.settle > time.Hour:
			return misuse("--settle must be from 0 to 1h")
		}
		from, err := parseStore(args[0])
		if err != nil {
			return err
		}
		to, err := parseStore(args[1])
		if err != nil {
			return err
		}
		if from.String() == to.String() {
			return misuse("FROM and TO are the same store, %s", from)
		}
		return inStore(from, func(ctx context.Context, source *stores.Store) error {
			return withStore(ctx, to, slog.New(slog.DiscardHandler), func(ctx context.Context, target *stores.Store) error {
				return o.copy(ctx, cmd, source, target)
			})
		})
	}
	return cmd
}

func (o *copyOptions) copy(ctx context.Context, cmd *cobra.Command, source, target *stores.Store) error {
	from, ok := source.Store.(copying.Source)
	if !ok {
		return cannot(source, "list its sessions")
	}
	stderr := cmd.ErrOrStderr()
	bar := newProgress(stderr, "copying", source.Ordered)
	said := make(chan struct{})
	quiet := context.AfterFunc(ctx, func() {
		defer close(said)
		fmt.Fprintln(stderr, "wafer: stopping after what was begun; Ctrl-C again stops at once")
	})
	defer func() {
		if !quiet() {
			<-said
		}
	}()
	counts, err := copying.Run(ctx, from, target.Store, copying.Options{
		Workers: o.workers,
		Settle:  o.settle,
		Timeout: openTimeout,
		DryRun:  o.dryRun,
		Listed:  bar.at,
		Failed: func(id store.ID, err error) {
			bar.clear()
			fmt.Fprintf(stderr, "wafer: %s was not copied: %s\n", id, target.Redact(source.Redact(message(err))))
		},
	})
	bar.clear()
	o.report(cmd.OutOrStdout(), counts)
	switch {
	case ctx.Err() != nil:
		return partial("stopped before the end; run the same command again to continue")
	case err != nil && counts.Listed == 0:
		return err
	case err != nil:
		return partial("%w; after you have repaired that, run the same command again to continue", err)
	case counts.Failed > 0:
		return partial("%s could not be copied; run the same command again to retry", count(int64(counts.Failed), "session"))
	}
	return nil
}

// report says what was done.
func (o *copyOptions) report(w io.Writer, c copying.Counts) {
	rows := []row{
		{"copied", strconv.Itoa(c.Copied)},
		{"already there", strconv.Itoa(c.There)},
		{"ended or expired", strconv.Itoa(c.Ended)},
		{"signed out since", strconv.Itoa(c.Gone)},
		{"failed", strconv.Itoa(c.Failed)},
	}
	if o.dryRun {
		rows[0].name = "to copy"
		rows = append(rows[:3], rows[4])
	}
	writeRows(w, "", rows)
}

package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

// purgePause leaves the engine to others between two steps.
const purgePause = 10 * time.Millisecond

func newStorePurge() *cobra.Command {
	var step int
	cmd := &cobra.Command{
		Use:   "purge [flags] [URL]",
		Short: "Delete expired sessions from a store",
		Long: `Purge deletes the sessions that have expired, in steps, so that the program that
uses the store does not wait. Programs purge by themselves; this is for those that
do not run, and for a look at how many there are.

Redis and memcached drop what has expired by themselves.`,
		Example: `  wafer store purge sqlite:sessions.db
  wafer store purge --limit-per-step 100`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if step < 1 {
				return usageError{errors.New("--limit-per-step is less than 1")}
			}
			l, err := takeOnlyStore(args)
			if err != nil {
				return err
			}
			ctx, stop := untilInterrupted()
			defer stop()
			return withStore(ctx, l, func(s *stores.Store) error {
				purger, ok := stores.Optional[store.Purger](s)
				if !ok {
					_, err := fmt.Fprintf(cmd.OutOrStdout(), "nothing to purge: %s drops expired sessions by itself\n", l.Engine())
					return err
				}
				total, err := purge(ctx, purger, step, newProgress(cmd.ErrOrStderr(), "purging", false))
				if err != nil && ctx.Err() == nil && total == 0 {
					return err
				}
				if _, failed := fmt.Fprintf(cmd.OutOrStdout(), "purged %s\n", count(int64(total), "expired session")); failed != nil {
					return failed
				}
				if ctx.Err() != nil {
					return partialError{errors.New("stopped before the end; run it again to go on")}
				}
				if err != nil {
					return partialError{fmt.Errorf("not to the end: %w", err)}
				}
				return nil
			})
		},
	}
	cmd.Flags().IntVar(&step, "limit-per-step", 500, "delete `N` at once at most")
	return cmd
}

func purge(ctx context.Context, purger store.Purger, step int, p *progress) (total int, err error) {
	defer p.end()
	for {
		purged, err := purger.Purge(ctx, step)
		total += purged
		p.add(purged)
		if err != nil || purged < step {
			return total, err
		}
		select {
		case <-time.After(purgePause):
		case <-ctx.Done():
			return total, ctx.Err()
		}
	}
}

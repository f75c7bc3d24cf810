package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

// purgePause leaves the engine to others between two steps.
const purgePause = 10 * time.Millisecond

func newStorePurge() *cobra.Command {
	cmd := command("store-purge")
	step := cmd.Flags().Int("limit-per-step", 500, "delete `N` at once at most")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if *step < 1 {
			return misuse("--limit-per-step is less than 1")
		}
		return inOnlyStore(args, func(ctx context.Context, s *stores.Store) error {
			purger, ok := s.Store.(store.Purger)
			if !ok {
				fmt.Fprintf(cmd.OutOrStdout(), "nothing to purge: %s deletes expired sessions itself\n", s.Engine())
				return nil
			}
			total, err := purge(ctx, purger, *step, newProgress(cmd.ErrOrStderr(), "purging", false))
			if err != nil && ctx.Err() == nil && total == 0 {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "purged %s\n", count(int64(total), "expired session"))
			switch {
			case ctx.Err() != nil:
				return partial("stopped before the end; run it again to continue")
			case err != nil:
				return partial("not to the end: %w", err)
			}
			return nil
		})
	}
	return cmd
}

func purge(ctx context.Context, purger store.Purger, step int, p *progress) (total int, err error) {
	defer p.clear()
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

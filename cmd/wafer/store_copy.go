package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/copying"
	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

const (
	// migrateTimeout bounds a migration, which may wait for another one.
	migrateTimeout = 5 * time.Minute

	// maxWorkers is how many records can be in hand at once.
	maxWorkers = 32
)

type copyOptions struct {
	workers int
	settle  time.Duration
	dryRun  bool
}

func newStoreCopy() *cobra.Command {
	var o copyOptions
	cmd := &cobra.Command{
		Use:   "copy [flags] FROM TO",
		Short: "Copy sessions from one store to another while the program runs",
		Long: `Copy copies all sessions of the store FROM to the store TO, so that a program
can change its store without signing anybody out:

 1. Make the table in TO, if it has one: wafer store migrate TO.
 2. Restart every server with

      session.New(session.Migrate(session.Stored(to), session.Stored(from)), ...)

    It looks for a session in TO and then in FROM, and moves it when it changes.
 3. wafer store copy FROM TO, until a run copies none: a session may escape one
    run that was renewed, or was being saved, during it.
 4. Restart every server with session.Stored(to), and drop FROM.

As long as a server runs with session.Stored(from) alone, do not copy: what it
changes would be changed in FROM only.

Copy leaves FROM as it is, and never overwrites what the program has put into TO.
It looks at a session again when it was copied: at once, and after --settle, which
should be longer than the program's requests take. What was signed out in FROM by
then is deleted in TO, and what was changed in FROM replaces the copy. Sessions
that have expired or ended are left out.

Ctrl-C brings what was begun to its end and stops; a run after that goes on where
it stopped, as does one after the tool was killed.

A URL on the command line may be env:NAME, for the variable that has it.

Exit status: 0 if all was copied; 1 if a session could not be, or the copying was
stopped; 2 if nothing could be done.`,
		Example: `  wafer store copy --dry-run sqlite:sessions.db env:NEW_STORE
  wafer store copy sqlite:sessions.db env:NEW_STORE
  wafer store copy env:OLD_STORE redis://localhost:6379/0 --workers 16`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) != 2:
				return usageError{fmt.Errorf("two stores are wanted, FROM and TO, and there are %s", count(int64(len(args)), "argument"))}
			case o.workers < 1 || o.workers > maxWorkers:
				return usageError{fmt.Errorf("--workers must be from 1 to %d", maxWorkers)}
			case o.settle < 0 || o.settle > time.Hour:
				return usageError{errors.New("--settle must be from 0 to 1h")}
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
				return usageError{fmt.Errorf("FROM and TO are one store, %s", from)}
			}
			ctx, stop := untilInterrupted()
			defer stop()
			return withStore(ctx, from, func(source *stores.Store) error {
				return withStore(ctx, to, func(target *stores.Store) error {
					return o.copy(ctx, cmd, from, to, source, target)
				})
			})
		},
	}
	cmd.Flags().IntVar(&o.workers, "workers", 8, "copy `N` sessions at once")
	cmd.Flags().DurationVar(&o.settle, "settle", 5*time.Second, "look at a copy again after this `TIME`")
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "change nothing, and say what would be copied")
	return cmd
}

func (o *copyOptions) copy(ctx context.Context, cmd *cobra.Command, from, to *stores.Location, source, target *stores.Store) error {
	stderr := cmd.ErrOrStderr()
	bar := newProgress(stderr, "copying", source.Ordered)
	said := make(chan struct{})
	quiet := context.AfterFunc(ctx, func() {
		defer close(said)
		fmt.Fprintln(stderr, "wafer: stopping when what was begun is done; Ctrl-C again stops at once")
	})
	defer func() {
		if !quiet() {
			<-said
		}
	}()
	counts, err := copying.Run(ctx, source.Store, target.Store, copying.Options{
		Workers: o.workers,
		Settle:  o.settle,
		Timeout: openTimeout,
		DryRun:  o.dryRun,
		Listed:  bar.at,
		Failed: func(id store.ID, err error) {
			bar.clear()
			fmt.Fprintf(stderr, "wafer: %s was not copied: %s\n", id, to.Redact(from.Redact(message(err))))
		},
	})
	bar.end()
	if errors.Is(err, copying.ErrNoList) {
		return cannot(from, "list its sessions")
	}
	if failed := o.report(cmd, counts); failed != nil {
		return failed
	}
	switch {
	case ctx.Err() != nil:
		return partialError{errors.New("stopped before the end; run the same command again to go on")}
	case err != nil && counts.Listed == 0:
		return err
	case err != nil:
		return partialError{fmt.Errorf("%w; when that is mended, run the same command again to go on", err)}
	case counts.Failed > 0:
		return partialError{fmt.Errorf("%s could not be copied; run the same command again to try once more", count(int64(counts.Failed), "session"))}
	}
	return nil
}

// report says what was done.
func (o *copyOptions) report(cmd *cobra.Command, c copying.Counts) error {
	rows := []row{
		{"copied", strconv.Itoa(c.Copied)},
		{"already there", strconv.Itoa(c.There)},
		{"ended or expired", strconv.Itoa(c.Ended)},
		{"signed out meanwhile", strconv.Itoa(c.Gone)},
		{"failed", strconv.Itoa(c.Failed)},
	}
	if o.dryRun {
		rows[0].name = "to copy"
		rows = append(rows[:3], rows[4])
	}
	var out bytes.Buffer
	writeRows(&out, "", rows)
	_, err := cmd.OutOrStdout().Write(out.Bytes())
	return err
}

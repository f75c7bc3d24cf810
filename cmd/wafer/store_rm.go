package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

type rmOptions struct {
	filter
	all, yes bool
}

func newStoreRm() *cobra.Command {
	var o rmOptions
	cmd := command("store-rm")
	o.add(cmd, "delete")
	cmd.Flags().BoolVar(&o.all, "all", false, "delete all sessions")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, ids, err := splitStore(args)
		if err != nil {
			return err
		}
		if err := o.check(cmd, ids); err != nil {
			return err
		}
		return inStore(l, func(ctx context.Context, s *stores.Store) error {
			switch {
			case isStdin(ids):
				return o.removeListed(ctx, cmd, s)
			case len(ids) > 0:
				return o.remove(ctx, cmd, s, ids)
			}
			return o.removeFiltered(ctx, cmd, s)
		})
	}
	return cmd
}

func isStdin(ids []string) bool { return len(ids) == 1 && ids[0] == "-" }

func (o *rmOptions) check(cmd *cobra.Command, ids []string) error {
	if err := o.filter.check(cmd); err != nil {
		return err
	}
	switch filtered := o.all || o.owner != ""; {
	case o.all && o.owner != "":
		return misuse("--all and --owner are two ways to name sessions; give one of them")
	case filtered && len(ids) > 0:
		return misuse("IDs and --owner or --all are two ways to name sessions; give one of them")
	case !filtered && o.byUse():
		return misuse("--idle-for and --used-within need --owner or --all")
	case !filtered && len(ids) == 0:
		return misuse("no session given; give its ID, --owner or --all")
	case isStdin(ids) && !o.yes:
		return misuse("IDs from standard input need --yes, because rm cannot ask there")
	case o.all && !o.yes && !isTerminal(cmd.InOrStdin()):
		return misuse("--all needs --yes, because there is no terminal at which to ask")
	}
	for _, id := range ids {
		if err := checkPrefix(id); err != nil && !isStdin(ids) {
			return err
		}
	}
	return nil
}

// errDeclined: the user said no.
var errDeclined = partialError{errors.New("nothing was deleted")}

// remove looks for all sessions before it deletes one, so that a mistake in the last ID does not
// leave half of the work done.
func (o *rmOptions) remove(ctx context.Context, cmd *cobra.Command, s *stores.Store, prefixes []string) error {
	var found []store.ID
	var missing error
	for _, prefix := range prefixes {
		e, err := find(ctx, s, prefix)
		switch {
		case errors.Is(err, errNotThere):
			if missing != nil {
				fmt.Fprintf(cmd.ErrOrStderr(), "wafer: %s\n", message(missing))
			}
			missing = err
		case err != nil:
			return err
		case !slices.Contains(found, e.ID):
			found = append(found, e.ID)
		}
	}
	if len(found) > 1 && !o.confirmed(cmd, int64(len(found))) {
		return errDeclined
	}
	for i, id := range found {
		if err := deleteAndSay(ctx, cmd, s, id); err != nil {
			return partialIf(i > 0, err)
		}
	}
	return missing
}

// deleteAndSay deletes a session.
func deleteAndSay(ctx context.Context, cmd *cobra.Command, s *stores.Store, id store.ID) error {
	if err := s.Delete(ctx, id); err != nil {
		return fmt.Errorf("%s could not be deleted: %w", id, err)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), "deleted %s\n", id)
	return err // after which no further session may be deleted without saying so
}

// removeListed deletes the sessions whose IDs standard input has at the beginning of its lines.
func (o *rmOptions) removeListed(ctx context.Context, cmd *cobra.Command, s *stores.Store) error {
	lines := bufio.NewScanner(cmd.InOrStdin())
	line, deleted, missing := 0, 0, 0
	stopped := func(err error) error {
		return partialIf(deleted > 0, fmt.Errorf("line %d of standard input: %w; %s deleted before it", line, err, count(int64(deleted), "session")))
	}
	for lines.Scan() {
		line++
		fields := strings.Fields(lines.Text())
		if len(fields) == 0 {
			continue
		}
		id, err := store.ParseID(strings.ToLower(fields[0]))
		if err != nil {
			return stopped(fmt.Errorf("it does not begin with an ID of %d hexadecimal digits", len(id)*2))
		}
		switch _, err = s.Load(ctx, id); {
		case errors.Is(err, store.ErrNotFound):
			missing++
			continue
		case err == nil:
			err = deleteAndSay(ctx, cmd, s, id)
		}
		if err != nil {
			return stopped(err)
		}
		deleted++
	}
	switch err := lines.Err(); {
	case err != nil:
		line++
		return stopped(err)
	case line == 0:
		return errors.New("no ID on standard input")
	case missing > 0:
		return partial("%s not in the store; the others were deleted", count(int64(missing), "session"))
	}
	return nil
}

// removeFiltered deletes the sessions of an owner, or all, as far as their last use allows.
func (o *rmOptions) removeFiltered(ctx context.Context, cmd *cobra.Command, s *stores.Store) error {
	if !o.all || !o.yes { // the number is asked about, or that there is one
		var found int64
		if err := o.each(ctx, s, func(store.ID) error { found++; return nil }); err != nil {
			return err
		}
		switch {
		case found == 0:
			return partial("the store has no session%s", o.describe())
		case found > 1 && !o.confirmed(cmd, found):
			return errDeclined
		}
	}
	deleted, err := o.delete(ctx, cmd, s)
	text := count(int64(deleted), "session") + o.describe()
	switch {
	case err != nil && deleted == 0:
		return err
	case err != nil:
		return partial("%s deleted, and then: %w", text, err)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "deleted %s\n", text)
	return err
}

func (o *rmOptions) delete(ctx context.Context, cmd *cobra.Command, s *stores.Store) (deleted int, err error) {
	if index, ok := s.Store.(store.OwnerIndex); ok && o.owner != "" && !o.byUse() {
		return index.DeleteOwned(ctx, o.owner)
	}
	bar := newProgress(cmd.ErrOrStderr(), "deleting", false)
	defer bar.clear()
	err = o.each(ctx, s, func(id store.ID) error {
		if err := s.Delete(ctx, id); err != nil {
			return err
		}
		deleted++
		bar.add(1)
		return nil
	})
	return deleted, err
}

// each calls f for the records that the filter allows, except those that only say that a session
// has ended: they keep requests that were under way from bringing it back.
func (o *rmOptions) each(ctx context.Context, s *stores.Store, f func(store.ID) error) error {
	entries, err := o.entries(ctx, s)
	if err != nil {
		return err
	}
	for e, err := range entries {
		if err != nil {
			return err
		}
		if state, _ := driver.ParseRecord(e.Data); state == driver.Ended || state == driver.Moved {
			continue
		}
		if err := f(e.ID); err != nil {
			return err
		}
	}
	return nil
}

// confirmed asks at the terminal, if there is one.
func (o *rmOptions) confirmed(cmd *cobra.Command, sessions int64) bool {
	if o.yes || !isTerminal(cmd.InOrStdin()) {
		return true
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "Delete %s%s? [y/N] ", count(sessions, "session"), o.describe())
	answer, _ := bufio.NewReader(io.LimitReader(cmd.InOrStdin(), 100)).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

type rmOptions struct {
	owner string
	yes   bool
}

func newStoreRm() *cobra.Command {
	var o rmOptions
	cmd := &cobra.Command{
		Use:   "rm [flags] [URL] ID...",
		Short: "Delete sessions from a store, which signs their visitors out",
		Long: `Rm deletes sessions, by their ids or all those of an owner. Their visitors are
signed out, and requests that are under way do not bring them back.

An ID is as ls prints it, or as much of its beginning as no other has. Before it
deletes more than one session, rm asks, if there is a terminal to ask at.

Exit status: 0 if all were deleted; 1 if one was not found, or you said no; 2 if
nothing was done.`,
		Example: `  wafer store rm 5e884898da280471
  wafer store rm sqlite:sessions.db --owner ada --yes`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, ids, err := takeStore(args)
			if err != nil {
				return err
			}
			byOwner := cmd.Flags().Changed("owner")
			switch {
			case byOwner && o.owner == "":
				return usageError{errors.New("--owner is empty")}
			case byOwner && len(ids) > 0:
				return usageError{errors.New("--owner and IDs are two ways to name sessions; give one of them")}
			case !byOwner && len(ids) == 0:
				return usageError{errors.New("no session given; give its ID, or --owner")}
			}
			for _, id := range ids {
				if err := checkPrefix(id); err != nil {
					return err
				}
			}
			ctx, stop := untilInterrupted()
			defer stop()
			return withStore(ctx, l, func(s *stores.Store) error {
				if byOwner {
					return o.removeOwned(ctx, cmd, l, s)
				}
				return o.remove(ctx, cmd, l, s, ids)
			})
		},
	}
	cmd.Flags().StringVar(&o.owner, "owner", "", "delete all sessions of `OWNER`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

// errDeclined: the user said no.
var errDeclined = partialError{errors.New("nothing was deleted")}

// remove looks for all before it deletes one, so that a mistake in the last id
// does not leave half of the work done.
func (o *rmOptions) remove(ctx context.Context, cmd *cobra.Command, l *stores.Location, s *stores.Store, prefixes []string) error {
	var found []store.ID
	var missing []error
	seen := make(map[store.ID]bool)
	for _, prefix := range prefixes {
		e, err := find(ctx, l, s, prefix)
		switch {
		case errors.Is(err, errNotThere):
			missing = append(missing, err)
		case err != nil:
			return err
		case !seen[e.ID]:
			seen[e.ID] = true
			found = append(found, e.ID)
		}
	}
	if len(found) > 1 && !o.confirmed(cmd, fmt.Sprintf("Delete %s?", count(int64(len(found)), "session"))) {
		return errDeclined
	}
	for i, id := range found {
		if err := s.Delete(ctx, id); err != nil {
			err = fmt.Errorf("%s could not be deleted: %w", id, err)
			if i > 0 {
				err = partialError{err}
			}
			return err
		}
		if _, err := fmt.Fprintf(cmd.OutOrStdout(), "deleted %s\n", id); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	for _, err := range missing[:len(missing)-1] {
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: %s\n", message(err))
	}
	return missing[len(missing)-1]
}

func (o *rmOptions) removeOwned(ctx context.Context, cmd *cobra.Command, l *stores.Location, s *stores.Store) error {
	owned, err := ownedBy(ctx, l, s, o.owner)
	if err != nil {
		return err
	}
	var found int64
	for _, err := range owned {
		if err != nil {
			return err
		}
		found++
	}
	switch {
	case found == 0:
		return partialError{fmt.Errorf("the store has no session of %s", word(o.owner))}
	case found > 1 && !o.confirmed(cmd, fmt.Sprintf("Delete %s of %s?", count(found, "session"), word(o.owner))):
		return errDeclined
	}
	index, _ := stores.Optional[store.OwnerIndex](s)
	deleted, err := index.DeleteOwned(ctx, o.owner)
	if err != nil {
		return partialError{fmt.Errorf("%s of %s deleted, and then: %w", count(int64(deleted), "session"), word(o.owner), err)}
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "deleted %s of %s\n", count(int64(deleted), "session"), word(o.owner))
	return err
}

// confirmed asks at the terminal. Where there is none, who wrote the script has
// made up their mind.
func (o *rmOptions) confirmed(cmd *cobra.Command, question string) bool {
	if o.yes || !isTerminal(cmd.InOrStdin()) {
		return true
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s [y/N] ", question)
	answer, _ := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes"
}

package main

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store"
)

const (
	// storeVariable is the environment variable with the store's URL, if a command gets none. So
	// the password need not be on a command line.
	storeVariable = "WAFER_STORE"

	// fromEnv precedes the name of another such variable, instead of a URL.
	fromEnv = "env:"

	// openTimeout limits the wait for a server, in connecting and in each call.
	openTimeout = 15 * time.Second
)

func newStore() *cobra.Command {
	cmd := command("store")
	cmd.Args, cmd.RunE = knownCommand, noCommand
	cmd.AddCommand(newStoreLs(), newStoreStats(), newStoreShow(), newStoreRm(), newStorePurge(), newStoreCopy(), newStoreMigrate(), newStoreSchema())
	for _, c := range cmd.Commands() {
		if c.ValidArgsFunction == nil {
			c.ValidArgsFunction = completeStores
		}
	}
	return cmd
}

// parseStore reads a URL, or the variable that env: names.
func parseStore(text string) (*stores.Location, error) {
	if name, ok := strings.CutPrefix(text, fromEnv); ok {
		if text = os.Getenv(name); text == "" {
			return nil, fmt.Errorf("the environment variable %s is not set or empty; set it to the URL of a store", word(name))
		}
	}
	return stores.Parse(text)
}

// splitStore returns the store that the first argument names, if it has a colon as every URL has,
// or that of WAFER_STORE, and the other arguments.
func splitStore(args []string) (*stores.Location, []string, error) {
	if len(args) > 0 && strings.Contains(args[0], ":") {
		l, err := parseStore(args[0])
		return l, args[1:], err
	}
	switch {
	case os.Getenv(storeVariable) != "":
		l, err := parseStore(fromEnv + storeVariable)
		return l, args, err
	case len(args) > 0:
		return nil, nil, misuse("no store given, because %q is not a URL; give one, such as sqlite:sessions.db, or set %s", stores.Shown(args[0]), storeVariable)
	}
	return nil, nil, misuse("no store given; give its URL, such as sqlite:sessions.db, or set %s", storeVariable)
}

// onlyStore is splitStore for commands without other arguments.
func onlyStore(args []string) (*stores.Location, error) {
	l, rest, err := splitStore(args)
	if err == nil && len(rest) > 0 {
		err = misuse("expected only the URL of a store, got %q (a URL has a colon: sqlite:%[1]s is a file)", stores.Shown(rest[0]))
	}
	return l, err
}

// inOnlyStore is inStore for commands whose only argument may be a store.
func inOnlyStore(args []string, f func(context.Context, *stores.Store) error) error {
	l, err := onlyStore(args)
	if err != nil {
		return err
	}
	return inStore(l, f)
}

// inStore calls f with an open store and a context that ends at the first interrupt.
func inStore(l *stores.Location, f func(context.Context, *stores.Store) error) error {
	ctx, stop := untilInterrupted()
	defer stop()
	return withStore(ctx, l, slog.New(slog.DiscardHandler), f)
}

// withStore opens a store, or says within openTimeout that it cannot, and calls f.
func withStore(ctx context.Context, l *stores.Location, logger *slog.Logger, f func(context.Context, *stores.Store) error) error {
	opening, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	s, err := l.Open(opening, logger)
	if err != nil {
		return err
	}
	err = f(ctx, s)
	if closing := s.Close(); err == nil && closing != nil {
		err = fmt.Errorf("%s could not be closed: %w", l, closing)
	}
	if err == nil {
		return nil
	}
	return redactedError{l, err}
}

// A redactedError is an error from which a URL's password was removed.
type redactedError struct {
	l *stores.Location
	error
}

func (e redactedError) Error() string { return e.l.Redact(e.error.Error()) }
func (e redactedError) Unwrap() error { return e.error }

// untilInterrupted returns a context that ends at the first interrupt. The second one ends the
// program at once.
func untilInterrupted() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// isTerminal reports whether a person types what a stream reads, or sees at once what it writes.
func isTerminal(stream any) bool {
	if inner, ok := stream.(*writer); ok {
		stream = inner.w
	}
	file, ok := stream.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

// cannot says that a store does not have an ability.
func cannot(s *stores.Store, what string) error {
	return fmt.Errorf("%s cannot %s: %s has no command for it", s, what, s.Engine())
}

// all is every record of a store, if its engine can list them.
func all(ctx context.Context, s *stores.Store) (iter.Seq2[store.Entry, error], error) {
	lister, ok := s.Store.(store.Lister)
	if !ok {
		return nil, cannot(s, "list its sessions")
	}
	return lister.All(ctx), nil
}

// completeStores offers the beginnings of URLs.
func completeStores(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, scheme := range stores.Schemes() {
		all = append(all, scheme+":")
	}
	return all, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

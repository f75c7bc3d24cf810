package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
)

const (
	// storeVariable is the environment variable that has the store's URL where
	// none is given, so that its password is on no command line.
	storeVariable = "WAFER_STORE"

	// fromEnv begins the name of another such variable, in the place of a URL.
	fromEnv = "env:"

	// openTimeout bounds the wait for a server, in connecting and in each call.
	openTimeout = 15 * time.Second
)

func newStore() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "store",
		Short: "Look after the sessions that are kept in a store",
		Long: `Store lists, shows, deletes and copies the sessions that a program keeps in a
store, by session.Stored or session.Overflow.

A store is named by a URL:

  sqlite:sessions.db                                a file, or sqlite:/a/path
  postgres://user:password@host:5432/database       options as of pgx
  mysql://user:password@host:3306/database          options as of go-sql-driver;
                                                    MariaDB too
  redis://user:password@host:6379/0                 options as of go-redis;
                                                    rediss:// for TLS
  redis://host1:6379?addr=host2:6379&addr=host3:6379   a Redis Cluster
  redis://host:26379/0?master_name=name             a server behind Sentinel
  memcache://host:11211                             further servers as addr=;
                                                    only show and rm (with a
                                                    full ID) and copying to it
                                                    work: memcached cannot list
                                                    sessions

Further options, after a ? or &:

  table=NAME    sqlite, postgres, mysql: the table, and not wafer_sessions
  socket=PATH   mysql: the server's socket, and not its host
  prefix=TEXT   redis, memcache: what the keys begin with, and not wafer:

In a name or a password every character but letters, digits and -._~ is written
as % and two hexadecimal digits.

Where no URL is given it is taken from ` + storeVariable + `; env:NAME in the place of a URL
takes it from the variable NAME. Other users of the machine can see what is on
the command line, so passwords are better there, or in PGPASSWORD or ~/.pgpass.

Exit status: 0 if all was done; 1 if a session was not found, or something was
not done to the end; 2 if nothing was done: bad arguments, a store that cannot
be reached or has no table.`,
		Example: `  wafer store ls sqlite:sessions.db
  export WAFER_STORE=postgres://app@db.example.org/app
  wafer store ls --owner ada
  wafer store copy sqlite:sessions.db env:WAFER_STORE`,
		Args: func(cmd *cobra.Command, args []string) error { return knownCommand(cmd, args) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{errors.New("no command given; there are " + commandNames(cmd))}
		},
	}
	cmd.AddCommand(newStoreLs(), newStoreShow(), newStoreRm(), newStorePurge(), newStoreCopy(), newStoreMigrate(), newStoreSchema())
	return cmd
}

// parseStore reads a URL, or the variable that env: names.
func parseStore(text string) (*stores.Location, error) {
	if name, ok := strings.CutPrefix(text, fromEnv); ok {
		if text = os.Getenv(name); text == "" {
			return nil, fmt.Errorf("the environment variable %s is not set or empty; give it the URL of a store", word(name))
		}
	}
	l, err := stores.Parse(text)
	if err != nil {
		return nil, usageError{err}
	}
	return l, nil
}

// takeStore returns the store that the first argument names, if it has a colon
// as every URL has, or that of WAFER_STORE, and the other arguments.
func takeStore(args []string) (*stores.Location, []string, error) {
	if len(args) > 0 && strings.Contains(args[0], ":") {
		l, err := parseStore(args[0])
		return l, args[1:], err
	}
	if os.Getenv(storeVariable) == "" {
		if len(args) > 0 {
			return nil, nil, usageError{fmt.Errorf("no store given, for %q is no URL; give one, such as sqlite:sessions.db, or set %s", stores.Redact(args[0]), storeVariable)}
		}
		return nil, nil, usageError{errors.New("no store given; give its URL, such as sqlite:sessions.db, or set " + storeVariable)}
	}
	l, err := parseStore(fromEnv + storeVariable)
	return l, args, err
}

// takeOnlyStore is takeStore for commands without other arguments.
func takeOnlyStore(args []string) (*stores.Location, error) {
	l, rest, err := takeStore(args)
	switch {
	case err != nil:
		return nil, err
	case len(rest) > 0:
		return nil, usageError{fmt.Errorf("expected only the URL of a store, got %q (a URL has a colon: sqlite:%[1]s is a file)", stores.Redact(rest[0]))}
	}
	return l, nil
}

// openStore opens a store, or says within openTimeout that it cannot.
func openStore(ctx context.Context, l *stores.Location) (*stores.Store, error) {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	return l.Open(ctx)
}

// withStore calls f with an open store. A failure of f is the store's, unless
// it says otherwise.
func withStore(ctx context.Context, l *stores.Location, f func(*stores.Store) error) error {
	s, err := openStore(ctx, l)
	if err != nil {
		return err
	}
	err = f(s)
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

// untilInterrupted returns a context that ends when the user wants to stop.
// The second time they mean it: the program ends at once.
func untilInterrupted() (context.Context, context.CancelFunc) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// onTerminal reports whether what is written is seen by a person at once.
func onTerminal(w io.Writer) bool {
	if inner, ok := w.(*writer); ok {
		w = inner.w
	}
	file, ok := w.(*os.File)
	return ok && (isatty.IsTerminal(file.Fd()) || isatty.IsCygwinTerminal(file.Fd()))
}

// cannot says that a store lacks an ability.
func cannot(l *stores.Location, what string) error {
	return fmt.Errorf("%s cannot %s: %s has no way to", l, what, l.Engine())
}

// completeStores offers how the URL of a store begins.
func completeStores(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var all []string
	for _, scheme := range stores.Schemes() {
		all = append(all, scheme+":")
	}
	return all, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}

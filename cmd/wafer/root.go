package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
)

// The exit statuses, a promise to scripts.
const (
	statusGood    = 0 // done; for inspect, the signature holds or was not checked
	statusInvalid = 1 // inspect: the signature does not hold, or there is no session in it
	statusPartial = 1 // store: something was not found, or was not done to the end
	statusMisuse  = 2 // nothing was done: bad arguments, no key, unreadable input
)

// errInvalid ends inspect with statusInvalid. The report has said it all.
var errInvalid = errors.New("the token is not valid")

// run is the program: it returns the exit status.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	out := &writer{w: stdout}
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(out)
	root.SetErr(stderr)
	command, err := root.ExecuteC()
	switch {
	case out.err != nil:
		fmt.Fprintf(stderr, "wafer: cannot write to standard output: %v\n", out.err)
		return statusMisuse
	case err == nil:
		return statusGood
	case errors.Is(err, errInvalid):
		return statusInvalid
	}
	fmt.Fprintf(stderr, "wafer: %s\n", message(err))
	if errors.As(err, new(partialError)) {
		return statusPartial
	}
	if errors.As(err, new(usageError)) {
		fmt.Fprintf(stderr, "Run `%s --help` for how it is used.\n", command.CommandPath())
	}
	return statusMisuse
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "wafer",
		Short: "Make secret keys, and look into session cookies and stores",
		Long: `Wafer generates and rotates secret keys, decodes session cookies, signs cookies for
tests, and manages stored sessions, of programs that use github.com/wafer-go/wafer.
It also decodes and signs the session cookies of Flask programs.`,
		Example: `  export SECRET_KEY=$(wafer keygen)
  wafer inspect 'Cookie: __Host-session=eyJ1c2VybmFtZSI6ImFkYSJ9.ZVPxAA.PYv...'
  wafer sign '{"username": "ada"}'
  wafer store ls sqlite:sessions.db`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usageError{errors.New("no command given; there are " + commandNames(cmd))}
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.SuggestionsMinimumDistance = 2 // letters that a typing error changes
	root.AddCommand(newKeygen(), newMan(), newRotate(), newInspect(), newSign(), newStore(), newServe(), newVersion(), newExitCodes())
	root.SetHelpCommand(newHelp())
	return root
}

// newHelp replaces cobra's own, which takes an unknown command for success.
func newHelp() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Show the help of a command",
		Example: "  wafer help inspect",
		RunE: func(cmd *cobra.Command, args []string) error {
			about, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return knownCommand(cmd.Root(), args)
			}
			return about.Help()
		},
	}
}

// knownCommand refuses what is left over when no command was found.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", stores.Redact(args[0]))
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return usageError{fmt.Errorf("%s; did you mean %s?", text, strings.Join(near, " or "))}
	}
	return usageError{fmt.Errorf("%s; there are %s", text, commandNames(root))}
}

func commandNames(root *cobra.Command) string {
	var names []string
	for _, c := range root.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return strings.Join(names, ", ")
}

// atMostOne allows one argument, called what.
func atMostOne(what, advice string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{fmt.Errorf("expected at most one %s, got %d arguments; %s", what, len(args), advice)}
		}
		return nil
	}
}

// none allows no argument.
func none(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("expected no argument, got %q", stores.Redact(args[0]))}
	}
	return nil
}

// A usageError is one that the command's help would have prevented.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// message is err without the name of the package that made it, which means
// nothing to who runs the tool.
func message(err error) string {
	text := err.Error()
	for _, prefix := range []string{"secret: ", "flask: ", "session: ", "store: ", "sqlstore: ", "redisstore: ", "memcachestore: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return stores.Redact(text)
}

// A partialError is one that ends the tool with statusPartial.
type partialError struct{ error }

func (e partialError) Unwrap() error { return e.error }

// A writer keeps the first error of w, so that a full disk or a closed pipe
// does not pass for success.
type writer struct {
	w   io.Writer
	err error
}

func (w *writer) Write(p []byte) (int, error) {
	if w.err != nil {
		return 0, w.err
	}
	n, err := w.w.Write(p)
	w.err = err
	return n, err
}

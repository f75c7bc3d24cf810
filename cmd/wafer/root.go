package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
)

// The exit statuses, a promise to scripts.
const (
	statusGood    = 0 // success; inspect: the token is valid, or was not checked
	statusInvalid = 1 // inspect: the token is not valid, or is not a session
	statusPartial = 1 // something was not found, or was not done to the end
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
	if errors.As(err, new(stores.UsageError)) {
		fmt.Fprintf(stderr, "Run `%s --help` to see how it is used.\n", command.CommandPath())
	}
	return statusMisuse
}

func newRoot() *cobra.Command {
	root := command("wafer")
	root.Version = version()
	root.SilenceErrors, root.SilenceUsage = true, true
	root.Args, root.RunE = knownCommand, noCommand
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		return misuse("%s", stores.Shown(err.Error()))
	})
	root.SuggestionsMinimumDistance = 2 // letters that a typing error changes
	root.AddCommand(newKeygen(), newMan(), newRotate(), newInspect(), newSign(), newCheck(), newStore(), newServe(), newVersion(), command("exit-codes"))
	root.SetHelpCommand(newHelp())
	return root
}

// newHelp replaces cobra's own, for which an unknown command is not an error.
func newHelp() *cobra.Command {
	cmd := command("help")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		about, rest, err := cmd.Root().Find(args)
		if err != nil || len(rest) > 0 {
			return knownCommand(cmd.Root(), args)
		}
		return about.Help()
	}
	return cmd
}

func newVersion() *cobra.Command {
	cmd := command("version")
	cmd.Args = none
	cmd.Run = func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), cmd.Root().Version) }
	return cmd
}

// version is what the go command wrote into the program when it built it: "(devel)" for a build in
// a checkout that git does not know.
func version() string {
	number := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		number = info.Main.Version
	}
	return fmt.Sprintf("wafer %s %s %s/%s", number, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// misuse returns an error that the command's help would have prevented.
func misuse(format string, args ...any) error { return stores.Misuse(format, args...) }

// knownCommand refuses what is left over when no command was found.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	text := fmt.Sprintf("unknown command %q", stores.Shown(args[0]))
	if near := root.SuggestionsFor(args[0]); len(near) > 0 {
		return misuse("%s; did you mean %s?", text, strings.Join(near, " or "))
	}
	return misuse("%s; there are %s", text, commandNames(root))
}

func noCommand(cmd *cobra.Command, _ []string) error {
	return misuse("no command given; there are %s", commandNames(cmd))
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
			return misuse("expected at most one %s, got %d arguments; %s", what, len(args), advice)
		}
		return nil
	}
}

// none allows no argument.
func none(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return misuse("expected no argument, got %q", stores.Shown(args[0]))
	}
	return nil
}

// A partialError is one that ends the tool with statusPartial.
type partialError struct{ error }

func (e partialError) Unwrap() error { return e.error }

// partial returns an error about something that was not found, or not done to the end.
func partial(format string, args ...any) error { return partialError{fmt.Errorf(format, args...)} }

// partialIf returns err, which ends the tool with statusPartial if a part was done.
func partialIf(done bool, err error) error {
	if done {
		return partialError{err}
	}
	return err
}

// message is what a terminal shows of err: without the name of the package that made it, without
// passwords, and without what a terminal would act on.
func message(err error) string {
	return string(printable([]byte(stores.Redact(stores.WithoutPackage(err.Error())))))
}

// A writer keeps the first error of w, so that a full disk or a closed pipe is not success. So
// commands need not look at the errors of what they write to standard output.
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

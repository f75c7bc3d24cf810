// Release checks that the repository can be released, and tags a version.
//
//	go run -C internal/release . check [-version v0.1.0] [-only files,api] [-out DIR]
//	go run -C internal/release . licences
//	go run -C internal/release . tag v0.1.0 [--write] [--sign]
//
// Nothing is ever pushed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := command(ctx, os.Args[1:], os.Stdout)
	switch {
	case errors.Is(err, flag.ErrHelp):
	case errors.Is(err, errFailed):
		os.Exit(1)
	case err != nil:
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

// command runs what args name, in the repository of the current folder.
func command(ctx context.Context, args []string, w io.Writer) error {
	if len(args) == 0 {
		return errors.New("say what to do: check, licences, or tag VERSION")
	}
	root, err := git(ctx, ".", "rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("run this in a checkout of the repository: %w", err)
	}
	switch args[0] {
	case "check":
		return checkCommand(ctx, root, args[1:], w)
	case "tag":
		return tagCommand(ctx, root, args[1:], w)
	case "licences":
		return writeLicences(ctx, root, w)
	default:
		return fmt.Errorf("there is no command %q; there are check, licences and tag", args[0])
	}
}

func checkCommand(ctx context.Context, root string, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(w)
	version := flags.String("version", "", "the `version` to be released; without it, the next one that the changes allow")
	only := flags.String("only", "", "the `names` of the checks to run, with commas; without it, all")
	out := flags.String("out", "", "leave the programs, their SBOMs and checksums in this `folder`, which is made in the root of the repository if its name is not absolute")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("check takes no argument, and got %q", flags.Arg(0))
	}
	c := &checks{Root: root, Version: *version, Asked: *version != "", Out: *out}
	if *out != "" && !filepath.IsAbs(*out) {
		c.Out = filepath.Join(root, *out)
	}
	var names []string
	if *only != "" {
		names = strings.Split(*only, ",")
	}
	return runChecks(ctx, c, names, w)
}

// Release does what only this repository needs of a release: it releases many
// modules under one number. scripts/release-check and scripts/release run it;
// docs/releasing.md describes the whole.
//
//	release modules                          print the folders of the modules that are released
//	release rehearse VERSION FOLDER [sign]   make the release commit and its tags in FOLDER/clone
//
// It never pushes.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path"
	"slices"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := command(ctx, ".", os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "release: %v\n", err)
		os.Exit(1)
	}
}

// command runs what args name, in the repository that contains dir.
func command(ctx context.Context, dir string, args []string, w io.Writer) error {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return fmt.Errorf("run this in a checkout of the repository: %w", err)
	}
	t, err := readTree(root)
	if err != nil {
		return err
	}
	switch {
	case len(args) == 1 && args[0] == "modules":
		for _, m := range t.Released() {
			_, _ = fmt.Fprintln(w, path.Join(".", m.Dir))
		}
		return nil
	case len(args) >= 3 && args[0] == "rehearse":
		return rehearse(ctx, root, args[1], args[2], slices.Contains(args[3:], "sign"))
	}
	return fmt.Errorf("unknown command %q; use modules, or rehearse VERSION FOLDER [sign]", args)
}

// run runs a program in a folder, with env added to the environment, and
// returns its output without the end of the last line. The error contains the
// command, the folder and the output.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	var out, errs strings.Builder
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = dir, append(os.Environ(), env...), &out, &errs
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %s, in %s: %w\n%s%s", name, strings.Join(args, " "), dir, err, errs.String(), out.String())
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

func git(ctx context.Context, repo string, args ...string) (string, error) {
	return run(ctx, repo, nil, "git", args...)
}

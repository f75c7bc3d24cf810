package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// checks is one run of release-check over a commit of the repository.
type checks struct {
	Root    string // the repository; it is only read
	Commit  string // what is checked
	Version string // what it would be released as, such as v0.1.0
	Asked   bool   // whether somebody named the version; else it is a guess
	Out     string // where the built programs are left; empty for nowhere

	tmp      string // removed at the end
	tree     *tree  // a clone of the commit
	changes  []apiChange
	done     *rehearsal
	bad      error // what rehearse said
	programs []program
	sboms    [][]byte // one for each program
}

// A check has a name, and does one thing. It returns what it found in a line,
// and where that will not do an error that says what to do about it.
type check struct {
	Name string
	Run  func(context.Context, *checks) (string, error)
}

// everyCheck is in the order in which they run: the quick ones first.
var everyCheck = []check{
	{"modules", checkModules},
	{"files", checkFiles},
	{"changelog", checkChangelog},
	{"links", checkLinks},
	{"tidy", checkTidy},
	{"api", checkAPI},
	{"licences", checkLicences},
	{"rehearsal", checkRehearsal},
	{"consumer", checkConsumer},
	{"reproducible", checkReproducible},
	{"sbom", checkSBOM},
}

// errFailed is what runChecks returns when a check did not pass. Everything
// that there is to say has been printed.
var errFailed = errors.New("the checks failed")

// runChecks makes the clone and runs those checks whose names are in only, or
// all of them, and prints a line of each. It goes on after a failure.
func runChecks(ctx context.Context, c *checks, only []string, w io.Writer) error {
	if err := knownChecks(only); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "release-check-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	c.tmp = tmp
	if err := c.prepare(ctx, w); err != nil {
		return err
	}
	var failed []string
	for _, check := range everyCheck {
		if len(only) > 0 && !slices.Contains(only, check.Name) {
			continue
		}
		start := time.Now()
		found, err := check.Run(ctx, c)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		took := time.Since(start).Round(time.Second)
		if err != nil {
			failed = append(failed, check.Name)
			_, _ = fmt.Fprintf(w, "FAIL  %-13s %s\n", check.Name, strings.ReplaceAll(err.Error(), "\n", "\n      "))
			continue
		}
		_, _ = fmt.Fprintf(w, "ok    %-13s %s (%v)\n", check.Name, found, took)
	}
	if len(failed) > 0 {
		_, _ = fmt.Fprintf(w, "release-check: FAILED: %s\n", strings.Join(failed, ", "))
		return errFailed
	}
	if c.Out != "" {
		if err := c.writeOut(ctx); err != nil {
			return err
		}
		_, _ = fmt.Fprintf(w, "note: the programs, their SBOMs, licences and checksums are in %s\n", c.Out)
	}
	if len(only) > 0 {
		_, _ = fmt.Fprintln(w, "release-check: these passed, and the others were not run")
		return nil
	}
	_, _ = fmt.Fprintf(w, "release-check: %s may be released from %.12s\n", c.Version, c.Commit)
	if !c.Asked {
		return nil
	}
	return os.WriteFile(passFile(ctx, c.Root), []byte(pass(c.Commit, c.Version)), 0o600)
}

func knownChecks(names []string) error {
	for _, name := range names {
		if !slices.ContainsFunc(everyCheck, func(c check) bool { return c.Name == name }) {
			var known []string
			for _, c := range everyCheck {
				known = append(known, c.Name)
			}
			return fmt.Errorf("there is no check called %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	return nil
}

// prepare makes the clone that the checks read, and finds the version.
func (c *checks) prepare(ctx context.Context, w io.Writer) error {
	var err error
	if c.Commit, err = git(ctx, c.Root, "rev-parse", "--verify", "HEAD^{commit}"); err != nil {
		return fmt.Errorf("release-check needs the repository's git history: %w", err)
	}
	clone := filepath.Join(c.tmp, "checked")
	if err := cloneCommit(ctx, c.Root, c.Commit, clone); err != nil {
		return err
	}
	if c.tree, err = readTree(clone); err != nil {
		return err
	}
	changed, err := git(ctx, c.Root, "status", "--porcelain")
	if err != nil {
		return err
	}
	if n := len(lines(changed)); n > 0 {
		_, _ = fmt.Fprintf(w, "note: %d files of the working tree are not committed, and not checked\n", n)
	}
	if c.Asked {
		return validVersion(c.Version)
	}
	changes, err := c.apiChanges(ctx)
	if err != nil {
		return err
	}
	c.Version = proposed(changes)
	_, _ = fmt.Fprintf(w, "note: no version was named; %s is the next that the changes allow\n", c.Version)
	return nil
}

// modules is the module cache of this run, which is removed with the rest.
func (c *checks) modules() string { return filepath.Join(c.tmp, "modules") }

// rehearsed is the rehearsal, which is made once.
func (c *checks) rehearsed(ctx context.Context) (*rehearsal, error) {
	if c.done == nil && c.bad == nil {
		c.done, c.bad = rehearse(ctx, c.tree.Root, c.Commit, c.Version, filepath.Join(c.tmp, "rehearsal"), c.modules())
	}
	return c.done, c.bad
}

// failures collects what is wrong, so that one run tells all of it.
type failures []string

func (f *failures) add(format string, args ...any) {
	*f = append(*f, fmt.Sprintf(format, args...))
}

func (f failures) err() error {
	if len(f) == 0 {
		return nil
	}
	return errors.New(strings.Join(f, "\n"))
}

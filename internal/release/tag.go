package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// A tagging is one run of the tag command.
type tagging struct {
	Root    string
	Version string
	Write   bool // make the tags; else only say which they would be
	Sign    bool // with git's key, as git tag --sign does
}

func tagCommand(ctx context.Context, root string, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("tag", flag.ContinueOnError)
	flags.SetOutput(w)
	write := flags.Bool("write", false, "make the tags, in this repository alone; without it, only say what would be done")
	sign := flags.Bool("sign", false, "sign the tags with git's key")
	_ = flags.Bool("dry-run", true, "the default; --write is its opposite")
	var rest []string
	for len(args) > 0 { // flags may stand before the version and after it
		if err := flags.Parse(args); err != nil {
			return err
		}
		if args = flags.Args(); len(args) > 0 {
			rest, args = append(rest, args[0]), args[1:]
		}
	}
	if len(rest) != 1 {
		return errors.New("name one version, such as v0.1.0")
	}
	t := &tagging{Root: root, Version: rest[0], Write: *write, Sign: *sign}
	return t.run(ctx, w)
}

// run makes the release commit in a clone of HEAD, brings it into the
// repository on no branch, and tags it. Without Write nothing is left behind.
// Nothing is ever pushed.
func (t *tagging) run(ctx context.Context, w io.Writer) error {
	if err := validVersion(t.Version); err != nil {
		return err
	}
	commit, err := git(ctx, t.Root, "rev-parse", "--verify", "HEAD^{commit}")
	if err != nil {
		return err
	}
	if err := t.ready(ctx, commit); err != nil {
		if t.Write {
			return err
		}
		_, _ = fmt.Fprintf(w, "note: as things are, --write would refuse: %v\n", err)
	}
	tmp, err := os.MkdirTemp("", "release-tag-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	r, err := rehearse(ctx, t.Root, commit, t.Version, filepath.Join(tmp, "clone"), filepath.Join(tmp, "modules"))
	if err != nil {
		return err
	}
	changed, err := git(ctx, r.Tree.Root, "diff", "--stat=100", commit, r.Commit)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(w, "release commit %s, whose parent is %.12s and which is on no branch:\n%s\n", r.Commit, commit, changed)
	var tags []string
	for _, m := range r.Tree.Released() {
		tags = append(tags, m.Tag(t.Version))
	}
	verb := "would make"
	if t.Write {
		verb = "made"
		if err := t.tag(ctx, r, tags); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(w, "%s %d tags of it:\n  %s\n", verb, len(tags), strings.Join(tags, "\n  "))
	if t.Write {
		_, _ = fmt.Fprintf(w, "nothing is pushed. To publish, which cannot be taken back:\n  git push --atomic origin %s\nTo think again:\n  git tag --delete %[1]s\n", strings.Join(tags, " "))
	} else {
		_, _ = fmt.Fprintln(w, "nothing was changed; --write makes the tags")
	}
	return nil
}

// ready tells what stands in the way of tagging a commit.
func (t *tagging) ready(ctx context.Context, commit string) error {
	tree, err := readTree(t.Root)
	if err != nil {
		return err
	}
	changed, err := git(ctx, t.Root, "status", "--porcelain")
	if err != nil {
		return err
	}
	if changed != "" {
		return fmt.Errorf("the working tree has changes; commit them or put them away first, so that what is tested is what is tagged:\n%s", changed)
	}
	for _, m := range tree.Released() {
		last, err := lastTag(ctx, t.Root, m)
		if err != nil {
			return err
		}
		if last == t.Version {
			return fmt.Errorf("there is a tag %s; a version is never tagged twice, so release the next one", m.Tag(t.Version))
		}
	}
	passed, err := os.ReadFile(passFile(ctx, t.Root))
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	if string(passed) != pass(commit, t.Version) {
		return fmt.Errorf("%.12s has not passed as %s; run make release-check VERSION=%[2]s", commit, t.Version)
	}
	return nil
}

// tag brings the release commit into the repository, and makes all tags or none.
func (t *tagging) tag(ctx context.Context, r *rehearsal, tags []string) error {
	if _, err := git(ctx, t.Root, "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", r.Tree.Root, "HEAD"); err != nil {
		return err
	}
	kind := "--annotate"
	if t.Sign {
		kind = "--sign"
	}
	for i, tag := range tags {
		if _, err := git(ctx, t.Root, "tag", kind, "--message", "wafer "+t.Version, tag, r.Commit); err != nil {
			if i > 0 {
				_, undone := git(ctx, t.Root, append([]string{"tag", "--delete"}, tags[:i]...)...)
				err = errors.Join(err, undone)
			}
			return err
		}
	}
	return nil
}

// passFile is where check leaves word, inside .git, of the commit and the
// version that passed.
func passFile(ctx context.Context, root string) string {
	name, err := git(ctx, root, "rev-parse", "--git-path", "wafer-release-check")
	if err != nil {
		return ""
	}
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(root, name)
}

func pass(commit, version string) string { return commit + " " + version + "\n" }

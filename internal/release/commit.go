package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	modpath "golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"
)

// rehearse clones HEAD into dir/clone, and makes there the release commit of a
// version and its annotated tags, signed with git's key if sign is true.
//
// In that commit every module requires our other modules at the version, and
// the released ones replace nothing. Its names and dates are those of its
// parent, so its ID depends on the parent and the version only.
func rehearse(ctx context.Context, root, version, dir string, sign bool) error {
	if err := validVersion(version); err != nil {
		return err
	}
	clone := filepath.Join(dir, "clone")
	if _, err := git(ctx, root, "clone", "--quiet", root, clone); err != nil {
		return err
	}
	if _, err := git(ctx, clone, "checkout", "--quiet", "--detach"); err != nil {
		return err
	}
	t, err := readTree(clone)
	if err != nil {
		return err
	}
	sums := make(map[string][]string)
	for _, m := range t.Modules {
		if err := pin(m, version, sums); err != nil {
			return err
		}
		if _, err := git(ctx, clone, "add", "--all"); err != nil {
			return err
		}
		if !m.Released() {
			continue
		}
		// Later modules do not change this one, so its sum is final.
		if sums[m.Path()], err = moduleSums(ctx, t.Root, m, version); err != nil {
			return err
		}
	}
	who, err := git(ctx, clone, "log", "-1", "--format=%cn%n%ce%n%cI")
	if err != nil {
		return err
	}
	ident := append(strings.Split(who, "\n"), "", "")
	var env []string
	for _, role := range []string{"AUTHOR", "COMMITTER"} {
		env = append(env, "GIT_"+role+"_NAME="+ident[0], "GIT_"+role+"_EMAIL="+ident[1], "GIT_"+role+"_DATE="+ident[2])
	}
	message := "release " + version + "\n\nThe modules require each other at this version, and replace nothing."
	if _, err := run(ctx, clone, env, "git", "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--allow-empty", "-m", message); err != nil {
		return err
	}
	kind := "--annotate"
	if sign {
		kind = "--sign"
	}
	for _, m := range t.Released() {
		if _, err := run(ctx, clone, env, "git", "tag", kind, "--message", "wafer "+version, m.Tag(version)); err != nil {
			return err
		}
	}
	return nil
}

// pin rewrites the go.mod of a module for a release, and adds to its go.sum the
// sums of our modules that it requires.
func pin(m module, version string, sums map[string][]string) error {
	var known []string
	for _, p := range m.Needs() {
		if err := m.File.AddRequire(p, version); err != nil {
			return err
		}
		known = append(known, sums[p]...)
	}
	for _, r := range slices.Clone(m.File.Replace) {
		if !m.Released() {
			break // such a module is only built in a clone
		}
		if err := m.File.DropReplace(r.Old.Path, r.Old.Version); err != nil {
			return err
		}
	}
	m.File.Cleanup()
	if err := os.WriteFile(filepath.Join(m.Full, "go.mod"), modfile.Format(m.File.Syntax), 0o600); err != nil {
		return err
	}
	if !m.Released() || len(known) == 0 {
		return nil
	}
	name := filepath.Join(m.Full, "go.sum")
	text, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	return os.WriteFile(name, []byte(addSums(string(text), known)), 0o600)
}

// addSums adds lines to the text of a go.sum, in the order of the go command: by
// path, then by version. We add one version of each path.
func addSums(text string, added []string) string {
	all := slices.Concat(strings.Split(strings.TrimSpace(text), "\n"), added)
	slices.SortStableFunc(all, func(a, b string) int {
		return strings.Compare(strings.Fields(a + " .")[0], strings.Fields(b + " .")[0])
	})
	return strings.TrimLeft(strings.Join(slices.Compact(all), "\n")+"\n", "\n")
}

// moduleSums returns the two lines of a go.sum for a module in the index of a
// clone: the hash of its zip, made as the go command makes it, and of its go.mod.
func moduleSums(ctx context.Context, root string, m module, version string) ([]string, error) {
	revision, err := git(ctx, root, "write-tree")
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "wafer-*.zip")
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = file.Close(), os.Remove(file.Name()) }()
	if err := zip.CreateFromVCS(file, modpath.Version{Path: m.Path(), Version: version}, root, revision, m.Dir); err != nil {
		return nil, fmt.Errorf("no zip can be made of %s: %w", m.Path(), err)
	}
	whole, err := dirhash.HashZip(file.Name(), dirhash.Hash1)
	if err != nil {
		return nil, err
	}
	text := modfile.Format(m.File.Syntax)
	gomod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	})
	name := m.Path() + " " + version
	return []string{name + " " + whole, name + "/go.mod " + gomod}, err
}

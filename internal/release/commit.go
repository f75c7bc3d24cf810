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

// commitRelease makes the commit that a version's tags point at, in a clone
// that nobody else uses, and returns its id. In it every module requires our
// other modules at that version, the released ones have no replace lines, and
// their go.sum knows our own modules too.
//
// The commit's names and dates are those of its parent, so that anybody who
// makes it from the same parent gets the same id.
func commitRelease(ctx context.Context, clone, version string) (string, error) {
	t, err := readTree(clone)
	if err != nil {
		return "", err
	}
	sums := make(map[string][]string)
	for _, m := range t.Modules {
		if err := pinModule(t, m, version, sums); err != nil {
			return "", err
		}
		if !m.Released() {
			continue
		}
		// Nothing that comes later changes this module, so its sum can be
		// taken now.
		if sums[m.Path()], err = moduleSums(ctx, t, m, version); err != nil {
			return "", err
		}
	}
	if _, err := git(ctx, clone, "add", "--all"); err != nil {
		return "", err
	}
	who, err := git(ctx, clone, "log", "-1", "--format=%cn%n%ce%n%cI")
	if err != nil {
		return "", err
	}
	ident := lines(who)
	if len(ident) != 3 {
		return "", fmt.Errorf("the commit has no usable committer: %q", who)
	}
	env := []string{
		"GIT_AUTHOR_NAME=" + ident[0], "GIT_AUTHOR_EMAIL=" + ident[1], "GIT_AUTHOR_DATE=" + ident[2],
		"GIT_COMMITTER_NAME=" + ident[0], "GIT_COMMITTER_EMAIL=" + ident[1], "GIT_COMMITTER_DATE=" + ident[2],
	}
	message := "release " + version + "\n\nThe modules require each other at this version, and replace nothing."
	if _, err := run(ctx, clone, env, "git", "-c", "commit.gpgsign=false", "commit", "--quiet", "--no-verify", "--allow-empty", "-m", message); err != nil {
		return "", err
	}
	return git(ctx, clone, "rev-parse", "HEAD")
}

// pinModule rewrites a module's go.mod for a release, and adds to its go.sum
// what sums has of the modules that it requires.
func pinModule(t *tree, m module, version string, sums map[string][]string) error {
	var known []string
	for _, path := range m.Needs() {
		if err := m.File.AddRequire(path, version); err != nil {
			return err
		}
		known = append(known, sums[path]...)
	}
	if m.Released() {
		for _, r := range slices.Clone(m.File.Replace) {
			if err := m.File.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return err
			}
		}
	}
	m.File.Cleanup()
	text := modfile.Format(m.File.Syntax)
	if err := os.WriteFile(filepath.Join(t.Folder(m), "go.mod"), text, 0o600); err != nil {
		return err
	}
	if !m.Released() || len(known) == 0 {
		return nil
	}
	return addSums(filepath.Join(t.Folder(m), "go.sum"), known)
}

// moduleSums are the two lines that a go.sum has of a module: the hash of its
// zip, made as the go command makes it, and that of its go.mod.
func moduleSums(ctx context.Context, t *tree, m module, version string) ([]string, error) {
	if _, err := git(ctx, t.Root, "add", "--all"); err != nil {
		return nil, err
	}
	revision, err := git(ctx, t.Root, "write-tree")
	if err != nil {
		return nil, err
	}
	file, err := os.CreateTemp("", "wafer-*.zip")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	defer func() { _ = file.Close() }()
	subdir := m.Dir
	if subdir == "." {
		subdir = ""
	}
	if err := zip.CreateFromVCS(file, modpath.Version{Path: m.Path(), Version: version}, t.Root, revision, subdir); err != nil {
		return nil, fmt.Errorf("no zip can be made of %s: %w", m.Path(), err)
	}
	whole, err := dirhash.HashZip(file.Name(), dirhash.Hash1)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(t.Folder(m), "go.mod"))
	if err != nil {
		return nil, err
	}
	gomod, err := dirhash.Hash1([]string{"go.mod"}, func(string) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(text)), nil
	})
	if err != nil {
		return nil, err
	}
	return []string{
		m.Path() + " " + version + " " + whole,
		m.Path() + " " + version + "/go.mod " + gomod,
	}, nil
}

// addSums adds lines to a go.sum and keeps it in the go command's order.
func addSums(name string, added []string) error {
	text, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	all := append(lines(strings.TrimRight(string(text), "\n")), added...)
	slices.SortFunc(all, compareSums)
	return os.WriteFile(name, []byte(strings.Join(slices.Compact(all), "\n")+"\n"), 0o600)
}

// compareSums orders two lines of a go.sum by path, then by version, a zip
// before its go.mod.
func compareSums(a, b string) int {
	versions := []modpath.Version{sumVersion(a), sumVersion(b)}
	if versions[0] == versions[1] {
		return strings.Compare(a, b)
	}
	first := versions[0]
	modpath.Sort(versions)
	if versions[0] == first {
		return -1
	}
	return 1
}

func sumVersion(line string) modpath.Version {
	fields := strings.Fields(line)
	for len(fields) < 2 {
		fields = append(fields, "")
	}
	return modpath.Version{Path: fields[0], Version: fields[1]}
}

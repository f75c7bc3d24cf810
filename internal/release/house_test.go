package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A house is a small repository that can be released, with the scripts of this
// one, in a folder of the test's own.
type house struct {
	t   *testing.T
	dir string
}

// plans is a house that is built once; every test gets a clone of it.
var plans string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "house-")
	if err == nil {
		plans = filepath.Join(dir, "plans")
		err = draw(context.Background(), plans)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

// gitOnly keeps a developer's own git settings out.
var gitOnly = []string{
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
	"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org",
}

// draw makes and commits the house that testdata describes, with the license,
// the scripts and the release tool of this repository.
func draw(ctx context.Context, dir string) error {
	archive, err := txtar.ParseFile("testdata/house.txtar")
	if err != nil {
		return err
	}
	files := archive.Files
	for _, name := range []string{
		"LICENSE", "scripts/modules", "scripts/release", "scripts/release-check", "internal/release/go.mod", "internal/release/go.sum",
		"internal/release/main.go", "internal/release/modules.go", "internal/release/commit.go",
	} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		files = append(files, txtar.File{Name: name, Data: text})
	}
	for _, f := range files {
		full := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(full, f.Data, 0o700); err != nil {
			return err
		}
	}
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main"}, {"add", "--all"}, {"commit", "--quiet", "-m", "all"}} {
		if _, err := run(ctx, dir, gitOnly, "git", args...); err != nil {
			return err
		}
	}
	return nil
}

func build(t *testing.T) *house {
	t.Helper()
	for _, setting := range gitOnly {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	h := &house{t, filepath.Join(t.TempDir(), "house")}
	if _, err := git(t.Context(), ".", "clone", "--quiet", plans, h.dir); err != nil {
		t.Fatal(err)
	}
	return h
}

// replace changes a file; old must be in it. If old is empty, it writes the file.
func (h *house) replace(name, old, replacement string) {
	h.t.Helper()
	full := filepath.Join(h.dir, filepath.FromSlash(name))
	text, err := os.ReadFile(full)
	if old != "" && (err != nil || !strings.Contains(string(text), old)) {
		h.t.Fatalf("%s has no %q: %v", name, old, err)
	}
	if old != "" {
		replacement = strings.Replace(string(text), old, replacement, 1)
	}
	if err := os.WriteFile(full, []byte(replacement), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) git(args ...string) string {
	h.t.Helper()
	out, err := git(h.t.Context(), h.dir, args...)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

func (h *house) commit() {
	h.t.Helper()
	h.git("add", "--all")
	h.git("commit", "--quiet", "--allow-empty", "-m", "change")
}

// pass pretends that release-check passed for HEAD.
func (h *house) pass(version string) {
	h.t.Helper()
	h.replace(".git/wafer-release-check", "", h.git("rev-parse", "HEAD")+" "+version+"\n")
}

// check runs one check of scripts/release-check on HEAD.
func (h *house) check(name, version string) (string, error) {
	return run(h.t.Context(), h.dir, []string{"WAFER_CHECKS=" + name}, "scripts/release-check", version)
}

func (h *house) tag(args ...string) (string, error) {
	return run(h.t.Context(), h.dir, nil, "scripts/release", args...)
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// A house is a small repository that may be released, in a folder of the
// test's own; a test doctors it.
type house struct {
	t   *testing.T
	dir string
}

// plans is a house that is built once; every test gets a copy of it.
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

// strangers are settings that keep a developer's own git settings out.
var strangers = []string{
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
	"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org",
}

// draw makes the house that testdata describes, with our own licence, and
// commits it.
func draw(ctx context.Context, dir string) error {
	archive, err := txtar.ParseFile("testdata/house.txtar")
	if err != nil {
		return err
	}
	licence, err := os.ReadFile("../../LICENSE")
	if err != nil {
		return err
	}
	for _, f := range append(archive.Files, txtar.File{Name: "LICENSE", Data: licence}) {
		full := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(full, f.Data, 0o600); err != nil {
			return err
		}
	}
	if err := writeLicences(ctx, dir, io.Discard); err != nil {
		return err
	}
	for _, args := range [][]string{{"init", "--quiet", "--initial-branch=main"}, {"add", "--all"}, {"commit", "--quiet", "-m", "all"}} {
		if _, err := run(ctx, dir, strangers, "git", args...); err != nil {
			return err
		}
	}
	return nil
}

// build makes a copy of the house for a test.
func build(t *testing.T) *house {
	t.Helper()
	for _, setting := range strangers {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	h := &house{t, filepath.Join(t.TempDir(), "house")}
	if _, err := git(t.Context(), ".", "clone", "--quiet", plans, h.dir); err != nil {
		t.Fatal(err)
	}
	return h
}

func (h *house) write(name, text string) {
	h.t.Helper()
	full := filepath.Join(h.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) read(name string) string {
	h.t.Helper()
	text, err := os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
	if err != nil {
		h.t.Fatal(err)
	}
	return string(text)
}

// replace changes a file; old must be in it.
func (h *house) replace(name, old, replacement string) {
	h.t.Helper()
	text := h.read(name)
	if !strings.Contains(text, old) {
		h.t.Fatalf("%s has no %q", name, old)
	}
	h.write(name, strings.Replace(text, old, replacement, 1))
}

func (h *house) remove(name string) {
	h.t.Helper()
	if err := os.Remove(filepath.Join(h.dir, filepath.FromSlash(name))); err != nil {
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

// release tags the tree as it is, as a version released earlier.
func (h *house) release(version string) {
	h.t.Helper()
	h.pass(version)
	if out, err := tag(h, "--write", version); err != nil {
		h.t.Fatalf("%v\n%s", err, out)
	}
}

// pass pretends that all checks passed.
func (h *house) pass(version string) {
	h.t.Helper()
	name := passFile(h.t.Context(), h.dir)
	if err := os.WriteFile(name, []byte(pass(h.git("rev-parse", "HEAD"), version)), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// check runs some checks on the last commit, and returns what was printed.
func (h *house) check(version, only string) (string, error) {
	h.t.Helper()
	var b bytes.Buffer
	args := []string{"-version", version}
	if only != "" {
		args = append(args, "-only", only)
	}
	err := checkCommand(h.t.Context(), h.dir, args, &b)
	return b.String(), err
}

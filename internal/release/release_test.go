package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rogpeppe/go-internal/txtar"
)

// gitOnly keeps a developer's own git settings out.
var gitOnly = []string{
	"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_SYSTEM=" + os.DevNull,
	"GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=C", "GIT_COMMITTER_EMAIL=c@example.org",
}

// The scripts in testdata/script release a small repository, which testdata/house.txtar describes,
// with the license, the scripts and the release tool of this one. They begin in its folder. On top
// of testscript's commands they have
//
//	replace FILE OLD NEW    changes a file, in which OLD must be; if OLD is empty, it writes the file
//	fault CHECK TEXT...     commits, expects the check of release-check to fail with the texts, and undoes
//	pass VERSION            pretends that release-check passed for HEAD
//	refused TEXT            wants scripts/release to write no tag, and to say the text
func TestScripts(t *testing.T) {
	cache, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB").Output()
	if err != nil {
		t.Fatal(err)
	}
	found := strings.Split(string(cache), "\n")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Cd = filepath.Join(env.WorkDir, "house")
			env.Vars = append(env.Vars, gitOnly...)
			for i, name := range []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB"} {
				env.Setenv(name, found[i])
			}
			env.Setenv("GOFLAGS", "-trimpath") // so that the tool is compiled once for all scripts
			return draw(env)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"replace": replace, "fault": fault, "pass": pass, "refused": refused,
		},
	})
}

// draw makes and commits the house.
func draw(env *testscript.Env) error {
	archive, err := txtar.ParseFile("testdata/house.txtar")
	if err != nil {
		return err
	}
	for _, name := range []string{
		"LICENSE", "scripts/modules", "scripts/release", "scripts/release-check", "internal/release/go.mod", "internal/release/go.sum",
		"internal/release/main.go", "internal/release/modules.go", "internal/release/commit.go",
	} {
		text, err := os.ReadFile("../../" + name)
		if err != nil {
			return err
		}
		archive.Files = append(archive.Files, txtar.File{Name: name, Data: text})
	}
	if err := txtar.Write(archive, env.Cd); err != nil {
		return err
	}
	_, err = run(context.Background(), env.Cd, gitOnly, "sh", "-ec", "chmod +x scripts/*; git init --quiet --initial-branch=main; git add --all; git commit --quiet -m all")
	return err
}

func replace(ts *testscript.TestScript, _ bool, args []string) {
	unescape := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\x00`, "\x00")
	name, old, with := args[0], args[1], unescape.Replace(args[2])
	if old != "" {
		text := ts.ReadFile(name)
		if !strings.Contains(text, old) {
			ts.Fatalf("%s has no %q", name, old)
		}
		with = strings.Replace(text, old, with, 1)
	}
	ts.Check(os.WriteFile(ts.MkAbs(name), []byte(with), 0o600))
}

func fault(ts *testscript.TestScript, _ bool, args []string) {
	check := args[0]
	ts.Check(ts.Exec("git", "add", "--all"))
	ts.Check(ts.Exec("git", "commit", "--quiet", "-m", "fault"))
	err := ts.Exec("env", "WAFER_CHECKS="+check, "scripts/release-check", "v0.1.0")
	said := ts.ReadFile("stdout") + ts.ReadFile("stderr")
	for _, text := range append(args[1:], "FAIL  "+check) {
		if err == nil || !strings.Contains(said, text) {
			ts.Fatalf("want a failure of %s that says %q; got %v\n%s", check, text, err, said)
		}
	}
	ts.Check(ts.Exec("git", "reset", "--quiet", "--hard", "HEAD^"))
}

func pass(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("sh", "-c", "echo $(git rev-parse HEAD) $0 >.git/wafer-release-check", args[0]))
}

func refused(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("git", "for-each-ref"))
	before := ts.ReadFile("stdout")
	err := ts.Exec("scripts/release", "--write", "v0.1.0")
	if said := ts.ReadFile("stderr"); err == nil || !strings.Contains(said, args[0]) {
		ts.Fatalf("want a refusal that says %q; got %v\n%s", args[0], err, said)
	}
	ts.Check(ts.Exec("git", "for-each-ref"))
	if after := ts.ReadFile("stdout"); after != before {
		ts.Fatalf("the refs were\n%s\nand are\n%s", before, after)
	}
}

func TestValidVersion(t *testing.T) {
	for version, want := range map[string]bool{
		"v0.1.0": true, "v1.2.3": true, "v0.1.0-rc.1": true,
		"": false, "0.1.0": false, "v0.1": false, "v01.1.0": false, "v0.1.0+build": false, "v2.0.0": false,
	} {
		if err := validVersion(version); (err == nil) != want {
			t.Errorf("%q: %v", version, err)
		}
	}
}

func TestAddSums_KeepsTheOrderOfVersions(t *testing.T) {
	const before = "a.org/x v1.9.0 h1:a\na.org/x v1.10.0 h1:b\na.org/x v1.10.0/go.mod h1:c\nz.org/x v1.0.0/go.mod h1:d\n"
	const want = "a.org/x v1.9.0 h1:a\na.org/x v1.10.0 h1:b\na.org/x v1.10.0/go.mod h1:c\nb.org/x v0.1.0 h1:e\nb.org/x v0.1.0/go.mod h1:f\nz.org/x v1.0.0/go.mod h1:d\n"
	added := []string{"b.org/x v0.1.0 h1:e", "b.org/x v0.1.0/go.mod h1:f"}
	if got := addSums(before, added); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got, want := addSums("", added), strings.Join(added, "\n")+"\n"; got != want {
		t.Errorf("to none: got\n%s\nwant\n%s", got, want)
	}
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// run runs a program in a folder, with env added to this program's own
// environment, and returns what it printed without the last line's end. The
// error of a program that fails has the command, the folder and what it said.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		said := strings.TrimSpace(strings.TrimSpace(errs.String()) + "\n" + strings.TrimSpace(out.String()))
		return out.String(), fmt.Errorf("%s %s, in %s: %w\n%s", name, strings.Join(args, " "), dir, err, said)
	}
	return strings.TrimRight(out.String(), "\n"), nil
}

// plainGo is what every go command of a check gets: no workspace, no cgo, and
// nothing of this machine's folders in what is built, so that all checks share
// one build cache.
var plainGo = []string{"GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-trimpath -buildvcs=false -modcacherw"}

// git runs git in a repository.
func git(ctx context.Context, repo string, args ...string) (string, error) {
	return run(ctx, repo, nil, "git", args...)
}

// lines splits a program's output; no output is no line.
func lines(out string) []string {
	if out == "" {
		return nil
	}
	return strings.Split(out, "\n")
}

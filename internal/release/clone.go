package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// cloneCommit makes a clone of a repository, with all its tags, and checks the
// commit out there. The original is only read.
func cloneCommit(ctx context.Context, root, commit, dir string) error {
	if _, err := run(ctx, root, nil, "git", "clone", "--quiet", "--no-checkout", root, dir); err != nil {
		return err
	}
	_, err := git(ctx, dir, "checkout", "--quiet", "--detach", commit)
	return err
}

// servedFrom is the environment in which the go command finds our modules in a
// clone, by its tags, as it will find them at GitHub; all others come from this
// machine's module cache, or else from where they always do. The modules are
// unpacked in cache.
func servedFrom(ctx context.Context, clone, cache string) ([]string, error) {
	out, err := run(ctx, clone, nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	settings := lines(out)
	if len(settings) != 2 {
		return nil, fmt.Errorf("go env GOMODCACHE GOPROXY printed %q", out)
	}
	return append([]string{
		"GOMODCACHE=" + cache,
		"GOPROXY=file://" + filepath.ToSlash(filepath.Join(settings[0], "cache", "download")) + "," + settings[1],
		// Nobody can ask the checksum database about what is not published yet.
		// What others wrote is held to each module's go.sum by go mod tidy.
		"GONOPROXY=" + corePath, "GONOSUMDB=*",
		"GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url." + "file://" + filepath.ToSlash(clone) + ".insteadOf",
		"GIT_CONFIG_VALUE_0=https://" + corePath,
	}, plainGo...), nil
}

// A rehearsal is a version released in a clone, where nobody sees it.
type rehearsal struct {
	Version string
	Commit  string   // the release commit
	Tree    *tree    // the clone, with that commit checked out
	Env     []string // servedFrom the clone
}

// rehearse makes the release commit and the tags of a version in a
// clone, with cache as its module cache.
func rehearse(ctx context.Context, root, commit, version, clone, cache string) (*rehearsal, error) {
	if err := cloneCommit(ctx, root, commit, clone); err != nil {
		return nil, err
	}
	made, err := commitRelease(ctx, clone, version)
	if err != nil {
		return nil, err
	}
	t, err := readTree(clone)
	if err != nil {
		return nil, err
	}
	for _, m := range t.Released() {
		if _, err := git(ctx, clone, "tag", m.Tag(version), made); err != nil {
			return nil, err
		}
	}
	env, err := servedFrom(ctx, clone, cache)
	if err != nil {
		return nil, err
	}
	return &rehearsal{Version: version, Commit: made, Tree: t, Env: env}, nil
}

// emptyFolder makes a folder that is in no module and no repository.
func emptyFolder(parent, name string) (string, error) {
	dir := filepath.Join(parent, strings.ReplaceAll(name, "/", "_"))
	return dir, os.MkdirAll(dir, 0o700)
}

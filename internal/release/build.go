package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// A program is a main package of ours, built for a platform.
type program struct {
	Module   module
	Platform string // such as linux/amd64
	File     string
	Sum      string // SHA-256, in hexadecimal
}

// Name is the file's name where programs of many platforms lie together.
func (p program) Name(version string) string {
	name := filepath.Base(p.Module.Dir) + "_" + version + "_" + strings.ReplaceAll(p.Platform, "/", "_")
	return name + filepath.Ext(p.File)
}

// sameEverywhere are the settings that the go command would otherwise take from
// whoever builds, and write into the program.
var sameEverywhere = []string{"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=", "GOFIPS140=off", "GOBIN="}

// checkReproducible builds each program twice for each platform, as go install
// does for a user: once with this machine's build cache, and once in other
// folders with an empty one, which compiles everything again.
func checkReproducible(ctx context.Context, c *checks) (string, error) {
	r, err := c.rehearsed(ctx)
	if err != nil {
		return "", err
	}
	var wrong failures
	for _, m := range programsOf(r.Tree) {
		for _, platform := range platforms {
			first, err := buildProgram(ctx, r, m, platform, []string{"GOPATH=" + filepath.Join(c.tmp, "first")})
			if err != nil {
				return "", err
			}
			again := filepath.Join(c.tmp, "built", "once more")
			second, err := buildProgram(ctx, r, m, platform, []string{
				"GOPATH=" + again, "GOMODCACHE=" + filepath.Join(again, "modules"), "GOCACHE=" + filepath.Join(again, "cache"),
			})
			if err != nil {
				return "", err
			}
			if err := same(first, second); err != nil {
				wrong.add("%v", err)
			}
			c.programs = append(c.programs, first)
		}
	}
	var sums []string
	for _, p := range c.programs {
		sums = append(sums, fmt.Sprintf("\n      %s  %s", p.Sum, p.Name(r.Version)))
	}
	return fmt.Sprintf("%d programs are the same, built twice in different folders%s", len(c.programs), strings.Join(sums, "")), wrong.err()
}

// same returns an error for two builds of a program that differ.
func same(first, second program) error {
	if first.Sum == second.Sum {
		return nil
	}
	return fmt.Errorf("%s for %s is not reproducible: SHA-256 %s, then %s; look with go version -m and go tool nm for what comes from the machine or the clock", first.Module.Dir, first.Platform, first.Sum, second.Sum)
}

// programsOf are the released modules that are a program.
func programsOf(t *tree) []module {
	var found []module
	for _, m := range t.Released() {
		if strings.HasPrefix(m.Dir, "cmd/") {
			found = append(found, m)
		}
	}
	return found
}

// buildProgram runs go install for a platform; env has GOPATH.
func buildProgram(ctx context.Context, r *rehearsal, m module, platform string, env []string) (program, error) {
	goos, goarch, _ := strings.Cut(platform, "/")
	gopath := strings.TrimPrefix(env[0], "GOPATH=")
	if err := os.MkdirAll(gopath, 0o700); err != nil {
		return program{}, err
	}
	all := append([]string{"GOOS=" + goos, "GOARCH=" + goarch}, r.Env...)
	all = append(append(all, sameEverywhere...), env...)
	bin := filepath.Join(gopath, "bin")
	if err := os.RemoveAll(bin); err != nil {
		return program{}, err
	}
	if _, err := run(ctx, gopath, all, "go", "install", m.Path()+"@"+r.Version); err != nil {
		return program{}, fmt.Errorf("%s does not build for %s: %w", m.Dir, platform, err)
	}
	// What is for another platform lies a folder deeper.
	file, err := onlyFile(bin)
	if err != nil {
		return program{}, err
	}
	kept := filepath.Join(gopath, "kept", goos+"_"+goarch, filepath.Base(file))
	if err := os.MkdirAll(filepath.Dir(kept), 0o700); err != nil {
		return program{}, err
	}
	if err := os.Rename(file, kept); err != nil {
		return program{}, err
	}
	sum, err := fileSum(kept)
	return program{Module: m, Platform: platform, File: kept, Sum: sum}, err
}

// onlyFile is the one file below a folder.
func onlyFile(dir string) (string, error) {
	var found []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			found = append(found, name)
		}
		return err
	})
	if err == nil && len(found) != 1 {
		err = fmt.Errorf("go install left %d files in %s, and should leave one", len(found), dir)
	}
	return strings.Join(found, ""), err
}

func fileSum(name string) (sum string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

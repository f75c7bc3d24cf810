package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
)

// A listed is a package as go list -json describes it.
type listed struct {
	ImportPath string
	Name       string
	Standard   bool
	Imports    []string
	Module     *listedModule
}

// A listedModule is the module that a package belongs to.
type listedModule struct {
	Path, Version, Dir string
	Main               bool
	Replace            *listedModule
}

// isAPI tells whether programs of others can import the package, and are meant to.
func (p listed) isAPI() bool {
	return p.Name != "main" && isPublic(p.ImportPath)
}

func isPublic(path string) bool {
	return !slices.ContainsFunc(strings.Split(path, "/"), func(part string) bool {
		return part == "internal" || part == "example" || part == "examples"
	})
}

// listPackages lists what go list does with these arguments in a folder, of the
// packages that have a file to build.
func listPackages(ctx context.Context, dir string, env []string, args ...string) ([]listed, error) {
	args = append([]string{"list", "-json=ImportPath,Name,Standard,Imports,Module,GoFiles"}, args...)
	out, err := run(ctx, dir, env, "go", args...)
	if err != nil {
		return nil, err
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p struct {
			listed
			GoFiles []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		if len(p.GoFiles) > 0 {
			packages = append(packages, p.listed)
		}
	}
}

// Command english checks the prose of the project: its pages, and the comments and texts of its Go
// files except tests. It reports words and forms that readers stumble over, and lines over 100
// columns. scripts/lint runs it, in the root of the repository:
//
//	english ALLOWED
//
// ALLOWED is a file of exceptions; it explains its own form.
package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: english ALLOWED")
		os.Exit(2)
	}
	found, err := check(".", os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "english:", err)
		os.Exit(2)
	}
	for _, f := range found {
		fmt.Println(f)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

// check returns what is wrong in the tree at root, except what the file of exceptions allows.
func check(root, allowedFile string) ([]string, error) {
	text, err := os.ReadFile(allowedFile)
	if err != nil {
		return nil, err
	}
	allowed, err := parseAllowed(string(text))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", allowedFile, err)
	}
	var found []string
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if name == "testdata" || strings.HasPrefix(name, ".") && path != root {
				return filepath.SkipDir
			}
			return nil
		}
		isPage := strings.HasSuffix(name, ".md") || strings.HasSuffix(filepath.Dir(path), "cmd/wafer/help")
		if !isPage && (!strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go")) {
			return nil
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		read := readGo
		if isPage {
			read = readPage
		}
		passages, err := read(rel, string(text))
		if err != nil {
			return err
		}
		for _, p := range passages {
			for _, f := range p.findings() {
				if !allowed.allows(f) {
					found = append(found, f.String())
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return append(found, allowed.unused(allowedFile)...), nil
}

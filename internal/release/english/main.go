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
	"slices"
	"strings"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: english ALLOWED")
		os.Exit(2)
	}
	found, err := check(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "english:", err)
		os.Exit(2)
	}
	for _, line := range found {
		fmt.Println(line)
	}
	if len(found) > 0 {
		os.Exit(1)
	}
}

// check returns what is wrong in this folder, except what the file of exceptions allows.
func check(allowedFile string) (found []string, err error) {
	allowed, err := readAllowed(allowedFile)
	if err != nil {
		return nil, err
	}
	err = filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		var read func(path, text string) ([]*passage, error)
		switch name := filepath.Base(path); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "testdata" || strings.HasPrefix(name, ".") && path != "."):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md"), filepath.Dir(path) == "cmd/wafer/help":
			read = readPage
		case strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			read = readGo
		default:
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		passages, err := read(path, string(text))
		for _, p := range passages {
			for _, f := range p.findings() {
				if !slices.ContainsFunc(allowed, func(e *exception) bool { return e.allows(f) }) {
					found = append(found, f.String())
				}
			}
		}
		return err
	})
	for _, e := range allowed {
		if !e.used {
			found = append(found, e.place+": this exception allows nothing; remove it")
		}
	}
	return found, err
}

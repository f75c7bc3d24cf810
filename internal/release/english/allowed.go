package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// An exception allows findings. Without a fragment it allows all that a file or folder has.
type exception struct {
	line     int
	path     string // of a file, or of a folder with a slash at its end
	fragment string // must be in what a finding shows
	used     bool
}

type exceptions []*exception

var exceptionForm = regexp.MustCompile(`^([^/:#][^:#]*):([^#]*)#\s*\S`)

// readAllowed reads the file of exceptions.
func readAllowed(name string) (all exceptions, err error) {
	text, err := os.ReadFile(name)
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := exceptionForm.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("%s: line %d lacks a path or a reason; write PATH: FRAGMENT # REASON", name, i+1)
		}
		all = append(all, &exception{line: i + 1, path: parts[1], fragment: strings.TrimSpace(parts[2])})
	}
	return all, err
}

func (all exceptions) allows(f finding) bool {
	allowed := false
	for _, e := range all {
		inPath := e.path == f.path || strings.HasSuffix(e.path, "/") && strings.HasPrefix(f.path, e.path)
		if inPath && strings.Contains(f.shown, e.fragment) {
			e.used, allowed = true, true
		}
	}
	return allowed
}

// unused returns the exceptions that allowed nothing.
func (all exceptions) unused(file string) (found []string) {
	for _, e := range all {
		if !e.used {
			found = append(found, fmt.Sprintf("%s:%d: this exception allows nothing; remove it", file, e.line))
		}
	}
	return found
}

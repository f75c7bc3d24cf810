package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
)

// An exception allows findings. Without a fragment it allows all that a file or folder has.
type exception struct {
	place    string // of the line in the file of exceptions
	path     string // of a file, or of a folder with a slash at its end
	fragment string // must be in what a finding shows
	used     bool
}

var exceptionForm = regexp.MustCompile(`^([^/:#][^:#]*):([^#]*)#\s*\S`)

// readAllowed reads the file of exceptions.
func readAllowed(name string) (all []*exception, err error) {
	text, err := os.ReadFile(name)
	for i, line := range strings.Split(string(text), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := exceptionForm.FindStringSubmatch(line)
		if parts == nil {
			return nil, fmt.Errorf("%s: line %d lacks a path or a reason; write PATH: FRAGMENT # REASON", name, i+1)
		}
		all = append(all, &exception{place: fmt.Sprintf("%s:%d", name, i+1), path: parts[1], fragment: strings.TrimSpace(parts[2])})
	}
	return all, err
}

func (e *exception) allows(f finding) bool {
	inPath := e.path == f.path || strings.HasSuffix(e.path, "/") && strings.HasPrefix(f.path, e.path)
	allowed := inPath && strings.Contains(f.shown, e.fragment)
	e.used = e.used || allowed
	return allowed
}

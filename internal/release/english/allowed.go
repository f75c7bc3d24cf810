package main

import (
	"fmt"
	"path"
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

// parseAllowed reads the file of exceptions. A line is
//
//	PATH: FRAGMENT # REASON
//	PATH: # REASON
func parseAllowed(text string) (exceptions, error) {
	var all exceptions
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		entry, reason, found := strings.Cut(line, "#")
		if strings.TrimSpace(reason) == "" || !found {
			return nil, fmt.Errorf("line %d has no reason; write PATH: FRAGMENT # REASON", i+1)
		}
		at, fragment, found := strings.Cut(entry, ":")
		if !found || at == "" || path.IsAbs(at) {
			return nil, fmt.Errorf("line %d has no path; write PATH: FRAGMENT # REASON", i+1)
		}
		all = append(all, &exception{line: i + 1, path: at, fragment: strings.TrimSpace(fragment)})
	}
	return all, nil
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

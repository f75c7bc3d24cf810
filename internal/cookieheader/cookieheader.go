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
	for line != "" && isSpace(line[0]) {
		line = line[1:]
	}
	if end := strings.IndexByte(line, ';'); end >= 0 {
		line, rest = line[:end], line[end+1:]
	}
	if len(line) <= len(name) || line[len(name)] != '=' || line[:len(name)] != name {
		return "", rest, false
	}
	value = line[len(name)+1:]
	for value != "" && isSpace(value[len(value)-1]) {
		value = value[:len(value)-1]
	}
	return value, rest, true
}

// isSpace reports whether a byte is whitespace of a header line.
func isSpace(c byte) bool { return c == ' ' || c == '\t' }

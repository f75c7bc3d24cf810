package setcookie

import (
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// MaxExpires is how far ahead browsers let a cookie expire (RFC 6265bis, section 5.5).
const MaxExpires = 400 * 24 * time.Hour

// AppendExpiry appends when a cookie expires. Max-Age is for browsers whose clock differs from the
// server's; Expires for those that only know that.
func AppendExpiry(dst []byte, now time.Time, lifetime time.Duration) []byte {
	dst = append(dst, "; Expires="...)
	dst = now.Add(lifetime).UTC().AppendFormat(dst, http.TimeFormat)
	dst = append(dst, "; Max-Age="...)
	return strconv.AppendInt(dst, int64(lifetime/time.Second), 10)
}

// AppendDeletion appends what makes a browser delete a cookie.
func AppendDeletion(dst []byte) []byte {
	return append(dst, "; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=0"...)
}

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

// Replace puts the Set-Cookie line of the named cookie into h, in the place of an earlier one: a
// browser that gets two keeps either. The last line that the caller had put there is in room, and
// this one is afterwards. It reports whether another one was there.
func Replace(h http.Header, name, line string, room *[1]string) (another bool) {
	own := room[0]
	lines := slices.DeleteFunc(h["Set-Cookie"], func(l string) bool {
		same := len(l) > len(name) && l[:len(name)] == name && l[len(name)] == '='
		another = another || same && l != own
		return same
	})
	room[0] = line
	if len(lines) == 0 {
		h["Set-Cookie"] = room[:]
	} else {
		h["Set-Cookie"] = append(lines, line)
	}
	return another
}

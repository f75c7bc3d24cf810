package session

import (
	"net/http"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
)

// one returns a header's lines, of which there is one.
func one(line *[1]string, text string) []string {
	line[0] = text
	return line[:]
}

// addVary adds Cookie to Vary, unless it is there or Vary says "*". A line of its own has its place
// in room.
func addVary(h http.Header, room *[1]string) {
	lines := h["Vary"]
	if len(lines) == 1 && lines[0] == "Cookie" {
		return // from an earlier call
	}
	for _, line := range lines {
		for field := range strings.SplitSeq(line, ",") {
			field = trimSpace(field)
			if field == "*" || strings.EqualFold(field, "Cookie") {
				return
			}
		}
	}
	if lines == nil {
		h["Vary"] = one(room, "Cookie")
		return
	}
	h["Vary"] = append(lines, "Cookie")
}

// setCookie puts the Set-Cookie line of the named cookie into h, in the place of an earlier one: a
// browser that gets two keeps either. It reports whether another session had set that.
func (c *changed) setCookie(h http.Header, name, line string) (another bool) {
	lines := slices.DeleteFunc(h["Set-Cookie"], func(l string) bool {
		same := len(l) > len(name) && l[:len(name)] == name && l[len(name)] == '='
		another = another || same && l != c.cookie[0]
		return same
	})
	if lines == nil {
		h["Set-Cookie"] = one(&c.cookie, line)
	} else {
		h["Set-Cookie"] = append(lines, line)
	}
	// A shared cache that keeps a Set-Cookie gives one visitor's session to all (CVE-2024-26144).
	c.keepFromCaches(h)
	return another
}

// keepFromCaches asks caches not to keep the response. If the program has said something of its
// own, only "private" is added, unless that is about sharing too.
func (c *changed) keepFromCaches(h http.Header) {
	lines := h["Cache-Control"]
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Trim(l, " \t,") != "" }) {
		h["Cache-Control"] = one(&c.caching, "no-store")
		return
	}
	for _, line := range lines {
		for directive := range strings.SplitSeq(line, ",") {
			switch name, age, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "="); name {
			case "private", "no-store", "public", "s-maxage":
				return
			case "max-age":
				if strings.Trim(age, `0" `) != "" {
					return // it may be kept by all: that is warned of
				}
			}
		}
	}
	h["Cache-Control"] = append(slices.Clone(lines), "private")
}

// keepPrivate keeps a page of someone who is signed in from being shown again by the back button
// after the sign-out. The caller holds the lock.
func (s *Session) keepPrivate(h http.Header) {
	if s.m.o.CacheSignedIn || s.failure != nil {
		return
	}
	if _, ok := s.now.get(driver.OwnerKey); ok {
		s.change().keepFromCaches(h)
	}
}

// forCaches reports whether a response is meant for caches that several visitors share (RFC 9111,
// sections 3 and 5.2.2): a cookie in it that can wait for another response must. What is said to
// CDNs alone counts more than what is said to all (RFC 9213).
func forCaches(h http.Header) bool {
	for _, name := range []string{"Cdn-Cache-Control", "Surrogate-Control", "Cache-Control"} {
		if lines := h[name]; len(lines) > 0 {
			return letsShare(lines)
		}
	}
	return false
}

func letsShare(lines []string) bool {
	if len(lines) == 1 && lines[0] == "no-store" {
		return false // setCookie's own
	}
	shared := false
	for _, line := range lines {
		for directive := range strings.SplitSeq(line, ",") {
			switch name, age, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "="); name {
			case "private", "no-store", "no-cache":
				return false
			case "public":
				shared = true
			case "max-age", "s-maxage":
				shared = shared || strings.Trim(age, `0" `) != ""
			}
		}
	}
	return shared
}

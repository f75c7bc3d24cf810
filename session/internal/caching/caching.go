// Package caching knows what a response says to caches: Vary and Cache-Control.
package caching

import (
	"net/http"
	"slices"
	"strings"
)

// AddVary adds the name of a request's header to Vary, unless it is there or Vary says "*". A line
// of its own has its place in room.
func AddVary(h http.Header, name string, room *[1]string) {
	lines := h["Vary"]
	if len(lines) == 1 && lines[0] == name {
		return // from an earlier call
	}
	for _, line := range lines {
		for field := range strings.SplitSeq(line, ",") {
			field = strings.Trim(field, " \t")
			if field == "*" || strings.EqualFold(field, name) {
				return
			}
		}
	}
	if lines == nil {
		h["Vary"] = one(room, name)
		return
	}
	h["Vary"] = append(lines, name)
}

// KeepFrom asks caches not to keep the response. If the program has said something of its
// own, only "private" is added, unless that is about sharing too.
func KeepFrom(h http.Header, room *[1]string) {
	lines := h["Cache-Control"]
	if !slices.ContainsFunc(lines, func(l string) bool { return strings.Trim(l, " \t,") != "" }) {
		h["Cache-Control"] = one(room, "no-store")
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

// Shared reports whether a response is meant for caches that several visitors share (RFC 9111,
// sections 3 and 5.2.2): a cookie in it that can wait for another response must. What is said to
// CDNs alone counts more than what is said to all (RFC 9213).
func Shared(h http.Header) bool {
	for _, name := range []string{"Cdn-Cache-Control", "Surrogate-Control", "Cache-Control"} {
		if lines := h[name]; len(lines) > 0 {
			return letsShare(lines)
		}
	}
	return false
}

func letsShare(lines []string) bool {
	if len(lines) == 1 && lines[0] == "no-store" {
		return false // KeepFrom's own
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

// one returns a header's lines, of which there is one.
func one(line *[1]string, text string) []string {
	line[0] = text
	return line[:]
}

package session

import (
	"net/http"
	"slices"
	"strings"
)

// one returns a header's lines, of which there is one.
func one(line *[1]string, text string) []string {
	line[0] = text
	return line[:]
}

// addVary adds Cookie to Vary, unless it is there or Vary says "*". A line of its
// own has its place in room.
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

// setCookie puts the Set-Cookie line of the named cookie into h, in the place
// of an earlier one: a browser that gets two takes either.
func (w *written) setCookie(h http.Header, name, line string) {
	lines := slices.DeleteFunc(h["Set-Cookie"], func(l string) bool {
		return len(l) > len(name) && l[:len(name)] == name && l[len(name)] == '='
	})
	if lines == nil {
		h["Set-Cookie"] = one(&w.cookie, line)
	} else {
		h["Set-Cookie"] = append(lines, line)
	}
	// A shared cache that keeps a Set-Cookie gives one visitor's session to all
	// (CVE-2024-26144).
	w.keepFromCaches(h)
}

// keepFromCaches asks caches not to keep the response, unless the program has
// said something of its own.
func (w *written) keepFromCaches(h http.Header) {
	if !slices.ContainsFunc(h["Cache-Control"], func(l string) bool { return strings.Trim(l, " \t,") != "" }) {
		h["Cache-Control"] = one(&w.caching, "no-store")
	}
}

// forCaches reports whether a response is meant for caches that several
// visitors share (RFC 9111, sections 3 and 5.2.2): a cookie in it that can wait
// for another response must. What is said to CDNs alone counts more than what
// is said to all (RFC 9213).
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

// discardHeaders removes what describes, or acts for, a response that will
// not be sent, so that the one sent instead stands alone. What stood in the
// header before the handler ran belongs to a middleware outside, a compressor
// say, and stays.
func discardHeaders(h, before http.Header) {
	for _, name := range headerElements(h["Trailer"]) {
		delete(h, name)
	}
	for name := range h {
		if strings.HasPrefix(name, http.TrailerPrefix) {
			delete(h, name)
		}
	}
	for _, name := range []string{
		"Accept-Ranges", "Cache-Control", "Clear-Site-Data", "Connection", "Content-Disposition", "Content-Encoding",
		"Content-Language", "Content-Length", "Content-Location", "Content-Range", "Content-Type", "Etag",
		"Expires", "Last-Modified", "Link", "Location", "Refresh", "Sec-Websocket-Accept", "Sec-Websocket-Extensions",
		"Sec-Websocket-Protocol", "Set-Cookie", "Trailer", "Upgrade",
	} {
		if values, ok := before[name]; ok {
			h[name] = values
		} else {
			delete(h, name)
		}
	}
}

// headerElements returns the names in a list-valued header, in canonical form.
func headerElements(lines []string) []string {
	var names []string
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			names = append(names, http.CanonicalHeaderKey(trimSpace(name)))
		}
	}
	return names
}

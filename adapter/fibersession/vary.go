package fibersession

import (
	"net/http"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// varyMark is in the response's Vary while the handlers run. Fiber's cache, if it is added
// after this middleware, stores a page before the manager can say that the page varies by cookie,
// and would give it to other visitors. Its spelling tells it from a handler's own "Cookie". It is
// there before the handlers run, because one that a timeout has abandoned must not write to the
// response.
const varyMark = "cOOKIE"

// markVary puts the mark first, in the first line, which is the only one that the cache reads.
func markVary(h *fasthttp.ResponseHeader) {
	switch first := string(h.Peek("Vary")); {
	case first == "":
		h.Set("Vary", varyMark)
	case !strings.HasPrefix(first, varyMark):
		h.Set("Vary", varyMark+", "+first)
	}
}

// withoutMark returns a copy of a header that does not have the mark. It copies only the lines that
// the manager changes in place.
func withoutMark(h http.Header) http.Header {
	clone := make(http.Header, len(h))
	for name, lines := range h {
		switch {
		case name == "Set-Cookie":
			lines = slices.Clone(lines)
		case name == "Vary" && strings.HasPrefix(lines[0], varyMark):
			lines = slices.Clone(lines)
			lines[0] = strings.TrimPrefix(strings.TrimPrefix(lines[0], varyMark), ", ")
			if lines[0] == "" {
				lines = lines[1:]
			}
			if len(lines) == 0 {
				continue
			}
		}
		clone[name] = lines
	}
	return clone
}

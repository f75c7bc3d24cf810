package fibersession

import (
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"
)

// scratch is space to copy a header with.
type scratch struct {
	text []byte
	ends []int // of each name and value in text
}

var scratches = sync.Pool{New: func() any { return &scratch{make([]byte, 0, 2048), make([]int, 0, 64)} }}

// maxPooled is the capacity in bytes above which a scratch is left to the
// garbage collector, so that one large request does not hold its memory.
const maxPooled = 64 << 10

func (s *scratch) free() {
	if cap(s.text) <= maxPooled {
		scratches.Put(s)
	}
}

// part adds the rest of what was put into text as a name or value.
func (s *scratch) part() { s.ends = append(s.ends, len(s.text)) }

// copyHeader copies a header but for the lines of one name, since fasthttp
// writes the next visitor's over it. The copy is one text, whose parts are the
// names and values. It is nil if there is nothing to copy.
func copyHeader(all iter.Seq2[[]byte, []byte], skip string) http.Header {
	s := scratches.Get().(*scratch)
	defer s.free()
	s.text, s.ends = s.text[:0], s.ends[:0]
	for name, value := range all {
		if string(name) != skip {
			s.text = append(s.text, name...)
			s.part()
			s.text = append(s.text, value...)
			s.part()
		}
	}
	if len(s.ends) == 0 {
		return nil
	}
	h, lines := make(http.Header, len(s.ends)/2), make([]string, len(s.ends)/2)
	whole, start := string(s.text), 0
	for i := range lines {
		name := http.CanonicalHeaderKey(whole[start:s.ends[2*i]])
		lines[i] = whole[s.ends[2*i]:s.ends[2*i+1]]
		start = s.ends[2*i+1]
		if earlier, ok := h[name]; ok {
			h[name] = append(earlier, lines[i])
		} else {
			h[name] = lines[i : i+1 : i+1]
		}
	}
	return h
}

// cookieLine is the cookies in one line. Those without a name are left out:
// fasthttp writes "=name=value" and "name=value" alike, so that whoever can
// plant a cookie without a name could plant one of any name, even with the
// prefix __Host- (RFC 6265bis, section 5.7).
func cookieLine(h *fasthttp.RequestHeader) string {
	s := scratches.Get().(*scratch)
	defer s.free()
	s.text = s.text[:0]
	for name, value := range h.Cookies() {
		if len(name) == 0 {
			continue
		}
		if len(s.text) > 0 {
			s.text = append(s.text, "; "...)
		}
		s.text = append(s.text, name...)
		s.text = append(s.text, '=')
		s.text = append(s.text, value...)
	}
	return string(s.text)
}

// cloneHeader is deep only where the manager changes lines in place.
func cloneHeader(h http.Header) http.Header {
	clone := make(http.Header, len(h))
	for name, lines := range h {
		if name == "Set-Cookie" {
			lines = slices.Clone(lines)
		}
		clone[name] = lines
	}
	return clone
}

// writeHeader writes what has changed in a header since it was read.
func writeHeader(to *fasthttp.ResponseHeader, was, is http.Header) {
	for name := range was {
		if _, ok := is[name]; !ok {
			to.Del(name)
		}
	}
	for name, lines := range is {
		if slices.Equal(lines, was[name]) {
			continue
		}
		if name == "Vary" {
			// Fiber's cache reads the first line alone.
			lines = []string{strings.Join(lines, ", ")}
		}
		if len(lines) == 1 && len(was[name]) < 2 && name != "Set-Cookie" {
			to.Set(name, lines[0]) // Del would disarray the lines of other names
			continue
		}
		to.Del(name)
		for _, line := range lines {
			to.Add(name, line)
		}
	}
}

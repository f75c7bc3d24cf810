package fibersession

import (
	"iter"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/valyala/fasthttp"
)

// scratch is space to copy names and values in.
type scratch struct {
	text []byte
	ends []int // of each part of text
	room struct {
		text [8 << 10]byte // twice what fasthttp accepts by default
		ends [64]int
	}
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func newScratch() *scratch {
	s := scratches.Get().(*scratch)
	s.text, s.ends = s.room.text[:0], s.room.ends[:0]
	return s
}

// free keeps the room alone, so that one large request does not hold its memory.
func (s *scratch) free() {
	s.text, s.ends = nil, nil
	scratches.Put(s)
}

// part adds the rest of what was put into text as a name or value.
func (s *scratch) part() { s.ends = append(s.ends, len(s.text)) }

// lines adds the names and values of a header, except those of one name.
func (s *scratch) lines(all iter.Seq2[[]byte, []byte], skip string) {
	for name, value := range all {
		if string(name) != skip {
			s.text = append(s.text, name...)
			s.part()
			s.text = append(s.text, value...)
			s.part()
		}
	}
}

// strings returns the parts, in one text of their own.
func (s *scratch) strings() []string {
	whole, start := string(s.text), 0
	parts := make([]string, len(s.ends))
	for i, end := range s.ends {
		parts[i], start = whole[start:end], end
	}
	return parts
}

// copyHeader copies a header except for the lines of one name, because fasthttp writes the next
// visitor's over it. It returns nil if there is nothing to copy.
func copyHeader(all iter.Seq2[[]byte, []byte], skip string) http.Header {
	s := newScratch()
	defer s.free()
	s.lines(all, skip)
	return headerOf(s.strings())
}

// headerOf returns the header of names and values in turn, or nil if there are none.
func headerOf(parts []string) http.Header {
	if len(parts) == 0 {
		return nil
	}
	h := make(http.Header, len(parts)/2)
	for i := 0; i < len(parts); i += 2 {
		name := http.CanonicalHeaderKey(parts[i])
		if earlier, ok := h[name]; ok {
			h[name] = append(earlier, parts[i+1])
		} else {
			h[name] = parts[i+1 : i+2 : i+2]
		}
	}
	return h
}

// writeHeader writes what has changed in a header since it was read.
func writeHeader(to *fasthttp.ResponseHeader, was, is http.Header) {
	var again []string // names whose lines are added after all deletions, which disarray the others
	deleted := false
	for name := range was {
		if _, ok := is[name]; !ok {
			to.Del(name)
			deleted = true
		}
	}
	for name, lines := range is {
		if name == "Vary" && len(lines) > 1 {
			lines = []string{strings.Join(lines, ", ")} // Fiber's cache reads the first line alone
			is[name] = lines
		}
		switch same := slices.Equal(lines, was[name]); {
		case same && (len(lines) == 1 || name == "Set-Cookie"): // stays in order
		case same:
			again = append(again, name)
		case len(lines) == 1 && len(was[name]) < 2 && name != "Set-Cookie":
			to.Set(name, lines[0])
		default:
			again, deleted = append(again, name), true
		}
	}
	if !deleted {
		return
	}
	for _, name := range again {
		to.Del(name)
	}
	for _, name := range again {
		for _, line := range is[name] {
			to.Add(name, line)
		}
	}
}

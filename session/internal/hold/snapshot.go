package hold

import (
	"net/http"
	"slices"
	"sync"
)

// A snapshot is a copy of a header in pooled memory. net/http sends the header as it was when the
// status was set, and the handler may go on changing the map.
type snapshot struct {
	lines  []line
	values []string // of all lines, one after the other
}

// line is one name of a header, with values[from:to]. They may be none, which keeps net/http from
// adding a header of its own.
type line struct {
	name     string
	from, to int
}

// maxLines is the capacity above which a snapshot is left to the garbage collector.
const maxLines = 256

var snapshots = sync.Pool{New: func() any { return new(snapshot) }}

func takeSnapshot(h http.Header) *snapshot {
	s := snapshots.Get().(*snapshot)
	s.take(h)
	return s
}

func (s *snapshot) free() {
	s.clear()
	snapshots.Put(s)
}

func (s *snapshot) take(h http.Header) {
	for name, values := range h {
		from := len(s.values)
		s.values = append(s.values, values...)
		s.lines = append(s.lines, line{name, from, len(s.values)})
	}
}

// clear also lets go of the strings.
func (s *snapshot) clear() {
	clear(s.lines)
	clear(s.values)
	s.lines, s.values = s.lines[:0], s.values[:0]
	if cap(s.lines) > maxLines || cap(s.values) > maxLines {
		*s = snapshot{}
	}
}

// of returns the values of a line, to be used until clear.
func (s *snapshot) of(l line) []string { return s.values[l.from:l.to:l.to] }

// A change sets a name of a header, or deletes it.
type change struct {
	name   string
	values []string
	set    bool
}

func (c change) apply(h http.Header) {
	if c.set {
		h[c.name] = c.values
	} else {
		delete(h, c.name)
	}
}

// restore makes h what it was, and returns the changes that make it again what it is.
func (s *snapshot) restore(h http.Header) (undo []change) {
	for _, l := range s.lines {
		now, ok := h[l.name]
		if ok && slices.Equal(now, s.of(l)) {
			continue
		}
		undo = append(undo, change{l.name, now, ok})
		h[l.name] = slices.Clone(s.of(l))
	}
	if len(h) == len(s.lines) {
		return undo
	}
	was := make(map[string]bool, len(s.lines))
	for _, l := range s.lines {
		was[l.name] = true
	}
	for name, values := range h {
		if !was[name] {
			undo = append(undo, change{name, values, true})
			delete(h, name)
		}
	}
	return undo
}

package flasksession

import (
	"errors"
	"strings"

	"github.com/wafer-go/wafer/flask"
)

// A member is one value of a payload, as JSON text.
type member struct{ key, raw string }

var errPayload = errors.New("it is not a JSON object")

// members splits an object that a codec wrote. The values need not be valid JSON. Of a key that is
// there twice the last counts, as in Python.
func members(payload string) ([]member, error) {
	all, err := split(payload)
	last := make(map[string]int, len(all))
	for i, m := range all {
		last[m.key] = i
	}
	if len(last) == len(all) {
		return all, err
	}
	once := all[:0]
	for i, m := range all {
		if last[m.key] == i {
			once = append(once, m)
		}
	}
	return once, err
}

func split(payload string) ([]member, error) {
	s := scanner{payload, 0}
	if s.next() != '{' {
		return nil, errPayload
	}
	s.i++
	var all []member
	for s.next() != '}' {
		start := s.i
		if s.next() != '"' || !s.skip() {
			return nil, errPayload
		}
		var m member
		if err := flask.Codec.DecodeValue(payload[start:s.i], &m.key); err != nil {
			return nil, errPayload
		}
		if s.next() != ':' {
			return nil, errPayload
		}
		s.i++
		s.next()
		if start = s.i; !s.skip() {
			return nil, errPayload
		}
		m.raw = payload[start:s.i]
		all = append(all, m)
		if s.next() == ',' {
			s.i++
		} else if s.next() != '}' {
			return nil, errPayload
		}
	}
	return all, nil
}

// elements splits an array. It returns nil for anything else.
func elements(raw string) []string {
	s := scanner{raw, 0}
	if s.next() != '[' {
		return nil
	}
	s.i++
	var all []string
	for s.next() != ']' {
		start := s.i
		if !s.skip() {
			return nil
		}
		all = append(all, raw[start:s.i])
		if s.next() == ',' {
			s.i++
		} else if s.next() != ']' {
			return nil
		}
	}
	return all
}

// A scanner finds where values begin and end.
type scanner struct {
	s string
	i int
}

// next skips space and returns the byte that follows, 0 at the end.
func (s *scanner) next() byte {
	for ; s.i < len(s.s); s.i++ {
		if c := s.s[s.i]; strings.IndexByte(" \t\r\n", c) < 0 {
			return c
		}
	}
	return 0
}

// skip steps over a value, by its brackets and quotes.
func (s *scanner) skip() bool {
	for depth, start := 0, s.i; s.i < len(s.s); s.i++ {
		switch s.s[s.i] {
		case '"':
			for s.i++; s.i < len(s.s) && s.s[s.i] != '"'; s.i++ {
				if s.s[s.i] == '\\' {
					s.i++
				}
			}
			if s.i >= len(s.s) {
				return false
			}
			if depth == 0 {
				s.i++
				return true
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return s.i > start // the end of what has a number or a word in it
			}
			if depth--; depth == 0 {
				s.i++
				return true
			}
		case ',', ' ', '\t', '\r', '\n', ':':
			if depth == 0 {
				return s.i > start
			}
		}
	}
	return false
}

// Package rawjson splits a JSON document into its members without decoding them.
//
// It finds only the begin and the end of each value of a document: whether a value is valid JSON
// shows when it is decoded. So it accepts what Python writes and encoding/json refuses (NaN, lone
// surrogates, numbers of any size), and an unchanged value is written back as it was.
package rawjson

import (
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var (
	errNotObject = errors.New("not a JSON object")
	errNotArray  = errors.New("not a JSON array")
	errNotUTF8   = errors.New("not valid UTF-8")
)

// split appends the members of the payload, which must be an object, and not longer than a [Slot]
// can express.
func (v *Object) split() error {
	doc := v.payload
	if !utf8.ValidString(doc) {
		return errNotUTF8
	}
	i := skipSpace(doc, 0)
	if i == len(doc) || doc[i] != '{' {
		return errNotObject
	}
	i = skipSpace(doc, i+1)
	if i < len(doc) && doc[i] == '}' {
		return atEnd(doc, i+1, errNotObject)
	}
	for {
		if i == len(doc) || doc[i] != '"' {
			return errNotObject
		}
		end, ok := skipString(doc, i)
		if !ok {
			return errNotObject
		}
		if len(v.slots) == cap(v.slots) {
			v.grow(doc[end:])
		}
		one := Slot{name: uint32(i), nameEnd: uint32(end)} // #nosec G115 -- both are within the payload
		name := doc[i:end]
		i = skipSpace(doc, end)
		if i == len(doc) || doc[i] != ':' {
			return errNotObject
		}
		i = skipSpace(doc, i+1)
		if end, ok = skipValue(doc, i); !ok {
			return errNotObject
		}
		one.raw, one.end = uint32(i), uint32(end) // #nosec G115 -- as above
		if strings.Contains(name, `\`) {
			key, ok := unquoteKey(name)
			if !ok {
				return errNotObject
			}
			one.instead = &Member{Key: key, name: name, Raw: doc[i:end]}
		}
		v.slots = append(v.slots, one)
		i = skipSpace(doc, end)
		switch {
		case i < len(doc) && doc[i] == ',':
			i = skipSpace(doc, i+1)
		case i < len(doc) && doc[i] == '}':
			return atEnd(doc, i+1, errNotObject)
		default:
			return errNotObject
		}
	}
}

// Split returns the newest elements of the array doc, which are the last, and how many are before
// them.
func Split(doc string, newest int) (elements []string, older int, err error) {
	i := skipSpace(doc, 0)
	if i == len(doc) || doc[i] != '[' {
		return nil, 0, errNotArray
	}
	i = skipSpace(doc, i+1)
	if i < len(doc) && doc[i] == ']' {
		return nil, 0, atEnd(doc, i+1, errNotArray)
	}
	for {
		end, ok := skipValue(doc, i)
		if !ok {
			return nil, 0, errNotArray
		}
		if len(elements)/2 >= newest {
			drop := len(elements) - newest
			elements, older = slices.Delete(elements, 0, drop), older+drop
		}
		if len(elements) == cap(elements) {
			elements = slices.Grow(elements, max(4, len(elements))) // append would grow it in smaller steps, and copy more
		}
		elements = append(elements, doc[i:end])
		i = skipSpace(doc, end)
		switch {
		case i < len(doc) && doc[i] == ',':
			i = skipSpace(doc, i+1)
		case i < len(doc) && doc[i] == ']':
			drop := max(len(elements)-newest, 0)
			return elements[drop:], older + drop, atEnd(doc, i+1, errNotArray)
		default:
			return nil, 0, errNotArray
		}
	}
}

// Join is the inverse of Split.
func Join(elements []string) string { return "[" + strings.Join(elements, ",") + "]" }

func atEnd(doc string, i int, otherwise error) error {
	if skipSpace(doc, i) != len(doc) {
		return otherwise
	}
	return nil
}

func skipSpace(doc string, i int) int {
	for i < len(doc) && doc[i] <= ' ' && (doc[i] == ' ' || doc[i] == '\t' || doc[i] == '\n' || doc[i] == '\r') {
		i++
	}
	return i
}

// skipValue returns the end of the value that begins at i. Brackets must match, so that a value
// cannot reach over its own end.
func skipValue(doc string, i int) (end int, ok bool) {
	if i == len(doc) {
		return 0, false
	}
	switch doc[i] {
	case '"':
		return skipString(doc, i)
	case '{', '[':
		return skipNested(doc, i)
	}
	n := literalLen(doc[i:])
	return i + n, n > 0
}

// skipNested is skipValue for an object or an array.
func skipNested(doc string, i int) (end int, ok bool) {
	var space [64]byte
	closers := space[:0]
	for i < len(doc) {
		switch c := doc[i]; c {
		case '"':
			if i, ok = skipString(doc, i); !ok {
				return 0, false
			}
		case '{':
			closers = append(closers, '}')
			i++
		case '[':
			closers = append(closers, ']')
			i++
		case '}', ']':
			if len(closers) == 0 || closers[len(closers)-1] != c {
				return 0, false
			}
			closers = closers[:len(closers)-1]
			i++
		case ',', ':', ' ', '\t', '\n', '\r':
			i++
			continue
		default:
			n := literalLen(doc[i:])
			if n == 0 {
				return 0, false
			}
			i += n
		}
		if len(closers) == 0 {
			return i, true
		}
	}
	return 0, false
}

// literalLen is the length of the number or word at the start of s.
func literalLen(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', c == '-', c == '+', c == '.':
		default:
			return i
		}
	}
	return len(s)
}

// skipString returns the end of the string whose opening quote is at i.
func skipString(doc string, i int) (end int, ok bool) {
	for i++; i < len(doc); i++ {
		switch c := doc[i]; {
		case c == '"':
			return i + 1, true
		case c == '\\':
			i++
		case c < 0x20:
			return 0, false
		}
	}
	return 0, false
}

// unquoteKey decodes a quoted key. Lone surrogates become three bytes each, so that different keys
// stay different, in the order of their code points.
func unquoteKey(quoted string) (string, bool) {
	r := jsonvalue.Reader{Text: quoted, Python: true}
	key, err := r.String()
	return key, err == nil
}

// PlainString returns the content of a JSON string without escapes. Raw is a value that [Parse] or
// [Split] found, or that a codec wrote: its string ends with its last quote, and has no control
// characters.
func PlainString(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	s := raw[1 : len(raw)-1]
	return s, !strings.Contains(s, `\`)
}

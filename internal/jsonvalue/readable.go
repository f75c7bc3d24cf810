package jsonvalue

import (
	"strings"
	"unicode/utf8"
)

// MaxReadable is how many bytes a [Readable] has at most, and three for the dots that end it.
const MaxReadable = 1000

// Readable is a text for a visitor, joined from the strings in a flash message of unknown shape.
type Readable struct{ b strings.Builder }

// Add adds words and reports whether there is room for more.
func (r *Readable) Add(words string) bool {
	if words != "" && r.b.Len() <= MaxReadable {
		if r.b.Len() > 0 {
			r.b.WriteByte(' ')
		}
		r.b.WriteString(words[:min(len(words), MaxReadable+1)])
	}
	return r.b.Len() <= MaxReadable
}

// String returns the text.
func (r *Readable) String() string {
	text := r.b.String()
	if len(text) <= MaxReadable {
		return text
	}
	end := MaxReadable
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// lineWidth is how many bytes a list or an object may have before it is
	// spread over several lines.
	lineWidth = 72

	// maxSpread is how deep lists are spread. What is deeper stays on its
	// line, so that no token makes the output grow out of proportion.
	maxSpread = 6
)

// A renderer spells values for people: as JSON, and what Flask's tags stand
// for as Python would. No character gets through that a terminal might act on.
type renderer struct{ codec driver.Codec }

// lines spells v, spread over several lines where it is long. depth is how
// many lists it is in.
func (r renderer) lines(v any, depth int) string {
	line := r.line(v)
	if len(line) <= lineWidth || depth == maxSpread {
		return line
	}
	indent := "\n" + strings.Repeat("  ", depth)
	inner := indent + "  "
	var parts []string
	opening, closing := "[", "]"
	switch v := v.(type) {
	case map[string]any:
		opening, closing = "{", "}"
		for _, key := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, quote(key)+": "+r.lines(v[key], depth+1))
		}
	case []any:
		for _, element := range v {
			parts = append(parts, r.lines(element, depth+1))
		}
	case flask.Tuple:
		opening, closing = "(", ")"
		for _, element := range v {
			parts = append(parts, r.lines(element, depth+1))
		}
	default:
		return line
	}
	return opening + inner + strings.Join(parts, ","+inner) + indent + closing
}

// line spells v on one line.
func (r renderer) line(v any) string {
	var b strings.Builder
	r.write(&b, v)
	return b.String()
}

func (r renderer) write(b *strings.Builder, v any) {
	switch v := v.(type) {
	case string:
		b.WriteString(quote(v))
	case json.Number:
		b.WriteString(v.String())
	case map[string]any:
		b.WriteByte('{')
		for i, key := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(quote(key) + ": ")
			r.write(b, v[key])
		}
		b.WriteByte('}')
	case []any:
		b.WriteByte('[')
		r.list(b, v)
		b.WriteByte(']')
	case flask.Tuple:
		b.WriteByte('(')
		r.list(b, v)
		if len(v) == 1 {
			b.WriteByte(',') // which makes it a tuple in Python
		}
		b.WriteByte(')')
	case []byte:
		b.WriteString(quoteBytes(v))
	case template.HTML:
		b.WriteString("Markup(" + quote(string(v)) + ")")
	case flask.UUID:
		b.WriteString("UUID(" + quote(v.String()) + ")")
	case time.Time:
		b.WriteString("datetime(" + quote(v.UTC().Format(timeLayout)) + ")")
	default:
		// Numbers, booleans and null, whose JSON has no character to fear.
		text, err := r.codec.AppendValue(nil, v)
		if err != nil {
			text = []byte(quote(fmt.Sprint(v)))
		}
		b.Write(text)
	}
}

func (r renderer) list(b *strings.Builder, elements []any) {
	for i, element := range elements {
		if i > 0 {
			b.WriteString(", ")
		}
		r.write(b, element)
	}
}

// messages reads a session's flashes, as programs would. False if they are not
// what programs keep there.
func (r renderer) messages(v any) ([]session.Message, bool) {
	list, ok := v.([]any)
	if !ok {
		return nil, false
	}
	var messages []session.Message
	for _, element := range list {
		raw, err := r.codec.AppendValue(nil, element)
		if err != nil {
			return nil, false
		}
		m, err := r.codec.DecodeMessage(string(raw))
		if err != nil {
			return nil, false
		}
		messages = append(messages, m)
	}
	return messages, true
}

// quote spells s as a JSON string in which every character can be printed. The
// rest is escaped: control characters, which terminals obey, and those that
// are invisible or turn the direction of text around.
func quote(s string) string {
	b := []byte{'"'}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, `\n`...)
		case r == '\t':
			b = append(b, `\t`...)
		case r == utf8.RuneError && n == 1:
			if surrogate, ok := loneSurrogate(s[i:]); ok {
				b, n = fmt.Appendf(b, `\u%04x`, surrogate), 3
			} else {
				b = append(b, `\ufffd`...)
			}
		case unicode.IsPrint(r):
			b = append(b, s[i:i+n]...)
		case r > 0xFFFF:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		i += n
	}
	return string(append(b, '"'))
}

// loneSurrogate reads half of a character, which Python's strings may have and
// driver.Codec keeps in three bytes.
func loneSurrogate(s string) (rune, bool) {
	if len(s) < 3 || s[0] != 0xED || s[1]&0xE0 != 0xA0 || s[2]&0xC0 != 0x80 {
		return 0, false
	}
	return 0xD000 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), true
}

// quoteBytes spells b as Python does.
func quoteBytes(b []byte) string {
	out := []byte(`b"`)
	for _, c := range b {
		switch {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c >= ' ' && c <= '~':
			out = append(out, c)
		default:
			out = fmt.Appendf(out, `\x%02x`, c)
		}
	}
	return string(append(out, '"'))
}

// word is s as it stands if it reads as one word, and quoted otherwise.
func word(s string) string {
	quoted := quote(s)
	if s == "" || len(quoted) != len(s)+2 || strings.ContainsAny(s, " ,:") {
		return quoted
	}
	return s
}

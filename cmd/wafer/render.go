package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// lineWidth is how many bytes a list or an object may have on one line.
	lineWidth = 72

	// maxSpread is how deep lists are spread over lines. What is deeper stays on its line, so that
	// no token makes the output grow out of proportion.
	maxSpread = 6
)

// A renderer spells values for people: as JSON, and the values of Flask's tags as Python would. It
// escapes every character that a terminal might act on.
type renderer struct{ codec driver.Codec }

// parts returns the brackets of a value that has elements, and these: of an object, each after its
// name.
func parts(v any) (opening, closing string, names []string, elements []any) {
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			names, elements = append(names, quote(key)+": "), append(elements, v[key])
		}
		return "{", "}", names, elements
	case []any:
		return "[", "]", make([]string, len(v)), v
	case flask.Tuple:
		return "(", ")", make([]string, len(v)), v
	}
	return "", "", nil, nil
}

// lines spells v, over several lines if it is long. depth is how many lists it is in.
func (r renderer) lines(v any, depth int) string {
	line := r.line(v)
	opening, closing, names, elements := parts(v)
	if len(line) <= lineWidth || depth == maxSpread || opening == "" {
		return line
	}
	indent := "\n" + strings.Repeat("  ", depth)
	for i, element := range elements {
		names[i] += r.lines(element, depth+1)
	}
	return opening + indent + "  " + strings.Join(names, ","+indent+"  ") + indent + closing
}

// line spells v on one line.
func (r renderer) line(v any) string {
	var b strings.Builder
	r.write(&b, v)
	return b.String()
}

func (r renderer) write(b *strings.Builder, v any) {
	opening, closing, names, elements := parts(v)
	if opening == "" {
		b.WriteString(r.single(v))
		return
	}
	b.WriteString(opening)
	for i, element := range elements {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(names[i])
		r.write(b, element)
	}
	if closing == ")" && len(elements) == 1 {
		b.WriteByte(',') // which makes it a tuple in Python
	}
	b.WriteString(closing)
}

// single spells a value without elements.
func (r renderer) single(v any) string {
	switch v := v.(type) {
	case string:
		return quote(v)
	case json.Number:
		return v.String()
	case []byte:
		return quoteBytes(v)
	case template.HTML:
		return "Markup(" + quote(string(v)) + ")"
	case flask.UUID:
		return "UUID(" + quote(v.String()) + ")"
	case time.Time:
		return "datetime(" + quote(v.UTC().Format(timeLayout)) + ")"
	}
	// Numbers, booleans and null, whose JSON has only letters, digits and signs.
	text, err := r.codec.AppendValue(nil, v)
	if err != nil {
		return quote(fmt.Sprint(v))
	}
	return string(text)
}

// messages reads a session's flash messages as programs would. It reports false if they are not
// what programs keep there.
func (r renderer) messages(v any) ([]session.Message, bool) {
	list, ok := v.([]any)
	messages := make([]session.Message, len(list))
	for i, element := range list {
		raw, err := r.codec.AppendValue(nil, element)
		if err == nil {
			messages[i], err = r.codec.DecodeMessage(string(raw))
		}
		if err != nil {
			return nil, false
		}
	}
	return messages, ok
}

var inQuotes = strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`)

// quote spells s as a JSON string in which every character can be printed.
func quote(s string) string { return `"` + string(printable([]byte(inQuotes.Replace(s)))) + `"` }

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

// word is s itself if it reads as one word, else quoted.
func word(s string) string {
	quoted := quote(s)
	if s == "" || len(quoted) != len(s)+2 || strings.ContainsAny(s, " ,:") {
		return quoted
	}
	return s
}

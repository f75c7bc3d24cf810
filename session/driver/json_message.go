package driver

import (
	"bytes"
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// A message is ["category","text"], or ["category",{"html":"text"}] if the program vouches for the
// markup. One with a title or data is ["category",{"text":"...","title":"...","data":...}], with
// "html" for "text" if it is markup. Releases to come may add members, which DecodeMessage ignores.

var (
	errMessage     = errors.New("a flash message is not valid JSON")
	errMessageData = errors.New("the Data of a flash message is not valid JSON")
)

// AppendMessage fails if Data is not valid JSON. Bytes that are not UTF-8 become U+FFFD, so that
// what a visitor typed fails no page.
func (jsonCodec) AppendMessage(dst []byte, m Message) ([]byte, error) {
	out, _ := appendString(append(dst, '['), m.Category)
	out = append(out, ',')
	if !m.Markup && m.Title == "" && len(m.Data) == 0 {
		out, _ = appendString(out, m.Text)
		return append(out, ']'), nil
	}
	if m.Markup {
		out = append(out, `{"html":`...)
	} else {
		out = append(out, `{"text":`...)
	}
	out, _ = appendString(out, m.Text)
	if m.Title != "" {
		out, _ = appendString(append(out, `,"title":`...), m.Title)
	}
	if len(m.Data) > 0 {
		if !utf8.Valid(m.Data) || deeperThan(string(m.Data), jsonvalue.MaxDepth) {
			return dst, errMessageData
		}
		buf := bytes.NewBuffer(append(out, `,"data":`...))
		if json.Compact(buf, m.Data) != nil {
			return dst, errMessageData
		}
		out = buf.Bytes()
	}
	return append(out, `}]`...), nil
}

// DecodeMessage fails only if raw is not valid JSON. An unknown shape is returned as the strings in
// it, up to 1,000 bytes, and never as markup.
func (jsonCodec) DecodeMessage(raw string) (Message, error) {
	if !utf8.ValidString(raw) || !json.Valid([]byte(raw)) {
		return Message{}, errMessage
	}
	m := Message{Category: DefaultCategory}
	r := reader{s: raw}
	rest := raw
	switch r.peek() {
	case '[':
		r.i++
		if first := r.value(); r.peek() == ',' && isWord(first) {
			if first != "null" {
				m.Category = word(first)
			}
			r.i++
			rest = raw[r.i:]
			m.read(r.value(), true)
		}
	default:
		m.read(r.value(), false)
	}
	if m.Text == "" && m.Title == "" && m.Data == nil {
		m.Text, m.Markup = readable(rest), false
	}
	return m, nil
}

// read sets m from the value of valid JSON that has its content. It is trusted if it is where our
// own messages have it.
func (m *Message) read(value string, trusted bool) {
	if isWord(value) {
		m.Text = word(value)
		return
	}
	if value[0] != '{' {
		return
	}
	text, html := "", ""
	r := reader{s: value}
	r.members(func(key string) {
		one := r.value()
		isString := one[0] == '"'
		switch {
		case key == "text" && isString:
			text = jsonvalue.Unquote(one)
		case key == "html" && isString && trusted:
			html = jsonvalue.Unquote(one)
		case key == "title" && isString:
			m.Title = jsonvalue.Unquote(one)
		case key == "category" && isString && !trusted:
			m.Category = jsonvalue.Unquote(one)
		case key == "data":
			m.Data = json.RawMessage(one)
		}
	})
	m.Text, m.Markup = text, false
	if text == "" && html != "" {
		m.Text, m.Markup = html, true
	}
}

// isWord reports whether a value is not an array or an object.
func isWord(value string) bool { return value != "" && value[0] != '[' && value[0] != '{' }

// word returns a value that is a string, a number or a word as text; null is none.
func word(value string) string {
	switch {
	case value[0] == '"':
		return jsonvalue.Unquote(value)
	case value == "null":
		return ""
	}
	return value
}

// readable joins the strings in a part of valid JSON, without the keys of objects.
func readable(part string) string {
	var words jsonvalue.Readable
	for r := (reader{s: part}); r.i < len(part); {
		if part[r.i] != '"' {
			r.i++
			continue
		}
		text := r.value()
		if r.peek() != ':' && !words.Add(jsonvalue.Unquote(text)) {
			break
		}
	}
	return words.String()
}

// A reader walks over valid JSON.
type reader struct {
	s string
	i int
}

// peek skips space and returns the byte that follows, 0 at the end.
func (r *reader) peek() byte {
	for ; r.i < len(r.s); r.i++ {
		switch c := r.s[r.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// value skips space and the value that follows, and returns the value.
func (r *reader) value() string {
	r.peek()
	start := r.i
	for depth := 0; r.i < len(r.s); {
		switch c := r.s[r.i]; c {
		case '"':
			for r.i++; r.s[r.i] != '"'; r.i++ {
				if r.s[r.i] == '\\' {
					r.i++
				}
			}
			r.i++
			if depth == 0 {
				return r.s[start:r.i]
			}
			continue
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return r.s[start:r.i] // after a number or a word, or nothing
			}
			if depth--; depth == 0 {
				r.i++
				return r.s[start:r.i]
			}
		case ',', ' ', '\t', '\n', '\r':
			if depth == 0 {
				return r.s[start:r.i]
			}
		}
		r.i++
	}
	return r.s[start:r.i]
}

// members reads an object; value reads the value of the key that it gets.
func (r *reader) members(value func(key string)) {
	for r.i++; r.peek() != '}'; {
		key := jsonvalue.Unquote(r.value())
		r.peek()
		r.i++ // the colon
		value(key)
		if r.peek() == ',' {
			r.i++
		}
	}
}

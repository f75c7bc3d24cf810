package interop

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
)

// description is a value in a form that both sides can make and compare; see
// python/describe.py. Two values are the same, types included, if their
// descriptions are.
type description struct {
	Kind  string        `json:"k"`
	Text  string        `json:"t"`
	Items []description `json:"i,omitempty"`
	Names []description `json:"n,omitempty"` // a dict's keys, in the order of Items
}

// escape writes text, which may hold lone surrogates in three bytes each
// (WTF-8), in printable ASCII.
func escape(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		c, n := codePoint(text[i:])
		if c >= ' ' && c <= '~' && c != '\\' {
			b.WriteByte(byte(c))
		} else {
			fmt.Fprintf(&b, `\{%x}`, c)
		}
		i += n
	}
	return b.String()
}

func unescape(text string) string {
	var b []byte
	for {
		before, rest, ok := strings.Cut(text, `\{`)
		b = append(b, before...)
		if !ok {
			return string(b)
		}
		digits, after, _ := strings.Cut(rest, "}")
		c, err := strconv.ParseUint(digits, 16, 32)
		if err != nil {
			panic(err) // escape wrote it
		}
		b, text = appendCodePoint(b, rune(c)), after
	}
}

// codePoint decodes WTF-8. Any other byte that is no UTF-8 counts as itself,
// past all code points, so that it equals nothing that Python has.
func codePoint(s string) (c rune, n int) {
	c, n = utf8.DecodeRuneInString(s)
	switch {
	case c != utf8.RuneError || n > 1:
		return c, n
	case len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] <= 0xBF && s[2]&0xC0 == 0x80:
		return rune(s[0]&0xF)<<12 | rune(s[1]&0x3F)<<6 | rune(s[2]&0x3F), 3
	}
	return 0x1000000 + rune(s[0]), 1
}

func appendCodePoint(b []byte, c rune) []byte {
	if c >= 0xD800 && c <= 0xDFFF {
		return append(b, 0xE0|byte(c>>12), 0x80|byte(c>>6)&0x3F, 0x80|byte(c)&0x3F)
	}
	return utf8.AppendRune(b, c)
}

func describeFloat(f float64) description {
	if math.IsNaN(f) {
		return description{Kind: "float", Text: "nan"}
	}
	return description{Kind: "float", Text: fmt.Sprintf("%016x", math.Float64bits(f))}
}

func describeInt(text string) description {
	if text == "-0" { // as a json.Number may have it
		text = "0"
	}
	return description{Kind: "int", Text: text}
}

// describe describes what Go reads from a session without being given a type.
func describe(t testing.TB, v any) description {
	t.Helper()
	switch v := v.(type) {
	case nil:
		return description{Kind: "none"}
	case bool:
		return description{Kind: "bool", Text: strconv.FormatBool(v)}
	case int64:
		return describeInt(strconv.FormatInt(v, 10))
	case json.Number:
		return describeInt(string(v))
	case float64:
		return describeFloat(v)
	case string:
		return description{Kind: "str", Text: escape(v)}
	case template.HTML:
		return description{Kind: "markup", Text: escape(string(v))}
	case []byte:
		return description{Kind: "bytes", Text: hex.EncodeToString(v)}
	case flask.UUID:
		return description{Kind: "uuid", Text: hex.EncodeToString(v[:])}
	case time.Time:
		return description{Kind: "datetime", Text: strconv.FormatInt(v.Unix(), 10)}
	case []any:
		return description{Kind: "list", Items: describeAll(t, v)}
	case flask.Tuple:
		return description{Kind: "tuple", Items: describeAll(t, v)}
	case map[string]any:
		return describeDict(t, v)
	}
	t.Fatalf("a value of the unexpected type %T was read: %v", v, v)
	panic("unreachable")
}

func describeAll(t testing.TB, values []any) []description {
	t.Helper()
	var items []description
	for _, v := range values {
		items = append(items, describe(t, v))
	}
	return items
}

func describeDict(t testing.TB, dict map[string]any) description {
	t.Helper()
	d := description{Kind: "dict"}
	for _, key := range sortedKeys(dict) {
		d.Names = append(d.Names, description{Kind: "str", Text: escape(key)})
		d.Items = append(d.Items, describe(t, dict[key]))
	}
	return d
}

// equal reports whether two descriptions are of the same value.
func (d description) equal(other description) bool {
	return d.Kind == other.Kind && d.Text == other.Text &&
		slices.EqualFunc(d.Names, other.Names, description.equal) &&
		slices.EqualFunc(d.Items, other.Items, description.equal)
}

// String is close to how Python would show the value.
func (d description) String() string {
	var parts []string
	for i, item := range d.Items {
		text := item.String()
		if d.Names != nil {
			text = d.Names[i].String() + ": " + text
		}
		parts = append(parts, text)
	}
	inside := strings.Join(parts, ", ")
	switch d.Kind {
	case "none":
		return "None"
	case "bool", "int":
		return d.Text
	case "str":
		return "'" + d.Text + "'"
	case "list":
		return "[" + inside + "]"
	case "dict":
		return "{" + inside + "}"
	}
	return d.Kind + "(" + d.Text + inside + ")"
}

// at returns what a dict has under a name, as escape writes it.
func (d description) at(name string) (description, bool) {
	for i, n := range d.Names {
		if n.Text == name {
			return d.Items[i], true
		}
	}
	return description{}, false
}

// with returns a dict with one key set, and without with one removed.
func (d description) with(name string, value description) description {
	d = d.without(name)
	i, _ := slices.BinarySearchFunc(d.Names, name, func(n description, name string) int {
		return strings.Compare(unescape(n.Text), unescape(name))
	})
	d.Names = slices.Insert(d.Names, i, description{Kind: "str", Text: name})
	d.Items = slices.Insert(d.Items, i, value)
	return d
}

func (d description) without(name string) description {
	kept := description{Kind: d.Kind}
	for i, n := range d.Names {
		if n.Text != name {
			kept.Names, kept.Items = append(kept.Names, n), append(kept.Items, d.Items[i])
		}
	}
	return kept
}

// wantSame fails where got is not want, and shows the smallest part of both
// that differs.
func wantSame(t testing.TB, what string, got, want description) {
	t.Helper()
	if got.equal(want) {
		return
	}
	path := ""
	for got.Kind == want.Kind && len(got.Items) == len(want.Items) && slices.EqualFunc(got.Names, want.Names, description.equal) {
		different := slices.IndexFunc(got.Items, func(description) bool { return true })
		for i := range got.Items {
			if !got.Items[i].equal(want.Items[i]) {
				different = i
				break
			}
		}
		if different < 0 {
			break
		}
		step := strconv.Itoa(different)
		if got.Names != nil {
			step = got.Names[different].String()
		}
		path += "[" + step + "]"
		got, want = got.Items[different], want.Items[different]
	}
	t.Errorf("%s%s:\ngot  %.2000s\nwant %.2000s", what, path, got, want)
}

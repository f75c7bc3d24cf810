package interop

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// speller writes JSON in spellings that Flask itself would not choose.
type speller struct {
	*random
	duplicates bool // keys that are there twice
}

// json writes a value as JSON that Python reads as that value.
func (r speller) json(d description) string {
	tagged := func(tag, content string) string {
		return r.object([]string{r.quote(tag)}, []string{content})
	}
	switch d.Kind {
	case "none":
		return "null"
	case "bool":
		return d.Text
	case "int":
		if d.Text == "0" {
			return pick(r.random, "0", "-0")
		}
		return d.Text
	case "float":
		return r.number(d.Text)
	case "str":
		return r.quote(unescape(d.Text))
	case "markup":
		return tagged(" m", r.quote(unescape(d.Text)))
	case "bytes":
		b, _ := hex.DecodeString(d.Text)
		return tagged(" b", r.quote(base64.StdEncoding.EncodeToString(b)))
	case "uuid":
		return tagged(" u", r.quote(d.Text))
	case "datetime":
		seconds, _ := strconv.ParseInt(d.Text, 10, 64)
		return tagged(" d", r.quote(time.Unix(seconds, 0).UTC().Format(http.TimeFormat)))
	case "list":
		return r.array(d.Items)
	case "tuple":
		return tagged(" t", r.array(d.Items))
	case "dict":
		if len(d.Names) == 1 && slices.Contains(tags, unescape(d.Names[0].Text)) {
			d.Names = []description{{Kind: "str", Text: d.Names[0].Text + "__"}}
			return tagged(" di", speller{r.random, false}.dictText(d))
		}
		return r.dictText(d)
	}
	panic("no JSON for a " + d.Kind)
}

func (r speller) dictText(d description) string {
	var names, values []string
	for i, name := range d.Names {
		if r.duplicates && r.in(8) {
			// Of a key that is there twice, the last counts.
			names, values = append(names, r.quote(unescape(name.Text))), append(values, r.json(r.scalar(shape{})))
		}
		names, values = append(names, r.quote(unescape(name.Text))), append(values, r.json(d.Items[i]))
	}
	return r.object(names, values)
}

func (r speller) array(items []description) string {
	var texts []string
	for _, item := range items {
		texts = append(texts, r.space()+r.json(item)+r.space())
	}
	return "[" + strings.Join(texts, ",") + "]"
}

func (r speller) object(names, values []string) string {
	var b strings.Builder
	b.WriteString("{")
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(r.space() + name + r.space() + ":" + r.space() + values[i] + r.space())
	}
	return b.String() + "}"
}

func (r speller) space() string {
	return pick(r.random, "", "", "", "", " ", "\n", "\t", "\r", "  \r\n\t")
}

func (r speller) number(bits string) string {
	if bits == "nan" {
		return "NaN"
	}
	u, _ := strconv.ParseUint(bits, 16, 64)
	f := math.Float64frombits(u)
	if math.IsInf(f, 0) {
		if f > 0 {
			return pick(r.random, "Infinity", "1e999")
		}
		return pick(r.random, "-Infinity", "-1E+400")
	}
	text := strconv.FormatFloat(f, pick(r.random, byte('e'), 'E', 'f'), pick(r.random, -1, 20), 64)
	if !strings.ContainsAny(text, ".eE") {
		text += pick(r.random, ".0", ".000", "e0", "E-0", "e+00")
	}
	return text
}

// quote writes a string with any escape that JSON has, or none.
func (r speller) quote(s string) string {
	b := []byte{'"'}
	for i := 0; i < len(s); {
		c, n := codePoint(s[i:])
		surrogate := c >= 0xD800 && c <= 0xDFFF
		switch {
		case c == '"' || c == '\\' || c < ' ' || surrogate || r.in(10):
			b = append(b, r.escaped(c)...)
		default:
			b = appendCodePoint(b, c)
		}
		i += n
	}
	return string(append(b, '"'))
}

func (r speller) escaped(c rune) string {
	if i := strings.IndexRune("\"\\/\b\f\n\r\t", c); i >= 0 && r.in(2) {
		return `\` + string(`"\/bfnrt`[i])
	}
	format := pick(r.random, `\u%04x`, `\u%04X`)
	if c >= 0x10000 {
		c -= 0x10000
		return fmt.Sprintf(format+format, 0xD800+c>>10, 0xDC00+c&0x3FF)
	}
	return fmt.Sprintf(format, c)
}

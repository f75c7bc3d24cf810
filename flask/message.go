package flask

import (
	"encoding/json"
	"errors"
	"html"
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
)

// Flask keeps a message as the tuple (category, text), and its templates show the text. So a title
// is put before the text. To get title and data back, Go writes them to an object before the tuple,
// under the same key: {" t":{"title":"T"}," t":["info","T: text"]}. Python's json module keeps the
// last of two equal keys, so Flask sees the tuple alone.
const (
	tupleStart = `{"` + tagTuple + `":`
	extraEnd   = `,"` + tagTuple + `":`
	titleEnd   = ": "
)

// An extra is what a message has that Flask has no place for.
type extra struct {
	Data  json.RawMessage `json:"data"`
	Title string          `json:"title"`
}

// AppendMessage writes the tuple (category, text), and before it title and data. It fails if Data
// is not JSON that Python can read. Bytes that are not UTF-8 become U+FFFD, so that the rest of a
// message is not lost.
func (codec) AppendMessage(dst []byte, m driver.Message) ([]byte, error) {
	out := append(dst, tupleStart...)
	text := m.Text
	if m.Title != "" || len(m.Data) > 0 {
		out = append(out, '{')
		if len(m.Data) > 0 {
			var err error
			if out, err = (codec{}).AppendValue(append(out, `"data":`...), m.Data); err != nil {
				return dst, errors.New("the Data of a flash message is not JSON that Python can read")
			}
		}
		if m.Title != "" {
			if len(m.Data) > 0 {
				out = append(out, ',')
			}
			out, _ = appendQuoted(append(out, `"title":`...), m.Title)
			text = shown(m)
		}
		out = append(out, '}')
		out = append(out, extraEnd...)
	}
	out, _ = appendQuoted(append(out, '['), m.Category)
	out = append(out, ',')
	if m.Markup {
		out = append(out, `{"`+tagMarkup+`":`...)
	}
	out, _ = appendQuoted(out, text)
	if m.Markup {
		out = append(out, '}')
	}
	return append(out, `]}`...), nil
}

// shown returns the text of a message with its title, as Flask shows it.
func shown(m driver.Message) string {
	title := m.Title
	if m.Markup {
		title = html.EscapeString(title)
	}
	if m.Text == "" {
		return title
	}
	return title + titleEnd + m.Text
}

// DecodeMessage accepts a tuple of category and text, a plain array of the two, or a bare text.
// Python programs flash values of any type: of anything else, the strings in it are the text. It
// fails only if raw is not JSON, or nested too deeply.
func (codec) DecodeMessage(raw string) (driver.Message, error) {
	d := newDecoder(raw)
	d.lean = true
	v, err := d.document()
	if err != nil {
		d = newDecoder(raw)
		d.lean, d.untagged = true, true // a tag may have what Flask does not write there
		if v, err = d.document(); err != nil {
			return driver.Message{}, err
		}
	}
	var pair []any
	switch v := v.(type) {
	case Tuple:
		pair = v
	case []any:
		pair = v
	}
	m := driver.Message{Category: driver.DefaultCategory}
	if len(pair) >= 2 {
		if pair[0] != nil {
			m.Category, _ = messageText(pair[0])
		}
		v = pair[1]
	}
	m.Text, m.Markup = messageText(v)
	readExtra(raw, &m)
	return m, nil
}

// readExtra gives m the title and the data that are before the tuple in raw, if they are.
func readExtra(raw string, m *driver.Message) {
	if !strings.HasPrefix(raw, tupleStart+"{") {
		return
	}
	d := newDecoder(raw)
	d.At = len(tupleStart)
	if !d.skip() || !strings.HasPrefix(raw[d.At:], extraEnd) {
		return
	}
	var x extra
	if (codec{}).DecodeValue(raw[len(tupleStart):d.At], &x) != nil {
		return
	}
	m.Data = x.Data
	title := shown(driver.Message{Title: x.Title, Markup: m.Markup})
	if x.Title != "" && m.Text == title {
		m.Title, m.Text = x.Title, ""
	} else if text, ok := strings.CutPrefix(m.Text, title+titleEnd); ok && x.Title != "" {
		m.Title, m.Text = x.Title, text
	}
}

// messageText returns the text of a message, or of a category.
func messageText(v any) (text string, markup bool) {
	switch v := v.(type) {
	case string:
		return v, false
	case template.HTML:
		return string(v), true
	case bool, int64, float64, json.Number:
		number, _ := codec{}.AppendValue(nil, v) // it was read, so it can be written
		return string(number), false
	}
	var words jsonvalue.Readable
	addWords(&words, v)
	return words.String(), false
}

// addWords adds the strings in v, and reports whether there is room for more.
func addWords(words *jsonvalue.Readable, v any) bool {
	switch v := v.(type) {
	case string:
		return words.Add(v)
	case template.HTML:
		return words.Add(string(v))
	case UUID:
		return words.Add(v.String())
	case time.Time:
		return words.Add(v.Format(http.TimeFormat))
	case Tuple:
		return addWords(words, []any(v))
	case []any:
		for _, one := range v {
			if !addWords(words, one) {
				return false
			}
		}
	case members:
		for _, one := range v {
			if !addWords(words, one.Value) {
				return false
			}
		}
	}
	return true
}

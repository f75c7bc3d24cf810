package flask

import (
	"fmt"
	"html/template"
	"reflect"

	"github.com/wafer-go/wafer/session"
)

// format writes and reads single values as Flask does.
type format struct{}

var _ session.Format = format{}

// AppendKey writes bytes that are no UTF-8 as U+FFFD.
func (format) AppendKey(dst []byte, key string) []byte {
	dst, _ = appendQuoted(dst, key)
	return dst
}

func (format) AppendValue(dst []byte, v any) ([]byte, error) {
	e := encoder{buf: dst}
	if err := e.value(v); err != nil {
		return dst, err
	}
	return e.buf, nil
}

func (format) DecodeValue(raw string, into any) error {
	d := decoder{s: raw}
	switch p := into.(type) {
	case *any:
		v, err := d.document()
		if err == nil {
			*p = v
		}
		return err
	case *string:
		if d.peek() == '"' {
			s, err := d.string()
			if err == nil {
				if err = d.end(); err == nil {
					*p = s
				}
			}
			return err
		}
	}
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("a value is decoded into a pointer that is not nil, and this is %T", into)
	}
	// Decoded apart, so that an error leaves the target as it was.
	v := reflect.New(target.Type().Elem()).Elem()
	err := d.into(v)
	if err == nil {
		if err = d.end(); err == nil {
			target.Elem().Set(v)
		}
	}
	return err
}

// AppendMessage writes the tuple (category, text). Bytes that are no UTF-8
// become U+FFFD, so that the rest of a message is not lost.
func (format) AppendMessage(dst []byte, m session.Message) []byte {
	dst = append(dst, `{"`+tagTuple+`":[`...)
	dst, _ = appendQuoted(dst, m.Category)
	dst = append(dst, ',')
	if m.Markup {
		dst = append(dst, `{"`+tagMarkup+`":`...)
	}
	dst, _ = appendQuoted(dst, m.Text)
	if m.Markup {
		dst = append(dst, '}')
	}
	return append(dst, `]}`...)
}

// DecodeMessage takes a tuple of category and text, a plain array of the two,
// or a bare text. Python programs flash whatever they like: what is no string
// is given as its JSON.
func (format) DecodeMessage(raw string) (session.Message, error) {
	d := decoder{s: raw}
	v, err := d.document()
	if err != nil {
		return session.Message{}, err
	}
	var pair []any
	switch v := v.(type) {
	case Tuple:
		pair = v
	case []any:
		pair = v
	}
	m := session.Message{Category: "message"}
	if len(pair) >= 2 {
		if m.Category, _, err = messageText(pair[0]); err != nil {
			return session.Message{}, err
		}
		v = pair[1]
	}
	m.Text, m.Markup, err = messageText(v)
	return m, err
}

func messageText(v any) (text string, markup bool, err error) {
	switch v := v.(type) {
	case string:
		return v, false, nil
	case template.HTML:
		return string(v), true, nil
	case UUID:
		return v.String(), false, nil
	}
	b, err := format{}.AppendValue(nil, v)
	return string(b), false, err
}

package driver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSON is the codec of the backends in package session: JSON as encoding/json has it, in UTF-8. A
// string that is not valid UTF-8 is an error, and integers that are read without a type stay integers.
var JSON Codec = jsonCodec{}

type jsonCodec struct{}

var _ Codec = jsonCodec{}

var errInvalidUTF8 = errors.New("a string in it is not valid UTF-8; keep bytes as []byte")

// Name is "json".
func (jsonCodec) Name() string { return "json" }

func (jsonCodec) AppendKey(dst []byte, key string) []byte { return appendString(dst, key) }

func (jsonCodec) AppendValue(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case string:
		if !utf8.ValidString(v) {
			return dst, errInvalidUTF8
		}
		return appendString(dst, v), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	}
	// An Encoder, since Marshal would spell <, > and & in six bytes each.
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return dst, err
	}
	text := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	// encoding/json writes each invalid byte as the six characters \ufffd and
	// a true U+FFFD as itself. Text that was JSON before is left alone.
	if _, isJSON := v.(json.Marshaler); !isJSON && hasReplacement(text) {
		return dst, errInvalidUTF8
	}
	return append(dst, text...), nil
}

// hasReplacement reports whether JSON has the escape \ufffd, rather than an
// escaped backslash before these letters.
func hasReplacement(text []byte) bool {
	for {
		i := bytes.Index(text, []byte(`\ufffd`))
		if i < 0 {
			return false
		}
		backslashes := 1
		for i-backslashes >= 0 && text[i-backslashes] == '\\' {
			backslashes++
		}
		if backslashes%2 == 1 {
			return true
		}
		text = text[i+len(`\ufffd`):]
	}
}

func (f jsonCodec) DecodeValue(raw string, into any) error {
	switch p := into.(type) {
	case *string:
		if s, ok := plainString(raw); ok {
			*p = s
			return nil
		}
	case *bool:
		switch raw {
		case "true", "false":
			*p = raw == "true"
			return nil
		}
	case *int:
		if n, err := strconv.Atoi(raw); err == nil && isInteger(raw) {
			*p = n
			return nil
		}
	case *int64:
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil && isInteger(raw) {
			*p = n
			return nil
		}
	case *any:
		v, err := decodeAny(raw)
		if err != nil {
			return err
		}
		*p = v
		return nil
	}
	if raw == "null" && !takesNull(into) {
		return fmt.Errorf("null is no %T", reflect.ValueOf(into).Elem().Interface())
	}
	return json.Unmarshal([]byte(raw), into)
}

// takesNull reports whether null has a meaning for what into points to.
// encoding/json leaves everything else as it was and calls that success.
func takesNull(into any) bool {
	if _, ok := into.(json.Unmarshaler); ok {
		return true
	}
	switch reflect.TypeOf(into).Elem().Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// plainString returns the content of a JSON string without escapes.
func plainString(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	s := raw[1 : len(raw)-1]
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			return "", false
		}
	}
	return s, true
}

// isInteger reports whether raw, which strconv takes for an integer, is one in
// JSON too: without a plus sign or leading zeros.
func isInteger(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	return digits == "0" || '1' <= digits[0] && digits[0] <= '9'
}

func decodeAny(raw string) (any, error) {
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("something follows the value")
	}
	return withNumbers(v), nil
}

// withNumbers gives each json.Number its Go type. An integer that no int64
// holds stays a json.Number, since a float64 would change its digits.
func withNumbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil && v != "-0" {
			return n
		}
		if v == "-0" || strings.ContainsAny(string(v), ".eE") {
			if f, err := v.Float64(); err == nil {
				return f
			}
		}
		return v
	case []any:
		for i := range v {
			v[i] = withNumbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = withNumbers(v[k])
		}
	}
	return v
}

// A message is ["category","text"], or ["category",{"html":"text"}] where the
// program vouches for the markup.

func (jsonCodec) AppendMessage(dst []byte, m Message) ([]byte, error) {
	dst = append(dst, '[')
	dst = appendString(dst, m.Category)
	dst = append(dst, ',')
	if m.Markup {
		dst = append(dst, `{"html":`...)
	}
	dst = appendString(dst, m.Text)
	if m.Markup {
		dst = append(dst, '}')
	}
	return append(dst, ']'), nil
}

func (f jsonCodec) DecodeMessage(raw string) (Message, error) {
	v, err := decodeAny(raw)
	if err != nil {
		return Message{}, err
	}
	if pair, ok := v.([]any); ok && len(pair) == 2 {
		if category, ok := pair[0].(string); ok {
			switch text := pair[1].(type) {
			case string:
				return Message{Category: category, Text: text}, nil
			case map[string]any:
				if html, ok := text["html"].(string); ok && len(text) == 1 {
					return Message{Category: category, Text: html, Markup: true}, nil
				}
			}
		}
	}
	if text, ok := v.(string); ok {
		return Message{Category: DefaultCategory, Text: text}, nil
	}
	return Message{Category: DefaultCategory, Text: raw}, nil
}

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string in UTF-8. Bytes that are no UTF-8
// become U+FFFD, but for lone surrogates (see Format), which stay apart.
func appendString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			dst = append(dst, s[start:i]...)
			if i+2 < len(s) && c == 0xED && s[i+1] >= 0xA0 && s[i+1] <= 0xBF && s[i+2]&0xC0 == 0x80 {
				dst = append(dst, '\\', 'u', 'd', hexDigits[s[i+1]>>2&0xF], hexDigits[s[i+1]<<2&0xC|s[i+2]>>4&3], hexDigits[s[i+2]&0xF])
				i += 3
			} else {
				dst = append(dst, "\uFFFD"...)
				i++
			}
			start = i
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}

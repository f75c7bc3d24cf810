package driver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"reflect"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// JSON is the codec of the backends in package session: JSON as encoding/json has it, in UTF-8.
// What it writes, it can read back into the same type, equal with these exceptions:
//
//   - In an any, at any depth, a value has the type that [Codec].DecodeValue gives to its JSON: an
//     int comes back as an int64, a struct as a map.
//   - A pointer to nil comes back as nil. Two pointers to one value come back as two values.
//   - A [json.RawMessage] loses its white space, a time.Time its monotonic clock: a type with
//     methods that write and read its JSON comes back as these make it.
//   - Fields that a struct leaves out come back zero: unexported ones beside exported ones, and
//     those whose tag says "-", omitempty or omitzero.
//
// An error says what cannot come back: NaN, a string that is not valid UTF-8, a struct whose fields
// are all unexported, a channel, an interface with methods, nesting of more than 700 levels.
var JSON Codec = jsonCodec{}

type jsonCodec struct{}

var _ Codec = jsonCodec{}

// Name is "json".
func (jsonCodec) Name() string { return "json" }

func (jsonCodec) AppendKey(dst []byte, key string) []byte {
	dst, _ = appendString(dst, key)
	return dst
}

func (jsonCodec) AppendValue(dst []byte, v any) ([]byte, error) {
	return jsonvalue.Append(jsonDialect{}, dst, v)
}

// A jsonDialect spells what encoding/json and other codecs do not spell alike.
type jsonDialect struct{}

var _ jsonvalue.Dialect = jsonDialect{}

func (jsonDialect) AppendString(dst []byte, s string) ([]byte, bool) { return appendString(dst, s) }

func (jsonDialect) Bytes(e *jsonvalue.Encoder, b []byte) error {
	e.Buf = append(e.Buf, '"')
	e.Buf = base64.StdEncoding.AppendEncode(e.Buf, b)
	e.Buf = append(e.Buf, '"')
	return nil
}

func (jsonDialect) AppendSpecial(dst []byte, _ float64) ([]byte, error) {
	return dst, errors.New("it is NaN or an infinity, which JSON does not have")
}

var numberType = reflect.TypeFor[json.Number]()

func (jsonDialect) IsNative(t reflect.Type) bool { return t == numberType }

// Native appends a json.Number verbatim; the empty one is 0, as in encoding/json.
func (jsonDialect) Native(e *jsonvalue.Encoder, v any) (bool, error) {
	n, ok := v.(json.Number)
	switch end, _ := jsonvalue.ScanNumber(string(n), 0); {
	case !ok:
		return false, nil
	case n == "":
		n = "0"
	case end != len(n):
		return true, errors.New("it is a json.Number that is not a number")
	}
	e.Buf = append(e.Buf, n...)
	return true, nil
}

func (jsonDialect) Marshaled(e *jsonvalue.Encoder, text []byte) error {
	if deeperThan(string(text), jsonvalue.MaxDepth-e.Depth()) {
		return jsonvalue.ErrTooDeepToWrite
	}
	if !utf8.Valid(text) {
		return errors.New("what it returned is not valid UTF-8")
	}
	buf := bytes.NewBuffer(e.Buf)
	if err := json.Compact(buf, text); err != nil {
		return errors.New("what it returned is not JSON")
	}
	e.Buf = buf.Bytes()
	return nil
}

func (jsonDialect) Lone(string) (tag, suffix string) { return "", "" }

func (jsonDialect) Decode(raw string, into any) error { return JSON.DecodeValue(raw, into) }

// deeperThan reports whether arrays and objects in raw are nested more than limit levels deep.
func deeperThan(raw string, limit int) bool {
	if len(raw) <= limit {
		return false
	}
	depth, quoted := 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '"':
			quoted = !quoted
		case quoted:
			if c == '\\' {
				i++
			}
		case c == '[', c == '{':
			if depth++; depth > limit {
				return true
			}
		case c == ']', c == '}':
			depth--
		}
	}
	return false
}

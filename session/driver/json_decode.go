package driver

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// DecodeValue reads what occurs most without reflection.
func (jsonCodec) DecodeValue(raw string, into any) error {
	switch p := into.(type) {
	case *any:
		if p == nil {
			break
		}
		v, err := decodeAny(raw)
		if err == nil {
			*p = v
		}
		return err
	case *string:
		if s, ok := plainString(raw); ok && p != nil {
			*p = s
			return nil
		}
	case *bool:
		if (raw == "true" || raw == "false") && p != nil {
			*p = raw == "true"
			return nil
		}
	case *int:
		if n, err := strconv.Atoi(raw); err == nil && isInteger(raw) && p != nil {
			*p = n
			return nil
		}
	case *int64:
		if n, err := strconv.ParseInt(raw, 10, 64); err == nil && isInteger(raw) && p != nil {
			*p = n
			return nil
		}
	}
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("a value is decoded into a pointer that is not nil, and this is a %T", into)
	}
	target = target.Elem()
	t := target.Type()
	if raw == "null" && !takesNull(t) {
		return fmt.Errorf("it is null, and %s was expected", t)
	}
	// Decoded apart, so that an error leaves the target as it was.
	v := reflect.New(t)
	if err := decodeJSON(raw, v); err != nil {
		return err
	}
	target.Set(v.Elem())
	return nil
}

// decodeJSON decodes raw into what v points to, which is zero. Numbers in an any get their Go type
// afterwards.
func decodeJSON(raw string, v reflect.Value) error {
	if deeperThan(raw, jsonvalue.MaxDepth) {
		return jsonvalue.ErrTooDeepToRead
	}
	if !utf8.ValidString(raw) {
		return errors.New("it is not valid UTF-8")
	}
	if !hasAny(v.Type().Elem()) {
		return quiet(v.Type().Elem(), json.Unmarshal([]byte(raw), v.Interface()))
	}
	d := json.NewDecoder(strings.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(v.Interface()); err != nil {
		return quiet(v.Type().Elem(), err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows the value")
	}
	typeNumbers(v.Elem())
	return nil
}

// takesNull reports whether null has a meaning for the type t. encoding/json leaves everything else
// as it was and calls that success.
func takesNull(t reflect.Type) bool {
	if reflect.PointerTo(t).Implements(jsonUnmarshalerType) {
		return true
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// isInteger reports whether raw, which is an integer for strconv, is one in JSON too: without a
// plus sign or leading zeros.
func isInteger(raw string) bool {
	digits := strings.TrimPrefix(raw, "-")
	return digits == "0" || digits[0] >= '1'
}

var (
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// quiet returns an error that says as much as err and quotes nothing of the text: session values
// may be secret, and errors are logged.
func quiet(t reflect.Type, err error) error {
	var mismatch *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &mismatch):
		kind, _, _ := strings.Cut(mismatch.Value, " ") // "number 42"
		switch kind {
		case "number", "string", "bool", "array", "object":
		default:
			kind = "value"
		}
		at := ""
		if mismatch.Field != "" {
			at = "at " + mismatch.Field + ": "
		}
		return fmt.Errorf("%sit is a JSON %s that does not fit %s", at, kind, mismatch.Type)
	case errors.As(err, &syntax):
		return fmt.Errorf("its JSON is broken at byte %d", syntax.Offset)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("its JSON ends too soon")
	}
	return jsonvalue.Unfit(t, err)
}

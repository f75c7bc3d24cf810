package flask

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var (
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// into reads the next value into v, which is settable and zero.
func (d *decoder) into(v reflect.Value) error {
	t := v.Type()
	switch t.Kind() {
	case reflect.Interface:
		if d.null() {
			return nil
		}
		if t.NumMethod() > 0 {
			return fmt.Errorf("an interface with methods (%s) cannot be decoded into", t)
		}
		value, err := d.value()
		if err == nil {
			v.Set(reflect.ValueOf(value))
		}
		return err
	case reflect.Pointer:
		if d.null() {
			return nil
		}
		if d.hops++; d.hops > jsonvalue.MaxDepth {
			return fmt.Errorf("%s points to pointers without end", t)
		}
		v.Set(reflect.New(t.Elem()))
		err := d.into(v.Elem())
		d.hops--
		return err
	}
	if !isNative(t) && (reflect.PointerTo(t).Implements(jsonUnmarshalerType) || reflect.PointerTo(t).Implements(textUnmarshalerType)) {
		return d.unmarshaler(v)
	}
	if d.null() {
		// As with encoding/json, a null inside a value leaves the zero value.
		if d.Depth > 0 || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
			return nil
		}
		return fmt.Errorf("it is null, and %s was expected", t)
	}
	if isNative(t) {
		return d.native(v)
	}
	switch t.Kind() {
	case reflect.Bool:
		switch {
		case d.Word("true"):
			v.SetBool(true)
		case d.Word("false"):
		default:
			return d.mismatch(t)
		}
		return nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return d.integer(v)
	case reflect.Float32, reflect.Float64:
		return d.float(v)
	case reflect.String:
		return d.text(v)
	case reflect.Slice:
		if jsonvalue.IsByteSlice(t) {
			return d.bytes(v)
		}
		return d.slice(v)
	case reflect.Array:
		return d.array(v)
	case reflect.Map:
		return d.mapping(v)
	case reflect.Struct:
		return d.structure(v)
	}
	return fmt.Errorf("a %s cannot be decoded into", t)
}

// null skips a null.
func (d *decoder) null() bool { return d.Peek() == 'n' && d.Word("null") }

// mismatch says what the next value is, and that t was expected.
func (d *decoder) mismatch(t fmt.Stringer) error {
	what := ""
	switch c := d.Peek(); c {
	case '{':
		what = "an object"
		start := d.At
		if tag, ok := d.tag(); ok {
			what = describeTag(tag)
		}
		d.At = start
	case '[':
		what = "an array"
	case '"':
		what = "a string"
	case 't', 'f':
		what = "a bool"
	case 'n':
		what = "null"
	default:
		start := d.At
		_, special := d.SpecialFloat()
		_, float, err := d.NumberText()
		d.At = start
		switch {
		case special:
			what = "a float"
		case err != nil:
			return err
		case float:
			what = "a float"
		default:
			what = "an integer"
		}
	}
	return fmt.Errorf("it is %s, and %s was expected", what, t)
}

// text reads a string. Markup is one too, as in Python.
func (d *decoder) text(v reflect.Value) error {
	tagged := d.openTag(tagMarkup)
	if d.Peek() != '"' {
		return d.mismatch(v.Type())
	}
	s, err := d.String()
	if err != nil {
		return err
	}
	v.SetString(s)
	if tagged {
		return d.Expect('}')
	}
	return nil
}

func (d *decoder) bytes(v reflect.Value) error {
	read := func(text string) error {
		b, err := readBytes(text)
		if err == nil {
			v.SetBytes(b)
		}
		return err
	}
	return d.taggedOrText(tagBytes, v.Type(), read, read)
}

// quoted reads a scalar that the option "string" put in quotes.
func (d *decoder) quoted(v reflect.Value) error {
	text, err := d.String()
	if err != nil {
		return err
	}
	inner := newDecoder(text)
	inner.Depth = 1
	if err := inner.into(v); err != nil {
		return err
	}
	return inner.End()
}

// unmarshaler hands the value to v's own UnmarshalJSON or UnmarshalText, as
// encoding/json would have written it: without Flask's tags.
func (d *decoder) unmarshaler(v reflect.Value) error {
	outer := d.verbatim
	d.verbatim = true
	tree, err := d.value()
	d.verbatim = outer
	if err != nil {
		return err
	}
	text, err := json.Marshal(tree)
	if err != nil {
		return errors.New("it has NaN or an infinity, which JSON does not have")
	}
	if err := json.Unmarshal(text, v.Addr().Interface()); err != nil {
		return jsonvalue.Unfit(v.Type(), err)
	}
	return nil
}

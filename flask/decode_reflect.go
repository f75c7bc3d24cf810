package flask

import (
	"encoding"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
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
		if t.NumMethod() > 0 {
			return fmt.Errorf("an interface with methods (%s) cannot be decoded into", t)
		}
		value, err := d.value()
		if err == nil && value != nil {
			v.Set(reflect.ValueOf(value))
		}
		return err
	case reflect.Pointer:
		if d.null() {
			return nil
		}
		v.Set(reflect.New(t.Elem()))
		return d.into(v.Elem())
	}
	if !isNative(t) && (reflect.PointerTo(t).Implements(jsonUnmarshalerType) || reflect.PointerTo(t).Implements(textUnmarshalerType)) {
		return d.unmarshaler(v)
	}
	if d.null() {
		// As with encoding/json, a null inside a value leaves the zero value.
		if d.depth > 0 || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
			return nil
		}
		return fmt.Errorf("it is null, and %s was wanted", t)
	}
	if isNative(t) {
		return d.native(v)
	}
	switch t.Kind() {
	case reflect.Bool:
		switch {
		case d.word("true"):
			v.SetBool(true)
		case d.word("false"):
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
		if t.Elem().Kind() == reflect.Uint8 {
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
func (d *decoder) null() bool { return d.peek() == 'n' && d.word("null") }

// mismatch says what the next value is, and that t was wanted.
func (d *decoder) mismatch(t fmt.Stringer) error {
	what := ""
	switch c := d.peek(); c {
	case '{':
		what = "an object"
		start := *d
		if tag, ok := d.tag(); ok {
			what = describeTag(tag)
		}
		*d = start
	case '[':
		what = "an array"
	case '"':
		what = "a string"
	case 't', 'f':
		what = "a bool"
	case 'n':
		what = "null"
	default:
		start := *d
		_, special := d.specialFloat()
		_, float, err := d.numberText()
		*d = start
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
	return fmt.Errorf("it is %s, and %s was wanted", what, t)
}

// integerText reads an integer. A float is none, whatever its value.
func (d *decoder) integerText(t reflect.Type) (string, error) {
	if c := d.peek(); c != '-' && (c < '0' || c > '9') {
		return "", d.mismatch(t)
	}
	start := d.i
	text, float, err := d.numberText()
	if err == nil && float || err != nil && d.word("-Infinity") {
		d.i = start
		return "", d.mismatch(t)
	}
	return text, err
}

func (d *decoder) integer(v reflect.Value) error {
	text, err := d.integerText(v.Type())
	if err != nil {
		return err
	}
	if v.CanInt() {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && !v.OverflowInt(n) {
			v.SetInt(n)
			return nil
		}
	} else {
		if text == "-0" {
			text = "0"
		}
		if n, err := strconv.ParseUint(text, 10, 64); err == nil && !v.OverflowUint(n) {
			v.SetUint(n)
			return nil
		}
	}
	return fmt.Errorf("the integer %.40s does not fit %s", text, v.Type())
}

// float reads a float or, as Python would, an integer.
func (d *decoder) float(v reflect.Value) error {
	d.peek()
	if f, ok := d.specialFloat(); ok {
		v.SetFloat(f)
		return nil
	}
	if c := d.peek(); c != '-' && (c < '0' || c > '9') {
		return d.mismatch(v.Type())
	}
	text, float, err := d.numberText()
	if err != nil {
		return err
	}
	f := parseFloat(text)
	if v.OverflowFloat(f) || !float && math.IsInf(f, 0) {
		return fmt.Errorf("the number %.40s does not fit %s", text, v.Type())
	}
	v.SetFloat(f)
	return nil
}

// text reads a string. Markup is one too, as in Python.
func (d *decoder) text(v reflect.Value) error {
	tagged := d.openTag(tagMarkup)
	if d.peek() != '"' {
		return d.mismatch(v.Type())
	}
	s, err := d.string()
	if err != nil {
		return err
	}
	v.SetString(s)
	if tagged {
		return d.closeTag()
	}
	return nil
}

func (d *decoder) bytes(v reflect.Value) error {
	text, err := d.tagged(tagBytes, v.Type())
	if err != nil {
		return err
	}
	b, err := readBytes(text)
	if err != nil {
		return err
	}
	v.Set(reflect.ValueOf(b).Convert(v.Type()))
	return nil
}

// sequence reads an array, or a tuple, whose elements element reads.
func (d *decoder) sequence(t reflect.Type, element func(i int) error) error {
	tagged := d.openTag(tagTuple)
	if d.peek() != '[' {
		return d.mismatch(t)
	}
	if err := d.elements(element); err != nil || !tagged {
		return err
	}
	return d.closeTag()
}

func (d *decoder) slice(v reflect.Value) error {
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return d.sequence(v.Type(), func(i int) error {
		v.Grow(1)
		v.SetLen(i + 1)
		return d.into(v.Index(i))
	})
}

func (d *decoder) array(v reflect.Value) error {
	n := 0
	err := d.sequence(v.Type(), func(i int) error {
		n++
		if i == v.Len() {
			return fmt.Errorf("a %s has no place for it", v.Type())
		}
		return d.into(v.Index(i))
	})
	if err == nil && n < v.Len() {
		return fmt.Errorf("it has %d elements, and %s was wanted", n, v.Type())
	}
	return err
}

// object reads an object that is no tag, also one that had to be escaped.
func (d *decoder) object(t reflect.Type, value func(key string) error) error {
	if d.peek() != '{' {
		return d.mismatch(t)
	}
	start := *d
	tag, ok := d.tag()
	if !ok {
		return d.members(value)
	}
	if tag != tagDict {
		*d = start
		return d.mismatch(t)
	}
	if d.peek() != '{' {
		return badTag(tag)
	}
	d.depth++
	n := 0
	err := d.members(func(key string) error {
		name, escaped := strings.CutSuffix(key, tagSuffix)
		if n++; n > 1 || !escaped {
			return badTag(tag)
		}
		return value(name)
	})
	switch {
	case err != nil:
		return err
	case n == 0:
		return badTag(tag)
	}
	return d.closeTag()
}

func (d *decoder) mapping(v reflect.Value) error {
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	return d.object(t, func(name string) error {
		key, err := readMapKey(name, t.Key())
		if err != nil {
			return err
		}
		value := reflect.New(t.Elem()).Elem()
		if err := d.into(value); err != nil {
			return err
		}
		v.SetMapIndex(key, value)
		return nil
	})
}

// readMapKey is the inverse of mapKey.
func readMapKey(name string, t reflect.Type) (reflect.Value, error) {
	key := reflect.New(t).Elem()
	switch kind := t.Kind(); {
	case kind == reflect.String:
		key.SetString(name)
		return key, nil
	case reflect.PointerTo(t).Implements(textUnmarshalerType):
		err := key.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(name))
		return key, err
	case key.CanInt():
		n, err := strconv.ParseInt(name, 10, 64)
		if err != nil || key.OverflowInt(n) {
			return key, fmt.Errorf("the key %.40q is no %s", name, t)
		}
		key.SetInt(n)
		return key, nil
	case key.CanUint():
		n, err := strconv.ParseUint(name, 10, 64)
		if err != nil || key.OverflowUint(n) {
			return key, fmt.Errorf("the key %.40q is no %s", name, t)
		}
		key.SetUint(n)
		return key, nil
	}
	return key, fmt.Errorf("a map's keys must be strings or integers, and this one's are %s", t)
}

// structure reads an object into a struct. Keys that it has no field for are
// passed over.
func (d *decoder) structure(v reflect.Value) error {
	fs := fieldsOf(v.Type())
	return d.object(v.Type(), func(name string) error {
		f, ok := fs.find(name)
		if !ok {
			_, err := d.value()
			return err
		}
		target, ok := f.settable(v)
		if !ok {
			return fmt.Errorf("its field lies in an unexported struct behind a nil pointer, which cannot be set")
		}
		// Of a key that is there twice, nothing of the first may be left.
		target.SetZero()
		if f.quoted && d.peek() == '"' {
			return d.quoted(target)
		}
		return d.into(target)
	})
}

// quoted reads a scalar that the option "string" put in quotes.
func (d *decoder) quoted(v reflect.Value) error {
	text, err := d.string()
	if err != nil {
		return err
	}
	inner := decoder{s: text, depth: 1}
	if err := inner.into(v); err != nil {
		return err
	}
	return inner.end()
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
		return err
	}
	return json.Unmarshal(text, v.Addr().Interface())
}

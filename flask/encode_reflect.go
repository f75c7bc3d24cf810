package flask

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

var (
	jsonMarshalerType = reflect.TypeFor[json.Marshaler]()
	textMarshalerType = reflect.TypeFor[encoding.TextMarshaler]()
)

// reflected appends a value of a type that value does not know.
func (e *encoder) reflected(v any) error { return e.reflect(reflect.ValueOf(v)) }

// reflect appends v by the rules of encoding/json, with Flask's tags for the
// types that have one, at any depth.
func (e *encoder) reflect(v reflect.Value) error {
	for hops := 0; ; hops++ {
		if !v.IsValid() || isNil(v) {
			e.buf = append(e.buf, "null"...)
			return nil
		}
		if hops == maxDepth {
			return errTooDeepToWrite
		}
		kind := v.Kind()
		if kind == reflect.Interface {
			v = v.Elem()
			continue
		}
		if kind != reflect.Pointer {
			if done, err := e.native(v.Interface()); done {
				return err
			}
		}
		if kind != reflect.Pointer || !isNative(v.Type().Elem()) {
			if done, err := e.marshaler(v); done {
				return err
			}
		}
		if kind != reflect.Pointer {
			return e.kind(v)
		}
		v = v.Elem()
	}
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		return v.IsNil()
	}
	return false
}

// marshaler lets v write itself, if it can. What comes is JSON, not Flask's:
// an object in it that looks like a tag is an object.
func (e *encoder) marshaler(v reflect.Value) (done bool, err error) {
	if t := v.Type(); v.CanAddr() && !t.Implements(jsonMarshalerType) && !t.Implements(textMarshalerType) {
		v = v.Addr()
	}
	switch m := v.Interface().(type) {
	case json.Marshaler:
		text, err := m.MarshalJSON()
		if err != nil {
			return true, err
		}
		d := decoder{s: string(text), untagged: true, verbatim: true}
		tree, err := d.document()
		if err != nil {
			return true, fmt.Errorf("MarshalJSON of %T: %w", m, err)
		}
		return true, e.value(tree)
	case encoding.TextMarshaler:
		text, err := m.MarshalText()
		if err != nil {
			return true, err
		}
		return true, e.string(string(text))
	}
	return false, nil
}

func (e *encoder) kind(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		e.buf = strconv.AppendBool(e.buf, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.buf = strconv.AppendInt(e.buf, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.buf = strconv.AppendUint(e.buf, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		e.buf = appendFloat(e.buf, v.Float(), v.Type().Bits())
	case reflect.String:
		return e.string(v.String())
	case reflect.Slice:
		if isByteSlice(v.Type()) {
			return e.bytes(v.Bytes())
		}
		return e.array(v.Len(), func(i int) error { return e.reflect(v.Index(i)) })
	case reflect.Array:
		return e.array(v.Len(), func(i int) error { return e.reflect(v.Index(i)) })
	case reflect.Map:
		return e.reflectedMap(v)
	case reflect.Struct:
		return e.reflectedStruct(v)
	default:
		return fmt.Errorf("a %s cannot be written as JSON", v.Type())
	}
	return nil
}

// member is a key and a value of an object to be written.
type member struct {
	key   string
	value reflect.Value
}

func (e *encoder) reflectedMap(v reflect.Value) error {
	members := make([]member, 0, v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, err := mapKey(entries.Key())
		if err != nil {
			return err
		}
		members = append(members, member{key, entries.Value()})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	for i := 1; i < len(members); i++ {
		if members[i].key == members[i-1].key {
			return fmt.Errorf("two keys of the %s are both written as %q", v.Type(), members[i].key)
		}
	}
	return e.object(len(members),
		func(i int) string { return members[i].key },
		func(i int) error { return e.reflect(members[i].value) })
}

// mapKey is the text of a map's key, as encoding/json has it: strings as they
// are, then MarshalText, then the decimal digits of integers.
func mapKey(key reflect.Value) (string, error) {
	if key.Kind() == reflect.String {
		return key.String(), nil
	}
	if m, ok := key.Interface().(encoding.TextMarshaler); ok {
		if key.Kind() == reflect.Pointer && key.IsNil() {
			return "", nil
		}
		text, err := m.MarshalText()
		return string(text), err
	}
	switch key.Kind() {
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(key.Int(), 10), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return strconv.FormatUint(key.Uint(), 10), nil
	}
	return "", fmt.Errorf("a map's keys must be strings or integers, and this one's are %s", key.Type())
}

func (e *encoder) reflectedStruct(v reflect.Value) error {
	fields := fieldsOf(v.Type()).sorted
	kept := make([]int, 0, len(fields))
	values := make([]reflect.Value, 0, len(fields))
	for i, f := range fields {
		value, ok := f.in(v)
		if !ok || f.omitEmpty && isEmpty(value) || f.omitZero && isZero(value) {
			continue
		}
		kept = append(kept, i)
		values = append(values, value)
	}
	return e.object(len(kept),
		func(i int) string { return fields[kept[i]].name },
		func(i int) error {
			start := len(e.buf)
			if err := e.reflect(values[i]); err != nil {
				return err
			}
			if fields[kept[i]].quoted && string(e.buf[start:]) != "null" {
				text := string(e.buf[start:])
				e.buf, _ = appendQuoted(e.buf[:start], text)
			}
			return nil
		})
}

func isEmpty(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return v.Len() == 0
	case reflect.Struct:
		return false
	}
	return v.IsZero()
}

func isZero(v reflect.Value) bool {
	type zeroer interface{ IsZero() bool }
	if isNil(v) {
		return true
	}
	if z, ok := v.Interface().(zeroer); ok {
		return z.IsZero()
	}
	if v.CanAddr() {
		if z, ok := v.Addr().Interface().(zeroer); ok {
			return z.IsZero()
		}
	}
	return v.IsZero()
}

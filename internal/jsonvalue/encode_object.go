package jsonvalue

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// member is a key and a value of an object to be written.
type member struct {
	key   string
	value reflect.Value
	field *Field // of a struct
}

func (e *Encoder) mapping(v reflect.Value) error {
	if t := v.Type().Key(); !isMapKey(t) {
		return errMapKey(t)
	}
	members := make([]member, 0, v.Len())
	for entries := v.MapRange(); entries.Next(); {
		key, err := e.mapKey(entries.Key())
		if err != nil {
			return err
		}
		members = append(members, member{key: key, value: entries.Value()})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.key, b.key) })
	for i := 1; i < len(members); i++ {
		if members[i].key == members[i-1].key {
			return fmt.Errorf("two keys of %s are written alike", v.Type())
		}
	}
	return e.Object(len(members),
		func(i int) string { return members[i].key },
		func(i int) error { return e.reflect(members[i].value) })
}

// mapKey returns the text of a map's key, as encoding/json has it: strings as they are, then
// MarshalText, then the decimal digits of integers.
func (e *Encoder) mapKey(key reflect.Value) (string, error) {
	t := key.Type()
	text, wrote := "", byKind
	switch {
	case t.Kind() == reflect.String:
		text = key.String()
	case reflect.PointerTo(t).Implements(textMarshalerType):
		b, err := addressable(key).Interface().(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return "", fmt.Errorf("MarshalText of the key's type %s: %w", t, err)
		}
		if !utf8.Valid(b) {
			return "", fmt.Errorf("MarshalText of the key's type %s returned what is not valid UTF-8", t)
		}
		text, wrote = string(b), byText
	case key.CanInt():
		text = strconv.FormatInt(key.Int(), 10)
	case key.CanUint():
		text = strconv.FormatUint(key.Uint(), 10)
	default:
		return "", errMapKey(t)
	}
	if !e.untyped && wrote != keyReads(t) {
		if again, err := ReadMapKey(text, t); err != nil || !reflect.DeepEqual(again.Interface(), key.Interface()) {
			return "", fmt.Errorf("a key of the type %s would not come back as it is; give the type both MarshalText and UnmarshalText", t)
		}
	}
	return text, nil
}

// isMapKey reports whether a map with keys of the type t can be read.
func isMapKey(t reflect.Type) bool {
	k := t.Kind()
	return k == reflect.String || k >= reflect.Int && k <= reflect.Uintptr || keyReads(t) == byText
}

func errMapKey(t reflect.Type) error {
	return fmt.Errorf("a map's keys must be strings or integers, or have MarshalText and UnmarshalText; these are %s", t)
}

var errBadMapKey = errors.New("a key does not fit")

// keyReads tells how the keys of the type t are read.
func keyReads(t reflect.Type) method {
	if reflect.PointerTo(t).Implements(textUnmarshalerType) {
		return byText
	}
	return byKind
}

// ReadMapKey returns the map key of the type t that has this text.
func ReadMapKey(text string, t reflect.Type) (reflect.Value, error) {
	key := reflect.New(t).Elem()
	switch {
	case keyReads(t) == byText:
		if err := key.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
			return key, Unfit(t, err)
		}
		return key, nil
	case t.Kind() == reflect.String:
		key.SetString(text)
		return key, nil
	case key.CanInt():
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || key.OverflowInt(n) {
			return key, fmt.Errorf("%w a %s", errBadMapKey, t)
		}
		key.SetInt(n)
		return key, nil
	case key.CanUint():
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || key.OverflowUint(n) {
			return key, fmt.Errorf("%w a %s", errBadMapKey, t)
		}
		key.SetUint(n)
		return key, nil
	}
	return key, errMapKey(t)
}

func (e *Encoder) structure(one *info, v reflect.Value) error {
	t := v.Type()
	if one.opaque {
		return fmt.Errorf("%s has no exported field, so all of it would be lost; give it MarshalJSON and UnmarshalJSON", t)
	}
	for i := range one.fields.hidden {
		f := &one.fields.hidden[i]
		if value, ok := f.in(v); ok && !value.IsZero() {
			return fmt.Errorf("the field %s of %s would be lost, because others hide it from JSON; give it a name of its own in its tag, or \"-\"", f.Name, t)
		}
	}
	fields := one.fields.sorted
	kept := make([]member, 0, len(fields))
	for i := range fields {
		f := &fields[i]
		value, ok := f.in(v)
		if !ok || f.omitEmpty && isEmpty(value) || f.omitZero && isZero(value) {
			continue
		}
		if f.unsettable && !e.untyped {
			return InKey(fmt.Errorf("%s has it in a pointer to an unexported struct, which cannot be set again; embed the struct itself", t), f.Name)
		}
		kept = append(kept, member{f.Name, value, f})
	}
	return e.Object(len(kept),
		func(i int) string { return kept[i].key },
		func(i int) error {
			start := len(e.Buf)
			if err := e.reflect(kept[i].value); err != nil {
				return err
			}
			if kept[i].field.Quoted && string(e.Buf[start:]) != null {
				text := string(e.Buf[start:])
				e.Buf, _ = e.dialect.AppendString(e.Buf[:start], text)
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
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface, reflect.Map, reflect.Slice:
		if v.IsNil() {
			return true
		}
	}
	if z, ok := addressable(v).Interface().(zeroer); ok {
		return z.IsZero()
	}
	return v.IsZero()
}

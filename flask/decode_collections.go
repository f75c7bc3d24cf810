package flask

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

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

package flask

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// sequence reads an array, or a tuple, whose elements element reads.
func (d *decoder) sequence(t reflect.Type, element func(i int) error) error {
	tagged := d.openTag(tagTuple)
	if d.Peek() != '[' {
		return d.mismatch(t)
	}
	if err := d.Elements(element); err != nil || !tagged {
		return err
	}
	return d.Expect('}')
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
		return fmt.Errorf("it has %d elements, and %s was expected", n, v.Type())
	}
	return err
}

// object reads an object that is not a tag, also one that had to be escaped.
func (d *decoder) object(t reflect.Type, value func(key string) error) error {
	if d.Peek() != '{' {
		return d.mismatch(t)
	}
	start := d.At
	tag, ok := d.tag()
	if !ok {
		return d.Members(value)
	}
	if tag != tagDict {
		d.At = start
		return d.mismatch(t)
	}
	if d.Peek() != '{' {
		return badTag(tag)
	}
	n := 0
	err := d.Members(func(key string) error {
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
	return d.Expect('}')
}

func (d *decoder) mapping(v reflect.Value) error {
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	return d.object(t, func(name string) error {
		key, err := jsonvalue.ReadMapKey(name, t.Key())
		if err != nil {
			return err
		}
		value := reflect.New(t.Elem()).Elem()
		if err := d.into(value); err != nil {
			return jsonvalue.InMember(err)
		}
		v.SetMapIndex(key, value)
		return nil
	})
}

// structure reads an object into a struct. Keys that it has no field for are
// passed over.
func (d *decoder) structure(v reflect.Value) error {
	fs := jsonvalue.FieldsOf(v.Type())
	return d.object(v.Type(), func(name string) error {
		f, ok := fs.Find(name)
		if !ok {
			_, err := d.value()
			return jsonvalue.InMember(err)
		}
		target, ok := f.Settable(v)
		if !ok {
			return jsonvalue.InKey(errors.New("its field lies in an unexported struct behind a nil pointer, which cannot be set"), f.Name)
		}
		// Of a key that is there twice, nothing of the first may be left.
		target.SetZero()
		if f.Quoted && d.Peek() == '"' {
			return jsonvalue.InKey(d.quoted(target), f.Name)
		}
		return jsonvalue.InKey(d.into(target), f.Name)
	})
}

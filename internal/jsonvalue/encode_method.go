package jsonvalue

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"
)

// addressable returns a pointer to v, or to a copy of it, which has all of its methods.
func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v.Addr()
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p
}

// marshaler lets v write itself.
func (e *Encoder) marshaler(one *info, v reflect.Value) error {
	p := addressable(v).Interface()
	if one.writes == byText {
		text, err := p.(encoding.TextMarshaler).MarshalText()
		if err != nil {
			return fmt.Errorf("MarshalText of %s: %w", v.Type(), err)
		}
		if !utf8.Valid(text) {
			return fmt.Errorf("MarshalText of %s returned what is not valid UTF-8", v.Type())
		}
		return e.String(string(text))
	}
	text, err := p.(json.Marshaler).MarshalJSON()
	if err != nil {
		return fmt.Errorf("MarshalJSON of %s: %w", v.Type(), err)
	}
	if err := e.dialect.Marshaled(e, text); errors.Is(err, ErrTooDeepToWrite) {
		return err
	} else if err != nil {
		return fmt.Errorf("MarshalJSON of %s: %w", v.Type(), err)
	}
	return nil
}

// checkReadBack reads what was written for v, because v's type has one way to write and another to
// read, or methods that know only a part of it, or that may not work in a new value.
func (e *Encoder) checkReadBack(one *info, v reflect.Value, text string) error {
	into := reflect.New(v.Type())
	if err := e.decode(text, into.Interface()); err != nil {
		return fmt.Errorf("%s could not be read back (%w); give it the methods for both ways", v.Type(), err)
	}
	if one.reads != one.writes {
		if !reflect.DeepEqual(into.Elem().Interface(), v.Interface()) {
			return fmt.Errorf("%s would not come back as it is; give it the methods for both ways", v.Type())
		}
		return nil
	}
	lost := false
	for _, i := range one.beside {
		if !v.Field(i).IsZero() {
			if !into.Elem().Field(i).IsZero() {
				return nil
			}
			lost = true
		}
	}
	if lost {
		return fmt.Errorf("%s is written by the methods of a type that it embeds, so all its other fields would be lost; give it methods of its own, or a name to the embedded field", v.Type())
	}
	return nil
}

// decode reads what was written into a new value. Methods that a struct has from a nil pointer that
// it embeds panic.
func (e *Encoder) decode(text string, into any) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.New("the method that reads it panics if the value is new")
		}
	}()
	return e.dialect.Decode(text, into)
}

// Unfit is the error for a text that does not fit the type t, if err says so: an error of the
// program's or of encoding/json's, whose own words may quote the text.
func Unfit(t reflect.Type, err error) error {
	return fmt.Errorf("it does not fit %s (%T, whose words are left out because they may quote it)", t, err)
}

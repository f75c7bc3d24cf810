package gobvalues

import (
	"encoding"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
)

var errTooDeep = errors.New("it is nested more than 100 deep")

// maxDepth is how deep a value may be nested: JSON's readers have limits too,
// and a program's own values are far from it.
const maxDepth = 100

// encode writes a value as JSON, or says what in it JSON would lose.
func encode(value any) (string, error) {
	value, err := plain(value, 0)
	if err != nil {
		return "", err
	}
	raw, err := driver.JSON.AppendValue(nil, value)
	return string(raw), err
}

// text returns a key that is a string, of whatever type.
func text(key any) (string, bool) {
	v := reflect.ValueOf(key)
	if v.Kind() != reflect.String {
		return "", false
	}
	return v.String(), true
}

// plain returns value with maps of any key as maps of strings, and checks that
// all else in it survives JSON.
func plain(value any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	switch value := value.(type) {
	case []any:
		list := make([]any, len(value))
		for i, one := range value {
			var err error
			if list[i], err = plain(one, depth+1); err != nil {
				return nil, err
			}
		}
		return list, nil
	case map[string]any:
		return plainMap(value, depth)
	case map[any]any:
		named := make(map[string]any, len(value))
		for key, one := range value {
			name, ok := text(key)
			if _, twice := named[name]; !ok || twice {
				return nil, fmt.Errorf("a map in it has a key of the type %T, which JSON has not", key)
			}
			named[name] = one
		}
		return plainMap(named, depth)
	}
	return value, survives(reflect.ValueOf(value), depth)
}

func plainMap(in map[string]any, depth int) (any, error) {
	out := make(map[string]any, len(in))
	for key, one := range in {
		var err error
		if out[key], err = plain(one, depth+1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var (
	ownJSON = []reflect.Type{reflect.TypeFor[json.Marshaler](), reflect.TypeFor[encoding.TextMarshaler]()}
	ownGob  = []reflect.Type{reflect.TypeFor[gob.GobEncoder](), reflect.TypeFor[encoding.BinaryMarshaler]()}
)

func implements(t reflect.Type, any []reflect.Type) bool {
	for _, one := range any {
		if t.Implements(one) || reflect.PointerTo(t).Implements(one) {
			return true
		}
	}
	return false
}

// survives returns what gob has kept of v and JSON would drop without a word.
// What JSON cannot write at all is left to its encoder.
func survives(v reflect.Value, depth int) error {
	if !v.IsValid() {
		return nil
	}
	t := v.Type()
	switch {
	case depth > maxDepth:
		return errTooDeep
	case implements(t, ownJSON):
		return nil
	case implements(t, ownGob):
		return fmt.Errorf("a %v has a form of its own in gob and none in JSON; make it a string, for example, with Options.Convert", t)
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		return survives(v.Elem(), depth+1)
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return nil
		}
		for i := range v.Len() {
			if err := survives(v.Index(i), depth+1); err != nil {
				return err
			}
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			if err := survives(entries.Value(), depth+1); err != nil {
				return err
			}
		}
	case reflect.Struct:
		return fieldsSurvive(v, depth)
	}
	return nil
}

func fieldsSurvive(v reflect.Value, depth int) error {
	t := v.Type()
	for i := range t.NumField() {
		f := t.Field(i)
		if !f.IsExported() {
			continue // gob has not kept it either
		}
		tag := f.Tag.Get("json")
		if name, _, _ := strings.Cut(tag, ","); tag == name && name == "-" {
			if !v.Field(i).IsZero() {
				return fmt.Errorf("the field %s of a %v is kept out of JSON by its tag; remove the tag, or use Options.Convert", f.Name, t)
			}
			continue
		}
		if err := survives(v.Field(i), depth+1); err != nil {
			return err
		}
	}
	return nil
}

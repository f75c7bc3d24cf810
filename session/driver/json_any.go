package driver

import (
	"encoding/json"
	"reflect"
	"sync"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// decodeAny reads raw into the types that an any has, without the many small pieces of memory that
// encoding/json needs: a stranger's cookie may have thousands of values.
func decodeAny(raw string) (any, error) {
	r := jsonvalue.Reader{Text: raw}
	v, err := readAny(&r)
	if err != nil {
		return nil, err
	}
	return v, r.End()
}

func readAny(r *jsonvalue.Reader) (any, error) {
	switch r.Peek() {
	case '{':
		object := map[string]any{}
		return object, r.Members(func(key string) (err error) {
			object[key], err = readAny(r)
			return jsonvalue.InMember(err)
		})
	case '[':
		list := []any{}
		err := r.Elements(func(int) error {
			if len(list) == cap(list) {
				list = jsonvalue.GrowList(list, r.Text[r.At:])
			}
			v, err := readAny(r)
			list = append(list, v)
			return err
		})
		return list, err
	}
	return r.Scalar()
}

var anys sync.Map // reflect.Type to bool

// hasAny reports whether a value of type t may have an any in it that encoding/json fills, so that
// numbers there have yet to get their type. What a type's own UnmarshalJSON does is the type's
// affair.
func hasAny(t reflect.Type) bool {
	if known, ok := anys.Load(t); ok {
		return known.(bool)
	}
	found := findAny(t, make(map[reflect.Type]bool))
	anys.Store(t, found)
	return found
}

func findAny(t reflect.Type, seen map[reflect.Type]bool) bool {
	if seen[t] || readsItself(t) {
		return false
	}
	seen[t] = true
	switch t.Kind() {
	case reflect.Interface:
		return true
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return findAny(t.Elem(), seen)
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); (f.IsExported() || f.Anonymous) && findAny(f.Type, seen) {
				return true
			}
		}
	}
	return false
}

func readsItself(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return p.Implements(jsonUnmarshalerType) || p.Implements(textUnmarshalerType)
}

// typeNumbers gives each json.Number that is in an any in v, which is settable, its Go type. Fields
// that are declared as json.Number stay.
func typeNumbers(v reflect.Value) {
	t := v.Type()
	if !hasAny(t) {
		return
	}
	switch t.Kind() {
	case reflect.Interface:
		if v.CanSet() && !v.IsNil() && t.NumMethod() == 0 {
			v.Set(reflect.ValueOf(typed(v.Interface())))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			typeNumbers(v.Elem())
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			typeNumbers(v.Index(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			element := reflect.New(t.Elem()).Elem() // those in a map cannot be set
			element.Set(entries.Value())
			typeNumbers(element)
			v.SetMapIndex(entries.Key(), element)
		}
	case reflect.Struct:
		for i := range t.NumField() {
			if f := t.Field(i); f.IsExported() || f.Anonymous {
				typeNumbers(v.Field(i))
			}
		}
	}
}

// typed gives each json.Number in v its Go type.
func typed(v any) any {
	switch v := v.(type) {
	case json.Number:
		r := jsonvalue.Reader{Text: string(v)}
		if n, err := r.Number(); err == nil {
			return n
		}
	case []any:
		for i := range v {
			v[i] = typed(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = typed(v[k])
		}
	}
	return v
}

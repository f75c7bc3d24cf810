package driver

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

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
		return typedNumber(string(v))
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

// typedNumber returns the number that a JSON number is in an any. An integer that no int64 holds is
// a json.Number, because a float64 would change its digits.
func typedNumber(text string) any {
	if text == "-0" || strings.ContainsAny(text, ".eE") {
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			return f
		}
	} else if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n
	}
	return json.Number(text)
}

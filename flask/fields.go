package flask

import (
	"encoding/json"
	"html/template"
	"math/big"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"
)

// isNative reports whether t has a form of its own in Flask's JSON.
func isNative(t reflect.Type) bool {
	switch t {
	case tupleType, htmlType, uuidType, timeType, numberType, bigIntType:
		return true
	}
	return false
}

var (
	tupleType  = reflect.TypeFor[Tuple]()
	htmlType   = reflect.TypeFor[template.HTML]()
	uuidType   = reflect.TypeFor[UUID]()
	timeType   = reflect.TypeFor[time.Time]()
	numberType = reflect.TypeFor[json.Number]()
	bigIntType = reflect.TypeFor[big.Int]()
)

// fields are the members that a struct has in JSON, by encoding/json's rules.
type fields struct {
	sorted []field // by name
	byName map[string]int
}

type field struct {
	name      string
	index     []int
	omitEmpty bool
	omitZero  bool
	quoted    bool // the option "string"
	named     bool // by its tag
}

var fieldsByType sync.Map // reflect.Type to *fields

func fieldsOf(t reflect.Type) *fields {
	if known, ok := fieldsByType.Load(t); ok {
		return known.(*fields)
	}
	found := collectFields(t, nil, nil, nil)
	slices.SortStableFunc(found, func(a, b field) int { return strings.Compare(a.name, b.name) })
	fs := &fields{byName: make(map[string]int)}
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].name == found[0].name {
			n++
		}
		if f, ok := dominant(found[:n]); ok {
			fs.byName[f.name] = len(fs.sorted)
			fs.sorted = append(fs.sorted, f)
		}
		found = found[n:]
	}
	known, _ := fieldsByType.LoadOrStore(t, fs)
	return known.(*fields)
}

// collectFields appends t's fields to found, and those of the structs that t
// embeds. above are the types on the way to t: a struct that embeds itself
// adds nothing new.
func collectFields(t reflect.Type, index []int, above []reflect.Type, found []field) []field {
	if slices.Contains(above, t) {
		return found
	}
	above = append(above, t)
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		path := append(slices.Clip(index), i)
		if f.Anonymous {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct && name == "" {
				found = collectFields(inner, path, above, found)
				continue
			}
		}
		if !f.IsExported() {
			continue
		}
		named := name != ""
		if !named {
			name = f.Name
		}
		opts := strings.Split(options, ",")
		found = append(found, field{
			name:      name,
			index:     path,
			named:     named,
			omitEmpty: slices.Contains(opts, "omitempty"),
			omitZero:  slices.Contains(opts, "omitzero"),
			quoted:    slices.Contains(opts, "string") && isScalar(f.Type),
		})
	}
	return found
}

func isScalar(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// dominant picks among fields of one name: the least deep, then the one named
// by its tag. Where two are left, neither counts.
func dominant(rivals []field) (field, bool) {
	better := func(a, b field) bool {
		if len(a.index) != len(b.index) {
			return len(a.index) < len(b.index)
		}
		return a.named && !b.named
	}
	best, alone := rivals[0], true
	for _, f := range rivals[1:] {
		switch {
		case better(f, best):
			best, alone = f, true
		case !better(best, f):
			alone = false
		}
	}
	return best, alone
}

// find returns the field of that name, or else one that differs in case
// alone, as encoding/json does.
func (fs *fields) find(name string) (field, bool) {
	if i, ok := fs.byName[name]; ok {
		return fs.sorted[i], true
	}
	for _, f := range fs.sorted {
		if strings.EqualFold(f.name, name) {
			return f, true
		}
	}
	return field{}, false
}

// in returns f's value in the struct v, false where it lies behind a nil
// pointer.
func (f field) in(v reflect.Value) (reflect.Value, bool) {
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// settable is in for a field that is to be set: nil pointers on the way get a
// new struct. It is false where one cannot be set, being of an unexported type.
func (f field) settable(v reflect.Value) (reflect.Value, bool) {
	for i, n := range f.index {
		if i > 0 && v.Kind() == reflect.Pointer {
			if v.IsNil() {
				if !v.CanSet() {
					return reflect.Value{}, false
				}
				v.Set(reflect.New(v.Type().Elem()))
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, v.CanSet()
}

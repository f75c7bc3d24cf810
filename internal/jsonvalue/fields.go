package jsonvalue

import (
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Fields are the members that a struct has in JSON, by encoding/json's rules.
type Fields struct {
	sorted []Field // by name
	byName map[string]int
	hidden []Field // exported fields that are never written, because of another of their name
}

// A Field is a member that a struct has in JSON.
type Field struct {
	Name   string // in JSON
	Quoted bool   // the option "string"

	index      []int
	omitEmpty  bool
	omitZero   bool
	named      bool // by its tag
	unsettable bool // behind a pointer that only its own package can set
}

// FieldsOf returns the members of the struct type t.
func FieldsOf(t reflect.Type) *Fields { return infoOf(t).fields }

func newFields(t reflect.Type) *Fields {
	fs := &Fields{byName: make(map[string]int)}
	found := fs.collect(t, Field{}, nil, nil)
	slices.SortStableFunc(found, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	for len(found) > 0 {
		n := 1
		for n < len(found) && found[n].Name == found[0].Name {
			n++
		}
		best, alone := dominant(found[:n])
		if alone {
			fs.byName[found[best].Name] = len(fs.sorted)
			fs.sorted = append(fs.sorted, found[best])
		}
		for i, f := range found[:n] {
			if !alone || i != best {
				fs.hidden = append(fs.hidden, f)
			}
		}
		found = found[n:]
	}
	return fs
}

// collect appends t's fields to found, and those of the structs that t embeds. parent is the
// embedded field that has the type t, and above are the types on the way to it: a struct that
// embeds itself adds nothing new.
func (fs *Fields) collect(t reflect.Type, parent Field, above []reflect.Type, found []Field) []Field {
	above = append(above, t)
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("json")
		if tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if !validName(name) {
			name = ""
		}
		one := Field{Name: name, named: name != "", index: append(slices.Clip(parent.index), i), unsettable: parent.unsettable}
		if f.Anonymous && !one.named {
			inner, isPointer := f.Type, f.Type.Kind() == reflect.Pointer
			if isPointer {
				inner = inner.Elem()
			}
			if inner.Kind() == reflect.Struct {
				one.Name = f.Name
				one.unsettable = one.unsettable || isPointer && !f.IsExported()
				if slices.Contains(above, inner) {
					fs.hidden = append(fs.hidden, one)
				} else {
					found = fs.collect(inner, one, above, found)
				}
				continue
			}
		}
		if !f.IsExported() {
			continue
		}
		if !one.named {
			one.Name = f.Name
		}
		opts := strings.Split(options, ",")
		one.omitEmpty = slices.Contains(opts, "omitempty")
		one.omitZero = slices.Contains(opts, "omitzero")
		one.Quoted = slices.Contains(opts, "string") && isScalar(f.Type)
		found = append(found, one)
	}
	return found
}

// validName reports whether encoding/json uses a name that a tag gives.
func validName(name string) bool {
	for _, r := range name {
		if !strings.ContainsRune("!#$%&()*+-./:;<=>?@[]^_{|}~ ", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}

func isScalar(t reflect.Type) bool {
	if t.Name() == "" && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	k := t.Kind()
	return k >= reflect.Bool && k <= reflect.Float64 || k == reflect.String
}

// dominant picks among fields of one name: the least deep, then the one named by its tag. If two
// are left, neither counts.
func dominant(rivals []Field) (best int, alone bool) {
	better := func(a, b Field) bool {
		return len(a.index) < len(b.index) || len(a.index) == len(b.index) && a.named && !b.named
	}
	alone = true
	for i, f := range rivals[1:] {
		switch {
		case better(f, rivals[best]):
			best, alone = i+1, true
		case !better(rivals[best], f):
			alone = false
		}
	}
	return best, alone
}

// Find returns the field of that name, or else one that differs in case alone, as encoding/json
// does.
func (fs *Fields) Find(name string) (Field, bool) {
	if i, ok := fs.byName[name]; ok {
		return fs.sorted[i], true
	}
	for _, f := range fs.sorted {
		if strings.EqualFold(f.Name, name) {
			return f, true
		}
	}
	return Field{}, false
}

// in returns f's value in the struct v, and false if it is behind a nil pointer.
func (f *Field) in(v reflect.Value) (reflect.Value, bool) {
	for _, n := range f.index {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return reflect.Value{}, false
			}
			v = v.Elem()
		}
		v = v.Field(n)
	}
	return v, true
}

// Settable returns f's value in the struct v, to be set: nil pointers on the way get a new struct.
// It returns false if one of them cannot be set, being of an unexported type.
func (f Field) Settable(v reflect.Value) (reflect.Value, bool) {
	for _, n := range f.index {
		if v.Kind() == reflect.Pointer {
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

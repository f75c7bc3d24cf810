package jsonvalue

import (
	"encoding"
	"encoding/json"
	"reflect"
	"sync"
)

var (
	jsonMarshalerType   = reflect.TypeFor[json.Marshaler]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	jsonUnmarshalerType = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// A method is what writes or reads the values of a type.
type method int

const (
	byKind method = iota
	byText        // MarshalText, UnmarshalText
	byJSON        // MarshalJSON, UnmarshalJSON
)

// An info is what is worth knowing of a type only once.
type info struct {
	writes, reads method

	// beside are the exported fields of a struct that has its methods, it seems, from a type that
	// it embeds, which knows nothing of them.
	beside []int

	// borrowed reports whether a struct has the method that reads it from a pointer or an interface
	// that it embeds, it seems: that is nil in a new value.
	borrowed bool

	fields *Fields // of a struct

	// opaque reports whether the type is a struct that has contents and nothing of them is written.
	opaque bool
}

var infos sync.Map // reflect.Type to *info

func infoOf(t reflect.Type) *info {
	if known, ok := infos.Load(t); ok {
		return known.(*info)
	}
	one := &info{writes: writes(t), reads: byKind}
	switch p := reflect.PointerTo(t); {
	case p.Implements(jsonUnmarshalerType):
		one.reads = byJSON
	case p.Implements(textUnmarshalerType):
		one.reads = byText
	}
	if t.Kind() == reflect.Struct {
		one.fields = newFields(t)
		one.opaque = len(one.fields.sorted) == 0 && len(one.fields.hidden) == 0 && t.Size() > 0
		one.beside = beside(t, one.writes)
		one.borrowed = borrowed(t, jsonUnmarshalerType) || borrowed(t, textUnmarshalerType)
	}
	known, _ := infos.LoadOrStore(t, one)
	return known.(*info)
}

func beside(t reflect.Type, m method) (others []int) {
	promoted := false
	for i := range t.NumField() {
		switch f := t.Field(i); {
		case f.Anonymous && f.Type.Kind() != reflect.Interface && m != byKind && writes(f.Type) == m:
			promoted = true
		case f.IsExported() && f.Tag.Get("json") != "-":
			others = append(others, i)
		}
	}
	if !promoted {
		return nil
	}
	return others
}

// borrowed reports whether a struct embeds a pointer or an interface that has reader, at any depth.
func borrowed(t, reader reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		switch {
		case !f.Anonymous:
		case f.Type.Kind() == reflect.Struct && borrowed(f.Type, reader):
			return true
		case f.Type.Kind() != reflect.Struct && f.Type.Implements(reader):
			return true
		}
	}
	return false
}

// writes tells by which method a value of type t, or a pointer to one, writes itself.
func writes(t reflect.Type) method {
	p := reflect.PointerTo(t)
	switch {
	case t.Implements(jsonMarshalerType), p.Implements(jsonMarshalerType):
		return byJSON
	case t.Implements(textMarshalerType), p.Implements(textMarshalerType):
		return byText
	}
	return byKind
}

// IsByteSlice reports whether the slice type t is written as bytes: as in encoding/json, not if its
// elements have methods that write or read them.
func IsByteSlice(t reflect.Type) bool {
	if t.Elem().Kind() != reflect.Uint8 {
		return false
	}
	element := infoOf(t.Elem())
	return element.writes == byKind && element.reads == byKind
}

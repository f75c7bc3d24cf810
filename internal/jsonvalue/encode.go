package jsonvalue

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// A Dialect is how a codec spells what not all of them spell alike.
type Dialect interface {
	// AppendString appends s in quotes, and reports whether all of s could be written.
	AppendString(dst []byte, s string) (out []byte, valid bool)

	// Bytes appends b.
	Bytes(e *Encoder, b []byte) error

	// AppendSpecial appends f, which is NaN or an infinity.
	AppendSpecial(dst []byte, f float64) ([]byte, error)

	// Native appends v if its type has a form of its own. It comes before any method that the type
	// may have. IsNative reports which types these are.
	Native(e *Encoder, v any) (done bool, err error)
	IsNative(t reflect.Type) bool

	// Marshaled appends what a MarshalJSON returned, or returns an error if it is not JSON.
	Marshaled(e *Encoder, text []byte) error

	// Lone returns the key under which an object must be put whose only key is this one, and what
	// is written behind its own key there. An empty tag means that it is written as it is.
	Lone(key string) (tag, suffix string)

	// Decode reads what the Encoder wrote into the pointer into.
	Decode(raw string, into any) error
}

// An Encoder appends values to Buf, for [Append].
type Encoder struct {
	Buf []byte

	dialect Dialect
	depth   int
	hops    int  // pointers and interfaces followed without writing
	untyped bool // within an interface, whose type is not kept
}

const null = "null"

var errInvalidUTF8 = errors.New("a string in it is not valid UTF-8; keep bytes as []byte")

// Append appends v to dst, as an Encoder does. On an error it returns dst as it was.
func Append(d Dialect, dst []byte, v any) ([]byte, error) {
	switch v := v.(type) { // what needs no Encoder, which would be allocated
	case string:
		out, valid := d.AppendString(dst, v)
		if !valid {
			return dst, errInvalidUTF8
		}
		return out, nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	}
	e := Encoder{dialect: d, Buf: dst}
	if err := e.Value(v); err != nil {
		return dst, err
	}
	return e.Buf, nil
}

// Value appends v. The types that are met most go without reflection.
func (e *Encoder) Value(v any) error {
	switch v := v.(type) {
	case nil:
		e.Buf = append(e.Buf, null...)
	case bool:
		e.Buf = strconv.AppendBool(e.Buf, v)
	case string:
		return e.String(v)
	case int:
		e.Buf = strconv.AppendInt(e.Buf, int64(v), 10)
	case int64:
		e.Buf = strconv.AppendInt(e.Buf, v, 10)
	case float64:
		return e.float(v, 64)
	case []any:
		return e.List(v)
	case map[string]any:
		return e.dict(v)
	default:
		return e.reflect(reflect.ValueOf(v))
	}
	return nil
}

// String appends s in quotes.
func (e *Encoder) String(s string) error {
	var valid bool
	if e.Buf, valid = e.dialect.AppendString(e.Buf, s); !valid {
		return errInvalidUTF8
	}
	return nil
}

// Open begins an array or an object, or whatever else adds a level. Close ends it.
func (e *Encoder) Open(bracket string) error {
	if e.depth == MaxDepth {
		return ErrTooDeepToWrite
	}
	e.depth++
	e.hops = 0
	e.Buf = append(e.Buf, bracket...)
	return nil
}

// Close ends what Open began.
func (e *Encoder) Close(bracket string) {
	e.depth--
	e.Buf = append(e.Buf, bracket...)
}

// Depth returns how many levels are open.
func (e *Encoder) Depth() int { return e.depth }

// List appends an array; null if it is nil.
func (e *Encoder) List(v []any) error {
	if v == nil {
		e.Buf = append(e.Buf, null...)
		return nil
	}
	outer := e.untyped
	e.untyped = true
	if err := e.Open("["); err != nil {
		return err
	}
	for i := range v {
		if i > 0 {
			e.Buf = append(e.Buf, ',')
		}
		if err := e.Value(v[i]); err != nil {
			return InElement(err, i)
		}
	}
	e.Close("]")
	e.untyped = outer
	return nil
}

func (e *Encoder) dict(v map[string]any) error {
	if v == nil {
		e.Buf = append(e.Buf, null...)
		return nil
	}
	outer := e.untyped
	e.untyped = true
	keys := make([]string, 0, len(v))
	for key := range v {
		keys = append(keys, key)
	}
	slices.Sort(keys) // UTF-8, and WTF-8, sort as their code points do
	err := e.Object(len(keys), func(i int) string { return keys[i] }, func(i int) error { return e.Value(v[keys[i]]) })
	e.untyped = outer
	return err
}

// Object appends n members whose keys ascend; value appends the value at i.
func (e *Encoder) Object(n int, key func(i int) string, value func(i int) error) error {
	if n != 1 {
		return e.members(n, key, value)
	}
	tag, suffix := e.dialect.Lone(key(0))
	if tag == "" {
		return e.members(n, key, value)
	}
	if err := e.Open(`{"`); err != nil {
		return err
	}
	e.Buf = append(append(e.Buf, tag...), `":`...)
	if err := e.members(1, func(int) string { return key(0) + suffix }, value); err != nil {
		return err
	}
	e.Close("}")
	return nil
}

func (e *Encoder) members(n int, key func(i int) string, value func(i int) error) error {
	if err := e.Open("{"); err != nil {
		return err
	}
	for i := range n {
		if i > 0 {
			e.Buf = append(e.Buf, ',')
		}
		if err := e.String(key(i)); err != nil {
			return InKey(err, key(i))
		}
		e.Buf = append(e.Buf, ':')
		if err := value(i); err != nil {
			return InKey(err, key(i))
		}
	}
	e.Close("}")
	return nil
}

// reflect appends v by the rules of encoding/json, and with what the dialect adds to them.
func (e *Encoder) reflect(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			e.Buf = append(e.Buf, null...)
			return nil
		}
		if v.NumMethod() > 0 {
			return fmt.Errorf("it is in %s, an interface that it cannot be read back into; use its own type, or any", v.Type())
		}
		outer := e.untyped
		e.untyped = true
		err := e.hop(v.Elem())
		e.untyped = outer
		return err
	case reflect.Pointer:
		if v.IsNil() {
			e.Buf = append(e.Buf, null...)
			return nil
		}
		return e.hop(v.Elem())
	}
	if e.dialect.IsNative(v.Type()) {
		_, err := e.dialect.Native(e, v.Interface())
		return err
	}
	start := len(e.Buf)
	one := infoOf(v.Type())
	var err error
	if one.writes != byKind {
		err = e.marshaler(one, v)
	} else {
		err = e.kind(one, v)
	}
	if err != nil {
		return err
	}
	if (one.beside != nil || one.borrowed) && one.reads == one.writes || one.reads != one.writes && !e.untyped {
		return e.checkReadBack(one, v, string(e.Buf[start:]))
	}
	return nil
}

// hop appends what a pointer or an interface has in it.
func (e *Encoder) hop(v reflect.Value) error {
	if e.hops == MaxDepth {
		return ErrTooDeepToWrite
	}
	outer := e.hops
	e.hops++
	var err error
	if v.CanAddr() {
		err = e.reflect(v) // its address is of use to pointer receivers
	} else {
		err = e.Value(v.Interface())
	}
	e.hops = outer
	return err
}

func (e *Encoder) float(f float64, bits int) (err error) {
	if f-f != 0 {
		e.Buf, err = e.dialect.AppendSpecial(e.Buf, f)
		return err
	}
	e.Buf = appendFloat(e.Buf, f, bits)
	return nil
}

func (e *Encoder) kind(one *info, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		e.Buf = strconv.AppendBool(e.Buf, v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		e.Buf = strconv.AppendInt(e.Buf, v.Int(), 10)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		e.Buf = strconv.AppendUint(e.Buf, v.Uint(), 10)
	case reflect.Float32, reflect.Float64:
		return e.float(v.Float(), v.Type().Bits())
	case reflect.String:
		return e.String(v.String())
	case reflect.Slice:
		switch {
		case v.IsNil():
			e.Buf = append(e.Buf, null...)
		case IsByteSlice(v.Type()):
			return e.dialect.Bytes(e, v.Bytes())
		default:
			return e.elements(v)
		}
	case reflect.Array:
		return e.elements(v)
	case reflect.Map:
		if v.IsNil() {
			e.Buf = append(e.Buf, null...)
			return nil
		}
		return e.mapping(v)
	case reflect.Struct:
		return e.structure(one, v)
	default:
		return fmt.Errorf("%s cannot be kept", v.Type())
	}
	return nil
}

func (e *Encoder) elements(v reflect.Value) error {
	if err := e.Open("["); err != nil {
		return err
	}
	for i := range v.Len() {
		if i > 0 {
			e.Buf = append(e.Buf, ',')
		}
		if err := e.reflect(v.Index(i)); err != nil {
			return InElement(err, i)
		}
	}
	e.Close("]")
	return nil
}

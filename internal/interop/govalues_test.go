package interop

import (
	"encoding/hex"
	"encoding/json"
	"html/template"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/flask"
)

// Types of a program's own, which are written as those that they stand on.
type (
	ownString string
	ownInt    int
	ownFloat  float64
	ownBool   bool
	ownBytes  []byte
	ownList   []any
	ownMap    map[ownString]any
)

// goValue makes a described value in Go, in one of the types that a program
// might use for it.
func (r *random) goValue(d description) any {
	v := r.plainValue(d)
	if v != nil && r.in(10) {
		p := reflect.New(reflect.TypeOf(v))
		p.Elem().Set(reflect.ValueOf(v))
		return p.Interface()
	}
	return v
}

func (r *random) plainValue(d description) any {
	switch d.Kind {
	case "none":
		return pick[any](r, nil, nil, (*int)(nil), []any(nil), map[string]int(nil), flask.Tuple(nil), []byte(nil), (*time.Time)(nil))
	case "bool":
		return pick[any](r, d.Text == "true", ownBool(d.Text == "true"))
	case "int":
		return r.goInt(d.Text)
	case "float":
		return r.goFloat(d.Text)
	case "str":
		s := unescape(d.Text)
		return pick[any](r, s, s, ownString(s))
	case "markup":
		return template.HTML(unescape(d.Text))
	case "bytes":
		b, err := hex.DecodeString(d.Text)
		if err != nil {
			panic(err)
		}
		return pick[any](r, b, ownBytes(b))
	case "uuid":
		u, err := flask.ParseUUID(d.Text)
		if err != nil {
			panic(err)
		}
		return u
	case "datetime":
		seconds, err := strconv.ParseInt(d.Text, 10, 64)
		if err != nil {
			panic(err)
		}
		zone := time.FixedZone("somewhere", r.IntN(24*3600)-12*3600)
		return time.Unix(seconds, r.Int64N(1e9)).In(pick(r, time.UTC, zone))
	case "list":
		return r.goList(d.Items)
	case "tuple":
		return flask.Tuple(r.goValues(d.Items))
	case "dict":
		return r.goDict(d)
	}
	panic("no Go value for a " + d.Kind)
}

func (r *random) goInt(text string) any {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok {
		panic(text)
	}
	choices := []any{n, *n, json.Number(text)}
	if n.IsInt64() {
		i := n.Int64()
		choices = append(choices, i, int(i), ownInt(i))
		if i == int64(int8(i)) {
			choices = append(choices, int8(i), int16(i), int32(i))
		}
	}
	if n.IsUint64() {
		u := n.Uint64()
		choices = append(choices, u, uint(u))
		if u == uint64(uint8(u)) {
			choices = append(choices, uint8(u), uint16(u), uint32(u))
		}
	}
	return pick(r, choices...)
}

func (r *random) goFloat(text string) any {
	if text == "nan" {
		return pick[any](r, math.NaN(), float32(math.NaN()))
	}
	bits, err := strconv.ParseUint(text, 16, 64)
	if err != nil {
		panic(err)
	}
	f := math.Float64frombits(bits)
	choices := []any{f, ownFloat(f)}
	// A float32 is written in the fewest digits that tell it from its
	// neighbours: the same value for Python only where a float64 needs no more.
	if float64(float32(f)) == f && strconv.FormatFloat(f, 'g', -1, 32) == strconv.FormatFloat(f, 'g', -1, 64) {
		choices = append(choices, float32(f))
	}
	return pick(r, choices...)
}

func (r *random) goValues(items []description) []any {
	values := make([]any, len(items))
	for i, item := range items {
		values[i] = r.goValue(item)
	}
	return values
}

func (r *random) goList(items []description) any {
	values := r.goValues(items)
	switch r.IntN(4) {
	case 0:
		return ownList(values)
	case 1:
		// An array, of the elements' own type if they share one.
		elem := commonType(values)
		array := reflect.New(reflect.ArrayOf(len(values), elem)).Elem()
		for i, v := range values {
			setTo(array.Index(i), v)
		}
		return array.Interface()
	case 2:
		elem := commonType(values)
		if elem.Kind() == reflect.Uint8 {
			break // that would be bytes
		}
		slice := reflect.MakeSlice(reflect.SliceOf(elem), len(values), len(values))
		for i, v := range values {
			setTo(slice.Index(i), v)
		}
		return slice.Interface()
	}
	return values
}

func (r *random) goDict(d description) any {
	values := r.goValues(d.Items)
	switch r.IntN(4) {
	case 0:
		m := ownMap{}
		for i, name := range d.Names {
			m[ownString(unescape(name.Text))] = values[i]
		}
		return m
	case 1:
		m := reflect.MakeMap(reflect.MapOf(reflect.TypeFor[string](), commonType(values)))
		for i, name := range d.Names {
			v := reflect.New(m.Type().Elem()).Elem()
			setTo(v, values[i])
			m.SetMapIndex(reflect.ValueOf(unescape(name.Text)), v)
		}
		return m.Interface()
	case 2:
		if s, ok := goStruct(d.Names, values); ok {
			return s
		}
	}
	m := map[string]any{}
	for i, name := range d.Names {
		m[unescape(name.Text)] = values[i]
	}
	return m
}

// goStruct makes a struct with a field for each name, if all can be in a tag.
func goStruct(names []description, values []any) (any, bool) {
	var fields []reflect.StructField
	for i, name := range names {
		for _, c := range name.Text {
			if (c < 'a' || c > 'z') && c != '_' {
				return nil, false
			}
		}
		if name.Text == "" {
			return nil, false
		}
		t := reflect.TypeFor[any]()
		if values[i] != nil {
			t = reflect.TypeOf(values[i])
		}
		fields = append(fields, reflect.StructField{
			Name: "F" + strconv.Itoa(i), Type: t, Tag: reflect.StructTag(`json:"` + name.Text + `"`),
		})
	}
	s := reflect.New(reflect.StructOf(fields)).Elem()
	for i, v := range values {
		setTo(s.Field(i), v)
	}
	return s.Interface(), true
}

// commonType is the type that all values have, or any.
func commonType(values []any) reflect.Type {
	var common reflect.Type
	for _, v := range values {
		t := reflect.TypeOf(v)
		if t == nil || common != nil && t != common {
			return reflect.TypeFor[any]()
		}
		common = t
	}
	if common == nil {
		return reflect.TypeFor[any]()
	}
	return common
}

func setTo(target reflect.Value, v any) {
	if v != nil {
		target.Set(reflect.ValueOf(v))
	}
}

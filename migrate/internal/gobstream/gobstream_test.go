package gobstream

import (
	"bytes"
	"encoding/gob"
	"math/big"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"
)

type item struct {
	Name  string
	Price float64
	Tags  []string
	Extra any
	Next  *item
}

type list []item

type grid [3][2]int8

func init() {
	gob.Register(item{})
	gob.Register(list{})
	gob.Register(grid{})
	gob.Register(time.Time{})
	gob.Register([]any{})
	gob.Register(map[string]any{})
	gob.Register(map[any]any{})
	gob.Register(map[int]string{})
	gob.Register(map[string]map[string]uint64{})
	gob.Register(&big.Int{})
	gob.Register(struct{}{})
}

// record is what scs keeps.
type record struct {
	Deadline time.Time
	Values   map[string]any
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := gob.NewEncoder(&b).Encode(v); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func values() map[string]any {
	deep := any("x")
	for range 100 {
		deep = []any{deep}
	}
	nested := item{Name: "a", Price: 1.5, Tags: []string{"x", ""}, Extra: list{{Name: "b", Extra: map[string]any{"t": grid{{1, 2}}}}}, Next: &item{Name: "c"}}
	return map[string]any{
		"bool": true, "int": -7, "uint": uint64(1) << 63, "float": 2.5, "complex": 1i, "string": "ada", "bytes": []byte{0, 255}, "rune": 'x',
		"time": time.Unix(1700000000, 5).UTC(), "big": big.NewInt(1 << 40), "item": nested, "list": list{nested, {}}, "empty": list{}, "grid": grid{},
		"lists": []any{[]any{nested}, map[string]any{"n": nested}, nil}, "map": map[string]map[string]uint64{"a": {"b": 1}, "c": nil},
		"ints": map[int]string{1: "a", -1: ""}, "any": map[any]any{1: "x", "y": item{}}, "deep": deep, "nothing": nil, "struct": struct{}{},
	}
}

func TestCheck_WhatEncodersWriteIsReadTheSame(t *testing.T) {
	byAny := make(map[any]any)
	for key, value := range values() {
		byAny[key] = value
	}
	inputs := []any{record{time.Unix(1, 0).UTC(), values()}, byAny, "a string", map[any]any{}, record{}}
	for key, value := range values() {
		inputs = append(inputs, map[string]any{key: value})
	}
	for _, in := range inputs {
		checked, err := Check(encode(t, in))
		if err != nil {
			t.Errorf("%v: %v", in, err)
			continue
		}
		out := reflect.New(reflect.TypeOf(in))
		if err := gob.NewDecoder(bytes.NewReader(checked)).DecodeValue(out); err != nil {
			t.Errorf("%v: %v", in, err)
		}
		want := reflect.New(reflect.TypeOf(in))
		if err := gob.NewDecoder(bytes.NewReader(encode(t, in))).DecodeValue(want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(out.Interface(), want.Interface()) {
			t.Errorf("%v is read as %v", want.Elem(), out.Elem())
		}
	}
}

// A field that the reader's type has not is passed over, with all that it defines: encoding/gob itself
// loses its place there.
func TestCheck_AnUnknownFieldIsPassedOver(t *testing.T) {
	in := struct {
		Deadline time.Time
		Unknown  any
		Values   map[string]any
	}{Unknown: []any{item{Name: "x", Extra: list{{}}}}, Values: map[string]any{"n": 1}}
	checked, err := Check(encode(t, in))
	if err != nil {
		t.Fatal(err)
	}
	var out record
	if err := gob.NewDecoder(bytes.NewReader(checked)).Decode(&out); err != nil || out.Values["n"] != 1 {
		t.Errorf("%v, %v", out, err)
	}
}

// claims is a record of a map that claims n entries and has one.
func claims(t testing.TB, n uint64) []byte {
	b := encode(t, record{Values: map[string]any{"a": "b"}})
	at := bytes.LastIndex(b, []byte("\x01\x01a\x06string"))
	if at < 0 {
		t.Fatal("there is no such map")
	}
	count := appendUint(nil, n)
	// The last message holds the value: write its length anew.
	var last int
	for rest := b; len(rest) > 0; {
		size, k := readUint(rest)
		last = len(b) - len(rest)
		rest = rest[k+int(size):]
	}
	_, k := readUint(b[last:])
	message := append(append(bytes.Clone(b[last+k:at]), count...), b[at+1:]...)
	return append(append(bytes.Clone(b[:last]), appendUint(nil, uint64(len(message)))...), message...)
}

func TestCheck_ACountBeyondTheBytesThatAreLeft(t *testing.T) {
	for _, n := range []uint64{2, 1 << 16, 1 << 24, 1 << 40, 1<<63 - 1, 1 << 63, 1<<64 - 1} {
		b := claims(t, n)
		if _, err := Check(b); err == nil {
			t.Errorf("%d entries in %d bytes are accepted", n, len(b))
		}
	}
	if _, err := Check(claims(t, 1)); err != nil {
		t.Errorf("one entry: %v", err)
	}
}

func TestCheck_NestingIsBounded(t *testing.T) {
	deep := any("x")
	for range 1000 {
		deep = []any{deep}
	}
	if _, err := Check(encode(t, map[string]any{"deep": deep})); err == nil || !strings.Contains(err.Error(), "deep") {
		t.Errorf("the error is %v", err)
	}
}

func TestCheck_EachCutIsRefused(t *testing.T) {
	whole := encode(t, record{Values: map[string]any{"lists": []any{item{Name: "x", Extra: list{{}}}}, "n": 1}})
	for n := range whole {
		if checked, err := Check(whole[:n]); err == nil {
			t.Errorf("%d of %d bytes are accepted: %q", n, len(whole), checked)
		}
	}
}

// bytesPerByte is how much memory may be taken for each byte of a stream, beside room for the Decoder
// and the types that it compiles.
const (
	bytesPerByte = 2048
	room         = 4 << 20
)

// FuzzGobBounds: no stream takes more memory than a multiple of its size, and none makes Check panic.
func FuzzGobBounds(f *testing.F) {
	f.Fuzz(func(t *testing.T, b []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		checked, err := Check(b)
		if err == nil {
			var r record
			_ = gob.NewDecoder(bytes.NewReader(checked)).Decode(&r)
			var m map[any]any
			_ = gob.NewDecoder(bytes.NewReader(checked)).Decode(&m)
		}
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; took > uint64(len(b))*bytesPerByte+room {
			t.Errorf("%d bytes took %d", len(b), took)
		}
		if err == nil && len(checked) > 8*len(b)+64 {
			t.Errorf("%d bytes became %d", len(b), len(checked))
		}
		if again, err2 := Check(checked); err == nil && (err2 != nil || !bytes.Equal(again, checked)) {
			t.Errorf("what Check returned is not accepted as it is: %v", err2)
		}
	})
}

package driver_test

import (
	"bytes"
	"os"
	"reflect"
	"strconv"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue/valuetest"
	"github.com/wafer-go/wafer/session/driver"
)

// seed returns $SEED, or another one each time. It is logged, so that a failure can be repeated.
func seed(t *testing.T) uint64 {
	n, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		n = uint64(time.Now().UnixNano())
	}
	t.Logf("SEED=%d", n)
	return n
}

// What AppendValue took, DecodeValue returns, equal if the value has nothing in it that JSON
// documents as changed; and what it returns comes back unchanged from then on.
func TestJSON_WhatIsTakenComesBack(t *testing.T) {
	first := seed(t)
	taken := 0
	for i := range uint64(2500) {
		m := valuetest.New(first + i)
		m.Exact = true
		v := m.Value(m.Type(3))
		if v.Kind() == reflect.Interface {
			if v.IsNil() {
				continue
			}
			v = v.Elem() // as AppendValue gets it
		}
		raw, err := driver.JSON.AppendValue([]byte("x"), v.Interface())
		if err != nil {
			if string(raw) != "x" {
				t.Fatalf("seed %d: %s: the error %v leaves %q behind", first+i, v.Type(), err, raw)
			}
			continue
		}
		taken++
		text := string(raw[1:])
		got := reflect.New(v.Type())
		if err := driver.JSON.DecodeValue(text, got.Interface()); err != nil {
			t.Errorf("seed %d: %s %#v: %s was taken and cannot be read: %v", first+i, v.Type(), v, text, err)
			continue
		}
		if m.Exact && !reflect.DeepEqual(got.Elem().Interface(), v.Interface()) {
			t.Errorf("seed %d: %s: %#v came back from %s as %#v", first+i, v.Type(), v, text, got.Elem())
		}
		second, err := driver.JSON.AppendValue(nil, got.Elem().Interface())
		if err != nil {
			t.Errorf("seed %d: %s: %s came back as what cannot be written: %v", first+i, v.Type(), text, err)
			continue
		}
		again := reflect.New(v.Type())
		if err := driver.JSON.DecodeValue(string(second), again.Interface()); err != nil || !reflect.DeepEqual(again.Interface(), got.Interface()) {
			t.Errorf("seed %d: %s: %#v came back changed from %s (%v)", first+i, v.Type(), got.Elem(), second, err)
		}
		sameAnywhere(t, first+i, text)
	}
	if taken < 700 {
		t.Errorf("only %d values were taken", taken)
	}
}

// sameAnywhere decodes text into an any at different depths.
func sameAnywhere(t *testing.T, seed uint64, text string) {
	t.Helper()
	var bare any
	var inMap map[string]any
	var inStruct struct {
		K []*any
		L struct{ M map[int][1]any }
	}
	whole := `{"K":[` + text + `],"L":{"M":{"7":[` + text + `]}}}`
	for _, one := range []struct {
		raw  string
		into any
	}{{text, &bare}, {whole, &inMap}, {whole, &inStruct}} {
		if err := driver.JSON.DecodeValue(one.raw, one.into); err != nil {
			t.Errorf("seed %d: %s into %T: %v", seed, one.raw, one.into, err)
			return
		}
	}
	var inSlot any
	if p := inStruct.K[0]; p != nil {
		inSlot = *p
	}
	for _, other := range []any{inMap["K"].([]any)[0], inSlot, inStruct.L.M[7][0]} {
		a, _ := driver.JSON.AppendValue(nil, bare)
		b, _ := driver.JSON.AppendValue(nil, other)
		if !reflect.DeepEqual(bare, other) || !bytes.Equal(a, b) {
			t.Errorf("seed %d: %s is %#v, and in a larger value %#v", seed, text, bare, other)
		}
	}
}

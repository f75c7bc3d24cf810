package flask

import (
	"bytes"
	"html/template"
	"math"
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

// What AppendValue took, DecodeValue returns, equal if the value has nothing in it that the
// package's documentation names as changed; and what it returns comes back unchanged from then on.
// So it does by way of the codec of package session, if that takes it.
func TestWhatIsTakenComesBack(t *testing.T) {
	first := seed(t)
	taken := 0
	for i := range uint64(2500) {
		m := valuetest.New(first+i, tupleType, htmlType, uuidType)
		m.Exact = true
		v := m.Value(m.Type(3))
		if v.Kind() == reflect.Interface {
			if v.IsNil() {
				continue
			}
			v = v.Elem() // as AppendValue gets it
		}
		raw, err := Codec.AppendValue([]byte("x"), v.Interface())
		if err != nil {
			if string(raw) != "x" {
				t.Fatalf("seed %d: %s: the error %v leaves %q behind", first+i, v.Type(), err, raw)
			}
			continue
		}
		taken++
		text := string(raw[1:])
		got := reflect.New(v.Type())
		if err := Codec.DecodeValue(text, got.Interface()); err != nil {
			t.Errorf("seed %d: %s %#v: %s was taken and cannot be read: %v", first+i, v.Type(), v, text, err)
			continue
		}
		if m.Exact && !reflect.DeepEqual(got.Elem().Interface(), v.Interface()) {
			t.Errorf("seed %d: %s: %#v came back from %s as %#v", first+i, v.Type(), v, text, got.Elem())
		}
		second, err := Codec.AppendValue(nil, got.Elem().Interface())
		if err != nil {
			t.Errorf("seed %d: %s: %s came back as what cannot be written: %v", first+i, v.Type(), text, err)
			continue
		}
		again := reflect.New(v.Type())
		if err := Codec.DecodeValue(string(second), again.Interface()); err != nil ||
			!bytes.Contains(second, []byte("NaN")) && !reflect.DeepEqual(again.Interface(), got.Interface()) {
			t.Errorf("seed %d: %s: %#v came back changed from %s (%v)", first+i, v.Type(), got.Elem(), second, err)
		}
		sameAnywhere(t, first+i, text)
		throughJSON(t, first+i, text)
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
	var inStruct struct{ K [1]any }
	for _, one := range []struct {
		raw  string
		into any
	}{{text, &bare}, {`{"K":[` + text + `]}`, &inMap}, {`{"K":[` + text + `]}`, &inStruct}} {
		if err := Codec.DecodeValue(one.raw, one.into); err != nil {
			t.Errorf("seed %d: %s into %T: %v", seed, one.raw, one.into, err)
			return
		}
	}
	for _, other := range []any{inMap["K"].([]any)[0], inStruct.K[0]} {
		a, _ := Codec.AppendValue(nil, bare)
		b, _ := Codec.AppendValue(nil, other)
		if !bytes.Equal(a, b) || !bytes.Contains(a, []byte("NaN")) && !reflect.DeepEqual(bare, other) {
			t.Errorf("seed %d: %s is %#v, and in a larger value %#v", seed, text, bare, other)
		}
	}
}

// throughJSON takes a value of Flask's to the codec of package session and back, as a program does
// that moves its sessions. It keeps what that codec accepts, except types that only Flask has.
func throughJSON(t *testing.T, seed uint64, text string) {
	t.Helper()
	var v, moved, back any
	if err := Codec.DecodeValue(text, &v); err != nil {
		t.Fatal(err)
	}
	raw, err := driver.JSON.AppendValue(nil, v)
	if err != nil {
		return // NaN, or a lone surrogate
	}
	if err := driver.JSON.DecodeValue(string(raw), &moved); err != nil {
		t.Errorf("seed %d: %s became %s, which cannot be read: %v", seed, text, raw, err)
		return
	}
	again, err := Codec.AppendValue(nil, moved)
	if err != nil {
		t.Errorf("seed %d: %s became %s, which Flask cannot have: %v", seed, text, raw, err)
		return
	}
	if err := Codec.DecodeValue(string(again), &back); err != nil || !reflect.DeepEqual(plain(back), plain(v)) {
		t.Errorf("seed %d: %#v came back from JSON as %#v (%v)", seed, plain(v), plain(back), err)
	}
}

// plain returns v as JSON has it: a tuple is a list, Markup, bytes, UUID and time are strings.
func plain(v any) any {
	switch v := v.(type) {
	case Tuple:
		return plain([]any(v))
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = plain(v[i])
		}
		return list
	case map[string]any:
		dict := make(map[string]any, len(v))
		for key := range v {
			dict[key] = plain(v[key])
		}
		return dict
	case template.HTML, []byte, UUID, time.Time:
		raw, _ := driver.JSON.AppendValue(nil, v)
		text, _ := strconv.Unquote(string(raw))
		return text
	case float64:
		if math.IsInf(v, 0) {
			return "infinity"
		}
	}
	return v
}

package session

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

type userID int64

type profile struct {
	Name string    `json:"name"`
	Tags []string  `json:"tags,omitempty"`
	Seen time.Time `json:"seen"`
}

func TestValuesKeepTheirType(t *testing.T) {
	moment := time.Date(2024, 1, 2, 3, 4, 5, 600, time.UTC)
	for _, v := range []any{
		"", "ada", "a\"b\\c\n\x00\u2028é😀<&>", true, false, 0, -7, int64(math.MinInt64), uint64(math.MaxUint64), 1.5, float32(0.1),
		[]byte{0, 255},
		userID(9),
		[]string{"a", "b"},
		map[string]int{"b": 2, "a": 1},
		profile{"ada", []string{"x"}, moment},
		moment, 3 * time.Second,
		[2]bool{true, false},
	} {
		raw, err := plainJSON{}.AppendValue(nil, v)
		if err != nil {
			t.Errorf("%#v cannot be encoded: %v", v, err)
			continue
		}
		if !json.Valid(raw) {
			t.Errorf("%#v is encoded as %s, which is not JSON", v, raw)
		}
		into := reflect.New(reflect.TypeOf(v))
		if err := (plainJSON{}).DecodeValue(string(raw), into.Interface()); err != nil {
			t.Errorf("%s does not decode into %T: %v", raw, v, err)
		} else if got := into.Elem().Interface(); !reflect.DeepEqual(got, v) {
			t.Errorf("%#v came back as %#v", v, got)
		}
	}
}

func TestUntypedValuesHaveTheTypeOfTheirJSON(t *testing.T) {
	for raw, want := range map[string]any{
		`null`: nil, `true`: true, `"a"`: "a", `3`: int64(3), `1000000`: int64(1000000), `-0`: math.Copysign(0, -1), `1.0`: 1.0, `2.5e3`: 2500.0,
		`9007199254740993`: int64(9007199254740993), `18446744073709551616`: json.Number("18446744073709551616"),
		`[1,{"a":2}]`: []any{int64(1), map[string]any{"a": int64(2)}},
	} {
		var got any
		if err := (plainJSON{}).DecodeValue(raw, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %#v (%v), want %#v", raw, got, err, want)
		}
	}
}

func TestWhatCannotBeEncodedIsAnError(t *testing.T) {
	type node struct{ Next *node }
	loop := &node{}
	loop.Next = loop
	for name, v := range map[string]any{
		"channel": make(chan int), "function": func() {}, "complex": 1i, "NaN": math.NaN(), "infinity": math.Inf(1), "cycle": loop,
		"invalid UTF-8": "a\xffb", "invalid UTF-8 inside": []string{"ok", "a\xff"}, "invalid UTF-8 after a backslash": []string{"\\\xff"}, "invalid UTF-8 in a key": map[string]int{"\xff": 1},
	} {
		if raw, err := (plainJSON{}).AppendValue([]byte("x"), v); err == nil {
			t.Errorf("%s is encoded as %s, want an error", name, raw)
		} else if string(raw) != "x" {
			t.Errorf("%s leaves %q in the buffer", name, raw)
		}
	}
}

func TestReplacementCharactersThatWereMeantAreKept(t *testing.T) {
	for _, v := range []any{"\uFFFD", []string{"\uFFFD"}, []string{`\ufffd`}, []string{`\\ufffd`}, map[string]string{"a": `x\\\ufffd`}, json.RawMessage(`"\ufffd"`)} {
		if _, err := (plainJSON{}).AppendValue(nil, v); err != nil {
			t.Errorf("%q: %v", v, err)
		}
	}
}

func TestWrongTypesDoNotDecode(t *testing.T) {
	for _, tt := range []struct {
		raw  string
		into any
	}{
		{`"1"`, new(int)},
		{`1`, new(string)},
		{`1.0`, new(int)},
		{`true`, new(string)},
		{`null`, new(string)},
		{`null`, new(int)},
		{`null`, new(profile)},
		{`[1]`, new([]string)},
		{`300`, new(int8)},
		{`NaN`, new(float64)},
		{`NaN`, new(any)},
		{`"a`, new(string)},
		{`1 2`, new(any)},
		{``, new(any)},
		{`"a"b"`, new(string)},
		{"\"a\nb\"", new(string)},
		{`+1`, new(int)},
		{`01`, new(int)},
		{`1x`, new(any)},
	} {
		if err := (plainJSON{}).DecodeValue(tt.raw, tt.into); err == nil {
			t.Errorf("%q decodes into %T as %v, want an error", tt.raw, tt.into, reflect.ValueOf(tt.into).Elem())
		}
	}
}

func TestNullFitsWhatCanBeNil(t *testing.T) {
	for _, into := range []any{new(*int), new([]string), new(map[string]int), new(any)} {
		if err := (plainJSON{}).DecodeValue(`null`, into); err != nil {
			t.Errorf("null into %T: %v", into, err)
		}
	}
}

func TestMessagesKeepCategoryTextAndMarkup(t *testing.T) {
	for _, m := range []Message{{"message", "hi", false}, {"info", "<b>\"x\"</b>", true}, {"", "", false}, {"é", "a\nb", false}} {
		raw := string(plainJSON{}.AppendMessage(nil, m))
		if got, err := (plainJSON{}).DecodeMessage(raw); err != nil || got != m {
			t.Errorf("%+v is written %s and read %+v (%v)", m, raw, got, err)
		}
	}
}

func TestMessagesInAnotherShapeAreShownAsText(t *testing.T) {
	for raw, want := range map[string]Message{
		`"hi"`: {"message", "hi", false}, `42`: {"message", "42", false}, `["a"]`: {"message", `["a"]`, false}, `["a",1]`: {"message", `["a",1]`, false},
		`{"html":"<b>"}`: {"message", `{"html":"<b>"}`, false},
	} {
		if got, err := (plainJSON{}).DecodeMessage(raw); err != nil || got != want {
			t.Errorf("%s is read as %+v (%v), want %+v", raw, got, err, want)
		}
	}
}

func FuzzPlainValue(f *testing.F) {
	for _, raw := range []string{`null`, `"a\u0000"`, `1`, `-1.5e9`, `[1,"x",{}]`, `123456789012345678901`, `NaN`, `"\ud800"`} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		var s string
		if (plainJSON{}).DecodeValue(raw, &s) == nil && !json.Valid([]byte(raw)) {
			t.Fatalf("%q decodes into a string, and is not JSON", raw)
		}
		var n int
		if (plainJSON{}).DecodeValue(raw, &n) == nil && !json.Valid([]byte(raw)) {
			t.Fatalf("%q decodes into an int, and is not JSON", raw)
		}
		var v any
		if (plainJSON{}).DecodeValue(raw, &v) != nil {
			return
		}
		if !json.Valid([]byte(raw)) {
			t.Fatalf("%q decodes, and is not JSON", raw)
		}
		again, err := plainJSON{}.AppendValue(nil, v)
		if err != nil {
			t.Fatalf("%q decodes to %#v, which cannot be encoded: %v", raw, v, err)
		}
		var w any
		if err := (plainJSON{}).DecodeValue(string(again), &w); err != nil {
			t.Fatalf("%q decodes to %#v, written %s, not read: %v", raw, v, again, err)
		}
		// A whole float is read back as an integer, so the texts are compared.
		if third, err := (plainJSON{}).AppendValue(nil, w); err != nil || string(third) != string(again) {
			t.Fatalf("%q is written %s, and then %s (%v)", raw, again, third, err)
		}
		_, _ = plainJSON{}.DecodeMessage(raw)
		if strings.Contains(string(again), "\n") {
			t.Fatalf("%q is written over two lines", again)
		}
	})
}

package flask

import (
	"encoding/json"
	"html/template"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// What Flask's own reader makes of each text, in Go's types.
func TestValueIsReadAsFlaskReadsIt(t *testing.T) {
	for _, c := range []struct {
		raw  string
		want any
	}{
		{`null`, nil},
		{`true`, true},
		{` false `, false},
		{`1`, int64(1)},
		{`-0`, int64(0)},
		{`9223372036854775807`, int64(math.MaxInt64)},
		{`9223372036854775808`, json.Number("9223372036854775808")},
		{`1208925819614629174706176`, json.Number("1208925819614629174706176")},
		{`1.0`, 1.0},
		{`1E5`, 100000.0},
		{`-0.0`, math.Copysign(0, -1)},
		{`1e400`, math.Inf(1)},
		{`Infinity`, math.Inf(1)},
		{`-Infinity`, math.Inf(-1)},
		{`"a\u00e9\ud83c\udf6a"`, "aé🍪"},
		{`"é🍪"`, "é🍪"},
		{`"\uD83C\uDF6A"`, "🍪"},
		{`"\"\\\/\b\f\n\r\t"`, "\"\\/\b\f\n\r\t"},
		{`"\ud83d"`, "\xed\xa0\xbd"},
		{`"\ud83dA\ude00"`, "\xed\xa0\xbdA\xed\xb8\x80"},
		{`"\ud83d\u0041"`, "\xed\xa0\xbdA"},
		{`"\ud83d\ud83c\udf6a"`, "\xed\xa0\xbd🍪"},
		{`"` + "\x7f" + `"`, "\x7f"},
		{`[]`, []any{}},
		{`[1,"a",[null]]`, []any{int64(1), "a", []any{nil}}},
		{`{}`, map[string]any{}},
		{`{"a":1}`, map[string]any{"a": int64(1)}},
		{`{"a":1,"b":2,"c":{"d":[]}}`, map[string]any{"a": int64(1), "b": int64(2), "c": map[string]any{"d": []any{}}}},
		{`{"a":1,"a":2}`, map[string]any{"a": int64(2)}},
		{`{"a":1,"b":2,"a":3}`, map[string]any{"a": int64(3), "b": int64(2)}},

		{`{" t":[]}`, Tuple{}},
		{`{" t":[1,{" t":["x"]}]}`, Tuple{int64(1), Tuple{"x"}}},
		{`{"\u0020t":[1]}`, Tuple{int64(1)}},
		{`{" t":[1]," t":[2]}`, Tuple{int64(2)}},
		{`{" b":"AP8="}`, []byte{0, 255}},
		{`{" b":""}`, []byte{}},
		{`{" m":"<b>"}`, template.HTML("<b>")},
		{`{" u":"12345678123456781234567812345678"}`, exampleUUID},
		{`{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`, leapDay},
		{`{" d":"Fri, 01 Jan 0100 00:00:00 GMT"}`, time.Date(100, 1, 1, 0, 0, 0, 0, time.UTC)},
		{`{" di":{" t__":[1]}}`, map[string]any{" t": []any{int64(1)}}},
		{`{" di":{" di__":{" di":{" b__":{" b":"AA=="}}}}}`, map[string]any{" di": map[string]any{" b": []byte{0}}}},

		// Not tags, or not alone.
		{`{" x":1}`, map[string]any{" x": int64(1)}},
		{`{" t__":1}`, map[string]any{" t__": int64(1)}},
		{`{" t":[1],"x":2}`, map[string]any{" t": []any{int64(1)}, "x": int64(2)}},
		{`{"t":[1]}`, map[string]any{"t": []any{int64(1)}}},
	} {
		t.Run(c.raw, func(t *testing.T) {
			var got any
			if err := (codec{}).DecodeValue(c.raw, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("read %#v, want %#v", got, c.want)
			}
		})
	}
}

func TestNaNIsRead(t *testing.T) {
	var f float64
	if err := (codec{}).DecodeValue(`NaN`, &f); err != nil || !math.IsNaN(f) {
		t.Errorf("read %v, %v", f, err)
	}
	var v any
	if err := (codec{}).DecodeValue(`NaN`, &v); err != nil || !math.IsNaN(v.(float64)) {
		t.Errorf("read %v, %v", v, err)
	}
}

func TestBrokenTextIsAnError(t *testing.T) {
	deep := strings.Repeat("[", jsonvalue.MaxDepth+1) + strings.Repeat("]", jsonvalue.MaxDepth+1)
	for _, raw := range []string{
		``, ` `, `nul`, `nulll`, `True`, `None`, `nan`, `-NaN`, `+1`, `01`, `1.`, `.5`, `1e`, `--1`, `0x1`, `1_000`, `1 2`,
		`"`, `"a`, `"\`, `"\u`, `"\u12g4"`, `"\u12`, `"\x41"`, `'a'`, "\"\t\"", "\"a\\n\x00\"", "\"\xff\"", "\"\\n\xff\"", "\"\xed\xa0\xbd\"",
		`[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `]`, `{`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{1:1}`, `{"a" 1}`,
		`{} {}`, `[1]]`, `{" t":[1]},2`, `{" t":[1]}]`, `{" t":["a`, `{" t":["\`, "\ufeff1", `//`, deep,
		`{" t":1}`, `{" t":"abc"}`, `{" t":{"a":1}}`, `{" b":1}`, `{" b":"AP8"}`, `{" b":"A P8="}`, `{" b":"AP9="}`, `{" b":"_-8="}`,
		`{" m":1}`, `{" m":null}`, `{" u":""}`, `{" u":"1234567812345678123456781234567g"}`, `{" u":5}`,
		`{" d":""}`, `{" d":"2024-01-01"}`, `{" d":0}`, `{" d":"Mon, 01 Jan 0050 00:00:00 GMT"}`,
		`{" di":1}`, `{" di":{}}`, `{" di":{"a__":1,"b__":2}}`, `{" di":{"ab":1}}`, `{" di":{" t":[1]}}`, `{" di":[]}`,
	} {
		for name, into := range map[string]any{
			"any": new(any), "string": new(string), "int": new(int), "float64": new(float64), "bool": new(bool),
			"[]any": new([]any), "map": new(map[string]any), "Tuple": new(Tuple), "[]byte": new([]byte),
			"HTML": new(template.HTML), "UUID": new(UUID), "time": new(time.Time), "Number": new(json.Number), "big.Int": new(big.Int),
			"RawMessage": new(json.RawMessage),
		} {
			before := reflect.ValueOf(into).Elem().Interface()
			if err := (codec{}).DecodeValue(raw, into); err == nil {
				t.Errorf("%.60q was read into %s as %#v", raw, name, into)
			}
			if after := reflect.ValueOf(into).Elem().Interface(); !reflect.DeepEqual(before, after) {
				t.Errorf("%.60q changed the %s in spite of its error: %#v", raw, name, after)
			}
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestValueIsReadIntoTheTypeAskedFor(t *testing.T) {
	type word string
	type point struct{ X, Y int }
	for _, c := range []struct {
		raw  string
		want any // and the type to read into
	}{
		{`"a"`, "a"},
		{`"\u00e9"`, word("é")},
		{`{" m":"<b>"}`, "<b>"},
		{`{" m":"<b>"}`, template.HTML("<b>")},
		{`true`, true},
		{`127`, int8(127)},
		{`-0`, uint(0)},
		{`18446744073709551615`, uint64(math.MaxUint64)},
		{`3`, 3.0},
		{`3.5`, float32(3.5)},
		{`0.5`, 0.5},
		{`9.5`, 9.5},
		{`-Infinity`, math.Inf(-1)},
		{`1.50`, json.Number("1.50")},
		{`99999999999999999999`, *big.NewInt(0).Add(big.NewInt(math.MaxInt64), mustBig("90776627963145224192"))},
		{"-" + strings.Repeat("9", 4300), mustBig("-" + strings.Repeat("9", 4300))},
		{`{" b":"eA=="}`, []byte("x")},
		{`{" u":"12345678123456781234567812345678"}`, exampleUUID},
		{`{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`, leapDay},
		{`{" t":[1,"a"]}`, Tuple{int64(1), "a"}},
		{`[1,"a"]`, Tuple{int64(1), "a"}},
		{`{" t":[1,2]}`, []int{1, 2}},
		{`[1,2]`, []int{1, 2}},
		{`[]`, []int{}},
		{`null`, []int(nil)},
		{`{" t":["a","b"]}`, [2]string{"a", "b"}},
		{`[[1],[]]`, [][]int{{1}, {}}},
		{`[1,null]`, []*int{ptr(1), nil}},
		{`[1,null]`, []int{1, 0}},
		{`{"a":1}`, map[string]int{"a": 1}},
		{`{"7":"x"}`, map[int]string{7: "x"}},
		{`{"::1":1}`, map[netip.Addr]int{netip.MustParseAddr("::1"): 1}},
		{`{" di":{" t__":1}}`, map[string]int{" t": 1}},
		{`{"a":{" di":{" t__":{" t":[1]}}}}`, map[string]map[string][]int{"a": {" t": {1}}}},
		{`{" t":1,"x":2}`, map[string]int{" t": 1, "x": 2}},
		{`{"X":1,"Y":2}`, point{1, 2}},
		{`{"X":1,"Y":null}`, point{1, 0}},
		{`{"X":1}`, &point{X: 1}},
		{`null`, (*point)(nil)},
		{`{"a":[{" t":[1]},{"b":{" b":""}}]}`, map[string]any{"a": []any{Tuple{int64(1)}, map[string]any{"b": []byte{}}}}},
		{`"127.0.0.1"`, netip.MustParseAddr("127.0.0.1")},
		{`{"a":[1.0,{" t":[{" b":"eA=="}]}]}`, json.RawMessage(`{"a":[1.0,["eA=="]]}`)},
		{`{" di":{" t__":[1]}}`, json.RawMessage(`{" t":[1]}`)},
		{`[0.50,9.50]`, json.RawMessage(`[0.50,9.50]`)},
	} {
		t.Run(c.raw, func(t *testing.T) {
			into := reflect.New(reflect.TypeOf(c.want))
			if err := (codec{}).DecodeValue(c.raw, into.Interface()); err != nil {
				t.Fatal(err)
			}
			if got := into.Elem().Interface(); !reflect.DeepEqual(got, c.want) {
				t.Errorf("read %#v, want %#v", got, c.want)
			}
		})
	}
}

func mustBig(s string) *big.Int {
	n, _ := new(big.Int).SetString(s, 10)
	return n
}

func TestWrongTypeIsAnErrorThatNamesBoth(t *testing.T) {
	for _, c := range []struct {
		raw  string
		into any
		want string
	}{
		{`1`, new(string), "it is an integer, and string was expected"},
		{`null`, new(string), "it is null, and string was expected"},
		{`null`, new(time.Time), "it is null, and time.Time was expected"},
		{`"1"`, new(int), "it is a string, and int was expected"},
		{`1.0`, new(int), "it is a float, and int was expected"},
		{`1e3`, new(uint8), "it is a float, and uint8 was expected"},
		{`NaN`, new(int), "it is a float, and int was expected"},
		{`-Infinity`, new(int), "it is a float, and int was expected"},
		{`NaN`, new(json.Number), "it is a float, and json.Number was expected"},
		{`true`, new(int), "it is a bool, and int was expected"},
		{`1`, new(bool), "it is an integer, and bool was expected"},
		{`300`, new(int8), "it is an integer that does not fit int8"},
		{`{"N":"300"}`, new(struct {
			N int8 `json:",string"`
		}), `at ["N"]: it is an integer that does not fit int8`},
		{`{"N":"1 2"}`, new(struct {
			N int8 `json:",string"`
		}), `at ["N"]: its JSON is broken at byte 2`},
		{`-1`, new(uint), "it is an integer that does not fit uint"},
		{`1e300`, new(float32), "it is a number that does not fit float32"},
		{`1` + strings.Repeat("0", 400), new(float64), "does not fit float64"},
		{`"true"`, new(bool), "it is a string, and bool was expected"},
		{`"<b>"`, new(template.HTML), "it is a string, and template.HTML was expected"},
		{`"x"`, new([]byte), "it is a string, and []uint8 was expected"},
		{`{" b":"eA=="}`, new(string), "it is bytes, and string was expected"},
		{`{" u":"12345678123456781234567812345678"}`, new(string), "it is a UUID, and string was expected"},
		{`{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`, new(string), "it is a datetime, and string was expected"},
		{`{" m":"x"}`, new([]byte), "it is Markup, and []uint8 was expected"},
		{`"2024-02-29"`, new(time.Time), "it is a string, and time.Time was expected"},
		{`{" t":[1]}`, new(map[string]any), "it is a tuple, and map[string]interface {} was expected"},
		{`{" t":[1]}`, new(struct{}), "it is a tuple, and struct {} was expected"},
		{`{"a":1}`, new([]int), "it is an object, and []int was expected"},
		{`{" di":{" t__":[1]}}`, new([]int), "it is an object, and []int was expected"},
		{`{" t":[1],"x":1}`, new([]int), "it is an object, and []int was expected"},
		{`[1,2,3]`, new([2]int), "has no place for it"},
		{`[1]`, new([2]int), "it has 1 elements"},
		{`{"x":1}`, new(map[int]int), `a key does not fit a int`},
		{`{"a":{"b":[1,"x"]}}`, new(map[string]map[string][]int), `at [*][*][1]: it is a string, and int was expected`},
		{`1`, new(interface{ M() }), "an interface with methods"},
		{`1`, new(chan int), "cannot be decoded into"},
		{`1`, nil, "not nil"},
		{`1`, 5, "a pointer"},
		{`1`, (*int)(nil), "not nil"},
		{`1`, (*any)(nil), "not nil"},
		{`"1"`, (*string)(nil), "not nil"},
		{strings.Repeat("9", 4301), new(big.Int), "more than 4300 digits"},
		{"-" + strings.Repeat("9", 4301), new(big.Int), "more than 4300 digits"},
		{`NaN`, new(json.RawMessage), "NaN"},
	} {
		t.Run(c.raw, func(t *testing.T) {
			err := (codec{}).DecodeValue(c.raw, c.into)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestDeepestValueThatFlaskWritesIsRead(t *testing.T) {
	// Flask 2.2.2 on Python 3.11 writes 327 dicts in one another, each of them
	// with the dict tag, which makes two levels.
	raw := strings.Repeat(`{" di":{" t__":`, 327) + "1" + strings.Repeat(`}}`, 327)
	var v any
	if err := (codec{}).DecodeValue(raw, &v); err != nil {
		t.Fatal(err)
	}
	if got := encoded(t, v); got != raw {
		t.Error("it was not written again to the byte")
	}
}

package flask

import (
	"encoding/json"
	"errors"
	"html/template"
	"math"
	"math/big"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

func encoded(t *testing.T, v any) string {
	t.Helper()
	out, err := codec{}.AppendValue(nil, v)
	if err != nil {
		t.Fatalf("AppendValue(%#v): %v", v, err)
	}
	return string(out)
}

var leapDay = time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC)

var exampleUUID = UUID{0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78}

// What Python's json.dumps writes after Flask's tagging, seen by running it.
func TestValueIsWrittenAsFlaskWritesIt(t *testing.T) {
	type level int8
	type word string
	type blob []byte
	name := "ada"
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"nil", nil, `null`},
		{"true", true, `true`},
		{"int", 42, `42`},
		{"smallest int64", int64(math.MinInt64), `-9223372036854775808`},
		{"largest uint64", uint64(math.MaxUint64), `18446744073709551615`},
		{"big.Int", new(big.Int).Lsh(big.NewInt(1), 80), `1208925819614629174706176`},
		{"big.Int by value", *big.NewInt(-7), `-7`},
		{"json.Number of an int", json.Number("123456789012345678901234567890"), `123456789012345678901234567890`},
		{"json.Number of a float", json.Number("1.50e+2"), `1.50e+2`},
		{"empty json.Number", json.Number(""), `0`},
		{"named int", level(-3), `-3`},
		{"named string", word("w"), `"w"`},

		{"float that is whole", 1.0, `1.0`},
		{"negative zero", math.Copysign(0, -1), `-0.0`},
		{"float below 1e16", 1e15, `1000000000000000.0`},
		{"float from 1e16", 1e16, `1e+16`},
		{"float with many digits", 123456789012345678.0, `1.2345678901234568e+17`},
		{"float from 1e-4", 0.0001, `0.0001`},
		{"float below 1e-4", 0.00001, `1e-05`},
		{"largest float", math.MaxFloat64, `1.7976931348623157e+308`},
		{"smallest float", 5e-324, `5e-324`},
		{"float32", float32(0.1), `0.1`},
		{"not a number", math.NaN(), `NaN`},
		{"infinity", math.Inf(1), `Infinity`},
		{"negative infinity", math.Inf(-1), `-Infinity`},

		{"ASCII", "a/b<c>&'~ ", `"a/b<c>&'~ "`},
		{"short escapes", "\"\\\n\r\t\f\b", `"\"\\\n\r\t\f\b"`},
		{"control characters and DEL", "\x00\x1f\x7f", `"\u0000\u001f\u007f"`},
		{"two-byte letter", "é", `"\u00e9"`},
		{"surrogate pair", "🍪", `"\ud83c\udf6a"`},
		{"last code point", "\U0010ffff", `"\udbff\udfff"`},
		{"U+FFFD itself", "\ufffd", `"\ufffd"`},
		{"lone high surrogate", "\xed\xa0\xbd", `"\ud83d"`},
		{"lone low surrogate", "x\xed\xb8\x80y", `"x\ude00y"`},
		{"first and last surrogate", "\xed\xa0\x80-\xed\xbf\xbf", `"\ud800-\udfff"`},

		{"bytes", []byte{0, 255, 16, 'r', 'a', 'w'}, `{" b":"AP8QcmF3"}`},
		{"bytes with base64 padding", []byte{255}, `{" b":"/w=="}`},
		{"empty bytes", []byte{}, `{" b":""}`},
		{"named bytes", blob("x"), `{" b":"eA=="}`},
		{"Markup", template.HTML(`<a href="/">x & y</a>`), `{" m":"<a href=\"/\">x & y</a>"}`},
		{"UUID", exampleUUID, `{" u":"12345678123456781234567812345678"}`},
		{"datetime", leapDay, `{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`},
		{"datetime elsewhere, with a fraction", leapDay.Add(999999999).In(time.FixedZone("CET", 3600)), `{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`},
		{"first year", time.Date(100, 1, 1, 0, 0, 0, 0, time.UTC), `{" d":"Fri, 01 Jan 0100 00:00:00 GMT"}`},
		{"last year", time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), `{" d":"Fri, 31 Dec 9999 23:59:59 GMT"}`},

		{"tuple", Tuple{1, "two", Tuple{3.5, nil}}, `{" t":[1,"two",{" t":[3.5,null]}]}`},
		{"empty tuple", Tuple{}, `{" t":[]}`},
		{"list", []any{1, []any{}}, `[1,[]]`},
		{"typed list", []string{"a", "b"}, `["a","b"]`},
		{"array", [2]bool{true, false}, `[true,false]`},
		{"list of tuples", []Tuple{{1}}, `[{" t":[1]}]`},
		{"nil slices, maps and pointers", []any{[]string(nil), map[string]int(nil), (*int)(nil), Tuple(nil), []byte(nil)}, `[null,null,null,null,null]`},
		{"pointers", []any{&name, &leapDay, &exampleUUID}, `["ada",{" d":"Thu, 29 Feb 2024 12:34:56 GMT"},{" u":"12345678123456781234567812345678"}]`},

		{"dict", map[string]any{"b": 1, "a": []byte("x")}, `{"a":{" b":"eA=="},"b":1}`},
		{"empty dict", map[string]any{}, `{}`},
		{"keys by code point", map[string]any{"\U00010000": 1, "\uffff": 2, "é": 3, "Z": 4, "a": 5, "": 6}, `{"":6,"Z":4,"a":5,"\u00e9":3,"\uffff":2,"\ud800\udc00":1}`},
		{"typed dict", map[string]int{"b": 1, "a": 2}, `{"a":2,"b":1}`},
		{"dict with integers as keys", map[int]string{10: "x", 9: "y"}, `{"10":"x","9":"y"}`},
		{"dict with MarshalText keys", map[netip.Addr]int{netip.MustParseAddr("::1"): 1}, `{"::1":1}`},

		{"dict whose only key is a tag", map[string]any{" t": []any{1, 2}}, `{" di":{" t__":[1,2]}}`},
		{"typed dict whose only key is a tag", map[string]string{" b": "x"}, `{" di":{" b__":"x"}}`},
		{"dict whose only key is the dict tag", map[string]any{" di": 1}, `{" di":{" di__":1}}`},
		{"nested dicts whose only keys are tags", map[string]any{" m": map[string]any{" u": Tuple{}}}, `{" di":{" m__":{" di":{" u__":{" t":[]}}}}}`},
		{"dict with a tag among its keys", map[string]any{" t": 1, "x": 2}, `{" t":1,"x":2}`},
		{"dict whose only key looks like a tag", map[string]any{" x": 1}, `{" x":1}`},
		{"dict whose only key is a tag with its suffix", map[string]any{" t__": 1}, `{" t__":1}`},

		{"RawMessage is compacted", json.RawMessage(` {"b" : [1.50, "é"], "a": null} `), `{"a":null,"b":[1.50,"\u00e9"]}`},
		{"RawMessage has no tags", json.RawMessage(`{" t":[1]}`), `{" di":{" t__":[1]}}`},
		{"nil RawMessage", json.RawMessage(nil), `null`},
		{"MarshalText", netip.MustParseAddr("127.0.0.1"), `"127.0.0.1"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := encoded(t, c.v); got != c.want {
				t.Errorf("wrote %s, want %s", got, c.want)
			}
		})
	}
}

type marshals struct{ text string }

func (m *marshals) MarshalJSON() ([]byte, error) { return []byte(m.text), nil }

func (m *marshals) UnmarshalJSON(text []byte) error {
	m.text = string(text)
	return nil
}

func TestMarshalJSONOfAPointerIsFoundInAddressableValues(t *testing.T) {
	v := []marshals{{`"one"`}, {`{"two":2}`}}
	if got, want := encoded(t, v), `["one",{"two":2}]`; got != want {
		t.Errorf("wrote %s, want %s", got, want)
	}
}

type cycle struct {
	Next *cycle
	All  []any
}

type ring *ring

// What cannot be written says what it is, where, and what to do.
func TestUnwritableValueIsAnErrorThatSaysWhy(t *testing.T) {
	looped := &cycle{}
	looped.Next = looped
	list := []any{nil}
	list[0] = list
	dict := map[string]any{}
	dict["self"] = dict
	var r ring
	r = &r
	deep := any(1)
	for range jsonvalue.MaxDepth + 1 {
		deep = []any{deep}
	}
	for _, c := range []struct {
		name string
		v    any
		want string
	}{
		{"chan", make(chan int), "chan int cannot be kept"},
		{"raw JSON with a lone surrogate", json.RawMessage(`["\ud800"]`), "a lone surrogate"},
		{"func in a list", []any{1, func() {}}, "at [1]: func() cannot"},
		{"complex in a dict", map[string]any{"z": []any{complex(1, 2)}}, `at ["z"][0]: complex128 cannot`},
		{"bytes in a string", "ok\xff", "keep bytes as []byte"},
		{"half a character in a key", map[string]any{"\xc3": 1}, "not valid UTF-8"},
		{"bytes in Markup", template.HTML("\x80"), "not valid UTF-8"},
		{"bytes from MarshalText", failing{text: "\xff"}, "not valid UTF-8"},
		{"failing MarshalText", failing{err: errors.New("no text today")}, "no text today"},
		{"broken MarshalJSON", &marshals{`{"a":`}, "MarshalJSON of flask.marshals: at [*]: its JSON ends too soon"},
		{"json.Number that is none", json.Number("1.2.3"), "a json.Number that is not a number"},
		{"json.Number of NaN", json.Number("NaN"), "a json.Number that is not a number"},
		{"integer that Python refuses", new(big.Int).Exp(big.NewInt(10), big.NewInt(4300), nil), "more than 4300 digits"},
		{"json.Number that Python refuses", json.Number(strings.Repeat("9", 4301)), "more than 4300 digits"},
		{"year that Python reads as another", time.Date(99, 12, 31, 0, 0, 0, 0, time.UTC), "the year 99"},
		{"year after Python's last", time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), "the year 10000"},
		{"zero time", time.Time{}, "use nil for no time"},
		{"keys that are no text", map[float64]int{1: 1}, "these are float64"},
		{"keys of one text", []any{map[twin]int{1: 1, 2: 2}}, "written alike"},
		{"struct that holds itself", looped, "does it contain itself?"},
		{"list that holds itself", list, "does it contain itself?"},
		{"dict that holds itself", dict, "does it contain itself?"},
		{"pointer to itself", r, "does it contain itself?"},
		{"too deep", deep, "more than 700 levels deep"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := codec{}.AppendValue([]byte("kept"), c.v)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
			if string(out) != "kept" {
				t.Errorf("it left %q behind", out)
			}
		})
	}
}

type failing struct {
	text string
	err  error
}

func (f failing) MarshalText() ([]byte, error) { return []byte(f.text), f.err }

type twin int

func (twin) MarshalText() ([]byte, error) { return []byte("twin"), nil }

func (*twin) UnmarshalText([]byte) error { return nil }

func TestDepthThatFlaskCanReadIsWritten(t *testing.T) {
	v := any(1)
	for range jsonvalue.MaxDepth {
		v = []any{v}
	}
	if got, want := encoded(t, v), strings.Repeat("[", jsonvalue.MaxDepth)+"1"+strings.Repeat("]", jsonvalue.MaxDepth); got != want {
		t.Error("the deepest value that is allowed was not written")
	}
}

func TestKeyIsWrittenAsFlaskWritesIt(t *testing.T) {
	for key, want := range map[string]string{
		"":             `""`,
		"user":         `"user"`,
		"kéy":          `"k\u00e9y"`,
		"\xed\xa0\xbd": `"\ud83d"`,
		"\x7f\"":       `"\u007f\""`,
		"a\xffb":       `"a\ufffdb"`,
	} {
		if got := string(codec{}.AppendKey([]byte(","), key)); got != ","+want {
			t.Errorf("AppendKey(%q) = %s, want ,%s", key, got, want)
		}
	}
}

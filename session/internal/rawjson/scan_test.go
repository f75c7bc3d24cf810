package rawjson

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session/driver"
)

func TestValuesAreFoundInAnyObjectPythonWrites(t *testing.T) {
	tests := []struct{ name, doc, want string }{
		{"empty", `{}`, ``},
		{"one", `{"a":1}`, `a=1`},
		{"space", " { \"a\" : 1 ,\r\n\t\"b\" : [ 1 , 2 ] } ", `a=1|b=[ 1 , 2 ]`},
		{"a word of any letters and digits", `{"a":09azAZ-+.}`, `a=09azAZ-+.`},
		{"unsorted", `{"b":2,"a":1}`, `a=1|b=2`},
		{"a key twice, the last counts", `{"a":1,"b":2,"a":3}`, `a=3|b=2`},
		{"not a number", `{"a":NaN,"b":-Infinity}`, `a=NaN|b=-Infinity`},
		{"large integer", `{"n":123456789012345678901234567890}`, `n=123456789012345678901234567890`},
		{"float that is whole", `{"f":1.0,"e":1e+16}`, `e=1e+16|f=1.0`},
		{"brackets in strings", `{"a":"}]\"{","b":{"c":"]"}}`, `a="}]\"{"|b={"c":"]"}`},
		{"lone surrogate in a value", `{"a":"\ud800"}`, `a="\ud800"`},
		{"escaped key", `{"\u0061\n\"":1}`, "a\n\"=1"},
		{"key outside the basic plane", `{"\ud83d\ude00":1}`, "\U0001F600=1"},
		{"key with a lone surrogate", `{"\ud800x":1}`, "\xed\xa0\x80x=1"},
		{"empty key", `{"":1}`, `=1`},
		{"deep", `{"a":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + `}`, `a=` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v, err := Parse(tt.doc, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for i := range v.Len() {
				got = append(got, v.Key(i)+"="+v.At(i).Raw)
			}
			if s := strings.Join(got, "|"); s != tt.want {
				t.Errorf("values are %q, want %q", s, tt.want)
			}
		})
	}
}

func TestWhatIsNoObjectIsRefused(t *testing.T) {
	for _, doc := range []string{
		``, ` `, `null`, `[]`, `"a"`, `1`, `{`, `}`, `{]`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{,}`, `{"a":1}x`, `{"a":1}{}`,
		`{a:1}`, `{"a":1 2}`, `{"a":[1}`, `{"a":[}]}`, `{"a":"x}`, `{"a\q":1}`, `{"\u12":1}`, `{"a` + "\n" + `":1}`, `{"a":,}`, `{"a"::1}`,
		"{\"a\":\"\xff\"}", `{"a":` + strings.Repeat("[", 500) + `}`,
	} {
		if v, err := Parse(doc, nil); err == nil {
			t.Errorf("Parse(%q) = %v, want an error", doc, v)
		}
	}
}

func TestUntouchedValuesAreWrittenBackByteForByte(t *testing.T) {
	doc := `{"\ud800":"\udfff","\u00e9":1.0,"a":{"x": NaN},"é2":[1,  2],"z":123456789012345678901}`
	v, err := Parse(doc, nil)
	if err != nil {
		t.Fatal(err)
	}
	v.Set(&Member{Key: "new", Raw: `true`})
	v.Delete("a")
	got, err := v.AppendTo(nil, driver.JSON)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"new":true,"z":123456789012345678901,"\u00e9":1.0,"é2":[1,  2],"\ud800":"\udfff"}`
	if string(got) != want {
		t.Errorf("written back as\n%s, want\n%s", got, want)
	}
}

func TestPlainString_IsWhatIsBetweenTheQuotes(t *testing.T) {
	for raw, want := range map[string]string{`""`: "", `"a"`: "a", `"é "`: "é "} {
		if got, ok := PlainString(raw); !ok || got != want {
			t.Errorf("%s is %q (%t), want %q", raw, got, ok, want)
		}
	}
	for _, raw := range []string{``, `"`, `1`, `null`, `"a`, `a"`, `["a"]`, `"\n"`, `"\""`} {
		if got, ok := PlainString(raw); ok {
			t.Errorf("%s is %q", raw, got)
		}
	}
}

func FuzzPayload(f *testing.F) {
	for _, doc := range []string{`{}`, `{"a":1}`, `{"b":[1,{"c":"\ud83d"}],"a":NaN}`, `{"a":1,"a":2}`, `{"a":"\"","b":"c","d":"\\"}`, `{"\ud800\udc00":"}"}`, `{"a":[}]}`, `[`} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		v, err := Parse(doc, nil)
		if err != nil {
			return
		}
		if !utf8.ValidString(doc) {
			t.Fatalf("took %q, which is not UTF-8", doc)
		}
		once, err := v.AppendTo(nil, driver.JSON)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(string(once), nil)
		if err != nil {
			t.Fatalf("wrote what it cannot read: %q: %v", once, err)
		}
		if again.Len() != v.Len() {
			t.Fatalf("%d values became %d: %q, %q", v.Len(), again.Len(), doc, once)
		}
		for i := range v.Len() {
			e, f := v.At(i), again.At(i)
			var text string
			if plain, ok := PlainString(e.Raw); ok && (json.Unmarshal([]byte(e.Raw), &text) != nil || plain != text) {
				t.Fatalf("%s is read as %q, not as %q", e.Raw, plain, text)
			}
			if e.Key != f.Key || e.Raw != f.Raw || e.Key != v.Key(i) {
				t.Fatalf("value %d changed: %v, %v", i, e, f)
			}
			if at, ok := v.Find(e.Key); at != i || !ok {
				t.Fatalf("the value at %d is found at %d (%v)", i, at, ok)
			}
			if i > 0 && v.Key(i-1) >= e.Key {
				t.Fatalf("not sorted: %q, %q", v.Key(i-1), e.Key)
			}
			// A key written anew must be the same key.
			if key, ok := unquoteKey(string(driver.JSON.AppendKey(nil, e.Key))); !ok || key != e.Key {
				t.Fatalf("key %q is written as %s, read as %q", e.Key, driver.JSON.AppendKey(nil, e.Key), key)
			}
		}
	})
}

func TestSplit_FindsTheElements(t *testing.T) {
	for doc, want := range map[string][]string{
		`[]`: nil, " [ ] ": nil, `[1]`: {"1"}, " [ 1 , [2, 3] ,\t{\"a\":\"]\"} ]\n": {"1", "[2, 3]", `{"a":"]"}`}, `[1,2,3,4,5,6,7]`: {"1", "2", "3", "4", "5", "6", "7"},
	} {
		if list, older, err := Split(doc, math.MaxInt); err != nil || older != 0 || !slices.Equal(list, want) {
			t.Errorf("%q splits to %q, after %d (%v), want %q", doc, list, older, err, want)
		}
	}
}

func TestSplit_WhatIsNoArrayIsRefused(t *testing.T) {
	for _, doc := range []string{``, ` `, `{}`, `"a"`, `1]`, `[`, `[ `, `[1`, `[1 `, `[1,`, `[1,]`, `[,]`, `[1 2]`, `[]x`, `[1]x`, `[1]]`, `[}`} {
		if list, _, err := Split(doc, math.MaxInt); err == nil {
			t.Errorf("%q splits to %q, want an error", doc, list)
		}
	}
}

func FuzzArray(f *testing.F) {
	for _, doc := range []string{`[]`, `[1,[2,"]"],{}]`, `[["a","b"]]`, `[1,]`, `[`} {
		f.Add(doc)
	}
	f.Fuzz(func(t *testing.T, doc string) {
		list, _, err := Split(doc, math.MaxInt)
		if err != nil {
			return
		}
		again, _, err := Split(Join(list), math.MaxInt)
		if err != nil || !slices.Equal(list, again) {
			t.Fatalf("%q splits to %q, and joined and split to %q (%v)", doc, list, again, err)
		}
		for newest := range 3 {
			last, older, err := Split(doc, newest)
			if err != nil || older != max(len(list)-newest, 0) || !slices.Equal(last, list[older:]) {
				t.Fatalf("of %q the last %d are %q, after %d (%v)", doc, newest, last, older, err)
			}
		}
	})
}

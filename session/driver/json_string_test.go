package driver_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
)

func TestJSON_AppendKey_EachKindOfByte(t *testing.T) {
	for key, want := range map[string]string{
		"": `""`, "a b~": `"a b~"`, "\x1f": `"\u001f"`, "\n\"\\": `"\n\"\\"`, "é\x7f": "\"é\x7f\"",
		"\xed\xa0\x80": `"\ud800"`, "\xed\xbf\xbf": `"\udfff"`, "\xed\x9f\xbf": "\"\ud7ff\"",
		"\x80": "\"\uFFFD\"", "a\xed": "\"a\uFFFD\"", "a\xed\xa0": "\"a\uFFFD\uFFFD\"", "\xed\xa0a": "\"\uFFFD\uFFFDa\"",
	} {
		if got := string(driver.JSON.AppendKey(nil, key)); got != want {
			t.Errorf("%q is written as %s, want %s", key, got, want)
		}
	}
}

func TestJSON_AStringThatIsNotUTF8IsAnError(t *testing.T) {
	for _, text := range []string{"\x80", "a\xff", "\xed\xa0\x80", "\xed\xa0"} {
		if raw, err := driver.JSON.AppendValue(nil, text); err == nil {
			t.Errorf("%q is written as %s", text, raw)
		}
	}
}

// marshaled writes itself.
type marshaled string

func (m marshaled) MarshalJSON() ([]byte, error)     { return []byte(m), nil }
func (m *marshaled) UnmarshalJSON(text []byte) error { *m = marshaled(text); return nil }

func TestJSON_NestingOfWhatMarshalJSONReturns(t *testing.T) {
	const most = jsonvalue.MaxDepth
	nested := func(depth int, open, inner, closing string) marshaled {
		return marshaled(strings.Repeat(open, depth) + inner + strings.Repeat(closing, depth))
	}
	beside := "[" + strings.Repeat("[],", most) + "{}]"
	for what, c := range map[string]struct {
		value any
		want  bool
	}{
		"as deep as it may be":     {nested(most, "[", "1", "]"), true},
		"one deeper":               {nested(most+1, "[", "1", "]"), false},
		"objects":                  {nested(most, `{"a":`, "1", "}"), true},
		"objects, one deeper":      {nested(most+1, `{"a":`, "1", "}"), false},
		"in a list":                {[]any{nested(most-1, "[", "1", "]")}, true},
		"in a list, one deeper":    {[]any{nested(most, "[", "1", "]")}, false},
		"beside each other":        {marshaled(beside), true},
		"brackets in a string":     {marshaled(`"` + strings.Repeat(`[{\"`, most) + `"`), true},
		"deep, behind a string":    {marshaled(`["\\",` + string(nested(most, "[", "1", "]")) + `]`), false},
		"short, and deeper than 0": {nested(3, "[", "", "]"), true},
	} {
		if _, err := driver.JSON.AppendValue(nil, c.value); (err == nil) != c.want {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func TestJSON_ListsBesideEachOtherAreNotDeep(t *testing.T) {
	lists := make([]any, 2*jsonvalue.MaxDepth)
	for i := range lists {
		lists[i] = []any{}
	}
	for _, wide := range []any{lists, []any{lists}} {
		raw, err := driver.JSON.AppendValue(nil, wide)
		if err != nil {
			t.Error(err)
		}
		var back any
		if err := driver.JSON.DecodeValue(string(raw), &back); err != nil || !reflect.DeepEqual(back, wide) {
			t.Errorf("it comes back as %T, %v", back, err)
		}
		if _, err := jsonvalue.NewSource(jsonvalue.Reader{Text: string(raw)}); err != nil {
			t.Errorf("to be translated: %v", err)
		}
	}
}

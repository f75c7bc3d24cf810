package driver_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

func TestJSON_MessageIsWrittenInTheSmallestShape(t *testing.T) {
	undo := json.RawMessage(`{ "undo": "/items/7?x=<&>" }`)
	for _, c := range []struct {
		m    driver.Message
		want string
	}{
		{driver.Message{Category: "message", Text: "hi"}, `["message","hi"]`},
		{driver.Message{}, `["",""]`},
		{driver.Message{Category: "info", Text: `<b>"x"</b>`, Markup: true}, `["info",{"html":"<b>\"x\"</b>"}]`},
		{driver.Message{Category: "info", Text: "gone", Title: "Deleted"}, `["info",{"text":"gone","title":"Deleted"}]`},
		{driver.Message{Category: "info", Text: "gone", Data: undo}, `["info",{"text":"gone","data":{"undo":"/items/7?x=<&>"}}]`},
		{driver.Message{Category: "info", Text: "<i>", Markup: true, Title: "T", Data: undo}, `["info",{"html":"<i>","title":"T","data":{"undo":"/items/7?x=<&>"}}]`},
		{driver.Message{Category: "a\xff", Text: "b\xed\xa0\x80", Title: "c\xff"}, `["a` + "\ufffd" + `",{"text":"b\ud800","title":"c` + "\ufffd" + `"}]`},
	} {
		raw, err := driver.JSON.AppendMessage([]byte("x"), c.m)
		if err != nil || string(raw) != "x"+c.want {
			t.Errorf("%+v is written %s (%v), want x%s", c.m, raw, err, c.want)
			continue
		}
		got, err := driver.JSON.DecodeMessage(c.want)
		want := c.m
		if want.Data != nil {
			want.Data = json.RawMessage(`{"undo":"/items/7?x=<&>"}`)
		}
		if strings.Contains(c.want, "\ufffd") {
			continue
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is read as %+v (%v)", c.want, got, err)
		}
	}
}

func TestJSON_MessageWithDataThatIsNotJSONIsAnError(t *testing.T) {
	for _, data := range []string{`{`, `secret`, `1 2`, "\"\xff\"", strings.Repeat("[", 800) + strings.Repeat("]", 800)} {
		raw, err := driver.JSON.AppendMessage([]byte("x"), driver.Message{Text: "t", Data: json.RawMessage(data)})
		if err == nil || string(raw) != "x" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q is written %s (%v)", data, raw, err)
		}
	}
}

// A visitor sees words, never JSON.
func TestJSON_MessageOfUnknownShapeIsReadable(t *testing.T) {
	text := func(s string) driver.Message { return driver.Message{Category: "message", Text: s} }
	of := func(category, s string) driver.Message { return driver.Message{Category: category, Text: s} }
	for raw, want := range map[string]driver.Message{
		`"hi\u0021"`:      text("hi!"),
		` 42 `:            text("42"),
		`true`:            text("true"),
		`null`:            text(""),
		`{}`:              text(""),
		`[]`:              text(""),
		`[[],{}]`:         text(""),
		`["alone"]`:       text("alone"),
		`["a",1]`:         of("a", "1"),
		`[404,"no page"]`: of("404", "no page"),
		`["a","b","c"]`:   of("a", "b"),
		`["","b"]`:        of("", "b"),
		`[null,"b"]`:      text("b"),
		`["a",["b",{"k":"c","l":["\ud83c\udf6a\ud800"]}]]`:                    of("a", "b c 🍪\ufffd"),
		`["a",{"summary":"Saved","n":3,"detail":"3 files"}]`:                  of("a", "Saved 3 files"),
		` [ "a" , { "text" : "t" , "icon" : "x" , "title" : "T" } , "more" ]`: {Category: "a", Text: "t", Title: "T"},
		`["a",{"html":"<b>","icon":{"html":"no"}}]`:                           {Category: "a", Text: "<b>", Markup: true},
		`["a",{"html":"<b>","text":"safe"}]`:                                  of("a", "safe"),
		`["a",{"html":["<b>"]}]`:                                              of("a", "<b>"),
		`["a",{"text":"","data":{"undo":"/"}}]`:                               {Category: "a", Data: json.RawMessage(`{"undo":"/"}`)},
		`["a",{"title":"T"}]`:                                                 {Category: "a", Title: "T"},
		`{"category":"c","text":"t","title":"T"}`:                             {Category: "c", Text: "t", Title: "T"},
		`{"html":"<b>"}`:                                                      text("<b>"),
		`["a",{"t\u0065xt":"t"}]`:                                             of("a", "t"),
		`["a",{"x":"` + strings.Repeat("é", 900) + `"}]`:                      of("a", strings.Repeat("é", 500)+"…"),
		strings.Repeat("[", 9000) + `"deep"` + strings.Repeat("]", 9000):      text("deep"),
	} {
		if got, err := driver.JSON.DecodeMessage(raw); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%.80s is read as %+v (%v), want %+v", raw, got, err, want)
		}
	}
}

func TestJSON_BrokenMessageIsAnErrorThatDoesNotQuoteIt(t *testing.T) {
	for _, raw := range []string{``, `[`, `["4711"`, `4711x`, `"\x"`, "\"4711\xff\"", `["a","b"] 1`} {
		if m, err := driver.JSON.DecodeMessage(raw); err == nil || strings.Contains(err.Error(), "4711") {
			t.Errorf("%q is read as %+v (%v)", raw, m, err)
		}
	}
}

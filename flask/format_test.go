package flask

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/driver"
)

func TestMessageIsWrittenAsFlaskWritesIt(t *testing.T) {
	for want, m := range map[string]driver.Message{
		`{" t":["message","one"]}`:                       {Category: "message", Text: "one"},
		`{" t":["error",{" m":"<b>\u00e9</b>"}]}`:        {Category: "error", Text: "<b>é</b>", Markup: true},
		`{" t":["",""]}`:                                 {},
		`{" t":["a\ufffd","\ufffd and the rest\ud83d"]}`: {Category: "a\xff", Text: "\x80 and the rest\xed\xa0\xbd"},
	} {
		if got, err := Codec.AppendMessage([]byte("x"), m); err != nil || string(got) != "x"+want {
			t.Errorf("%+v is written %s (%v), want x%s", m, got, err, want)
		}
	}
}

// Flask shows the title before the text, and Go reads both back, and the data.
func TestMessageWithTitleAndDataComesBack(t *testing.T) {
	for _, c := range []struct {
		m              driver.Message
		written, shown string
	}{
		{
			driver.Message{Category: "info", Title: "Déjà", Text: "gone"},
			`{" t":{"title":"D\u00e9j\u00e0"}," t":["info","D\u00e9j\u00e0: gone"]}`, "Déjà: gone",
		},
		{
			driver.Message{Category: "info", Title: "Deleted"},
			`{" t":{"title":"Deleted"}," t":["info","Deleted"]}`, "Deleted",
		},
		{
			driver.Message{Category: "info", Text: "gone", Data: json.RawMessage(`{"undo":["/é",1.50,{" t":[1]}]}`)},
			`{" t":{"data":{"undo":["/\u00e9",1.50,{" di":{" t__":[1]}}]}}," t":["info","gone"]}`, "gone",
		},
		{
			driver.Message{Category: "info", Title: "<T>", Text: "<b>", Markup: true, Data: json.RawMessage(`null`)},
			`{" t":{"data":null,"title":"<T>"}," t":["info",{" m":"&lt;T&gt;: <b>"}]}`, "&lt;T&gt;: <b>",
		},
	} {
		raw, err := Codec.AppendMessage(nil, c.m)
		if err != nil || string(raw) != c.written {
			t.Errorf("%+v is written %s (%v), want %s", c.m, raw, err, c.written)
		}
		if got, err := Codec.DecodeMessage(c.written); err != nil || !reflect.DeepEqual(got, c.m) {
			t.Errorf("%s is read as %+v (%v), want %+v", c.written, got, err, c.m)
		}
		// What Python makes of it: the last of two equal keys counts. When it writes the session, the rest is gone.
		var v any
		if err := Codec.DecodeValue(c.written, &v); err != nil {
			t.Fatal(err)
		}
		again, err := Codec.AppendValue(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		want := driver.Message{Category: "info", Text: c.shown, Markup: c.m.Markup}
		if got, err := Codec.DecodeMessage(string(again)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is shown by Flask as %+v (%v), want %+v", again, got, err, want)
		}
	}
}

func TestMessageWithDataThatPythonCannotReadIsAnError(t *testing.T) {
	for _, data := range []string{`{`, `secret`, `1 2`, "\"\xff\"", strings.Repeat("9", 4301), strings.Repeat("[", 800) + strings.Repeat("]", 800)} {
		raw, err := Codec.AppendMessage([]byte("x"), driver.Message{Text: "t", Data: json.RawMessage(data)})
		if err == nil || string(raw) != "x" || strings.Contains(err.Error(), "secret") {
			t.Errorf("%.40q is written %s (%v)", data, raw, err)
		}
	}
}

func TestFlaskLine35_MessageOfAnyShapeIsGivenAsText(t *testing.T) {
	for raw, want := range map[string]driver.Message{
		`{" t":["error","two"]}`:                                     {Category: "error", Text: "two"},
		`["error","two"]`:                                            {Category: "error", Text: "two"},
		`{" t":["error",{" m":"<b>"}]}`:                              {Category: "error", Text: "<b>", Markup: true},
		`{" t":["error",123]}`:                                       {Category: "error", Text: "123"},
		`{" t":["error",1.0]}`:                                       {Category: "error", Text: "1.0"},
		`{" t":["error",true]}`:                                      {Category: "error", Text: "true"},
		`{" t":["error",{" t":[1,"\u00e9",{"b":"2","a":"1"}]}]}`:     {Category: "error", Text: `é 1 2`},
		`{" t":["error",{" u":"12345678123456781234567812345678"}]}`: {Category: "error", Text: "12345678-1234-5678-1234-567812345678"},
		`{" t":["error",{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}]}`:    {Category: "error", Text: "Thu, 29 Feb 2024 12:34:56 GMT"},
		`{" t":[404,"not found"]}`:                                   {Category: "404", Text: "not found"},
		`{" t":[null,"x"]}`:                                          {Category: "message", Text: "x"},
		`{" t":["a","b","c"]}`:                                       {Category: "a", Text: "b"},
		`"bare"`:                                                     {Category: "message", Text: "bare"},
		`{" m":"<i>"}`:                                               {Category: "message", Text: "<i>", Markup: true},
		`7`:                                                          {Category: "message", Text: "7"},
		`null`:                                                       {Category: "message"},
		`["a",{" u":"x"}]`:                                           {Category: "a", Text: "x"},
		`["alone"]`:                                                  {Category: "message", Text: `alone`},
		`{"a":1}`:                                                    {Category: "message"},
		`{" t":{"title":"no"}," t":["a","b"]}`:                       {Category: "a", Text: "b"},
		`{" t":{"title":7}," t":["a","b"]}`:                          {Category: "a", Text: "b"},
		`["a",["` + strings.Repeat("é", 900) + `"]]`:                 {Category: "a", Text: strings.Repeat("é", 500) + "…"},
	} {
		if got, err := Codec.DecodeMessage(raw); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%.80s is read as %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

func TestBrokenMessageIsAnError(t *testing.T) {
	for _, raw := range []string{``, `[`, `{" t":["a","b"`, `"\x"`, strings.Repeat("[", 701) + strings.Repeat("]", 701)} {
		if m, err := Codec.DecodeMessage(raw); err == nil {
			t.Errorf("%s is read as %+v", raw, m)
		}
	}
}

package flask

import (
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestMessageIsWrittenAsFlaskWritesIt(t *testing.T) {
	for want, m := range map[string]session.Message{
		`{" t":["message","one"]}`:                       {Category: "message", Text: "one"},
		`{" t":["error",{" m":"<b>\u00e9</b>"}]}`:        {Category: "error", Text: "<b>é</b>", Markup: true},
		`{" t":["",""]}`:                                 {},
		`{" t":["a\ufffd","\ufffd and the rest\ud83d"]}`: {Category: "a\xff", Text: "\x80 and the rest\xed\xa0\xbd"},
	} {
		if got := string(format{}.AppendMessage([]byte("x"), m)); got != "x"+want {
			t.Errorf("%+v is written %s, want x%s", m, got, want)
		}
	}
}

func TestFlaskLine35_MessageOfAnyShapeIsGivenAsText(t *testing.T) {
	for raw, want := range map[string]session.Message{
		`{" t":["error","two"]}`:                                     {Category: "error", Text: "two"},
		`["error","two"]`:                                            {Category: "error", Text: "two"},
		`{" t":["error",{" m":"<b>"}]}`:                              {Category: "error", Text: "<b>", Markup: true},
		`{" t":["error",123]}`:                                       {Category: "error", Text: "123"},
		`{" t":["error",1.0]}`:                                       {Category: "error", Text: "1.0"},
		`{" t":["error",true]}`:                                      {Category: "error", Text: "true"},
		`{" t":["error",{" t":[1,"\u00e9"]}]}`:                       {Category: "error", Text: `{" t":[1,"\u00e9"]}`},
		`{" t":["error",{" u":"12345678123456781234567812345678"}]}`: {Category: "error", Text: "12345678-1234-5678-1234-567812345678"},
		`{" t":[404,"not found"]}`:                                   {Category: "404", Text: "not found"},
		`{" t":["a","b","c"]}`:                                       {Category: "a", Text: "b"},
		`"bare"`:                                                     {Category: "message", Text: "bare"},
		`{" m":"<i>"}`:                                               {Category: "message", Text: "<i>", Markup: true},
		`7`:                                                          {Category: "message", Text: "7"},
		`["alone"]`:                                                  {Category: "message", Text: `["alone"]`},
		`{"a":1}`:                                                    {Category: "message", Text: `{"a":1}`},
	} {
		if got, err := (format{}).DecodeMessage(raw); err != nil || got != want {
			t.Errorf("%s is read as %+v, %v, want %+v", raw, got, err, want)
		}
	}
}

func TestBrokenMessageIsAnError(t *testing.T) {
	for _, raw := range []string{``, `[`, `{" t":["a","b"`, `"\x"`, `["a",{" u":"x"}]`} {
		if m, err := (format{}).DecodeMessage(raw); err == nil {
			t.Errorf("%s is read as %+v", raw, m)
		}
	}
}

package main

import (
	"encoding/json"
	"html/template"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
)

func newRenderer(t *testing.T, isFlask bool) renderer {
	t.Helper()
	return renderer{codecOf(isFlask)}
}

func TestRenderer_FlaskValues(t *testing.T) {
	spell := newRenderer(t, true)
	for _, test := range []struct {
		value any
		want  string
	}{
		{nil, `null`},
		{true, `true`},
		{int64(1), `1`},
		{1.0, `1.0`},
		{math.NaN(), `NaN`},
		{json.Number("123456789012345678901234567890"), `123456789012345678901234567890`},
		{flask.Tuple{}, `()`},
		{flask.Tuple{int64(1)}, `(1,)`},
		{flask.Tuple{int64(1), []any{"a", flask.Tuple{}}}, `(1, ["a", ()])`},
		{[]byte("\xff\x00raw\"\\"), `b"\xff\x00raw\"\\"`},
		{template.HTML(`<a href="/">`), `Markup("<a href=\"/\">")`},
		{flask.UUID{0x12, 0x34}, `UUID("12340000-0000-0000-0000-000000000000")`},
		{time.Date(2024, 2, 29, 12, 34, 56, 0, time.UTC), `datetime("2024-02-29 12:34:56 UTC")`},
		{map[string]any{"b": int64(2), "a": nil}, `{"a": null, "b": 2}`},
	} {
		if got := spell.line(test.value); got != test.want {
			t.Errorf("%#v is shown as %s, want %s", test.value, got, test.want)
		}
	}
}

func TestQuote_EscapesWhatATerminalObeys(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 日本 🍪":    `"plain é 日本 🍪"`,
		"\x1b[2J\x07\x7f": `"\u001b[2J\u0007\u007f"`,
		"\u009b31m":       `"\u009b31m"`,
		"a\u202eb\u200b":  `"a\u202eb\u200b"`,
		"\U000e0001":      `"\udb40\udc01"`,
		"\xed\xa0\xbd":    `"\ud83d"`,
		"\xed\xbf\xbf":    `"\udfff"`,
		"\xff\xed\x9f":    `"\ufffd\ufffd\ufffd"`,
		"\"\\\n\t\r":      `"\"\\\n\t\u000d"`,
	} {
		got := quote(in)
		if got != want {
			t.Errorf("%+q is shown as %s, want %s", in, got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%+q is shown as %s, which is not JSON", in, got)
		}
	}
}

func TestRenderer_LongListsAreSpread(t *testing.T) {
	long := strings.Repeat("x", lineWidth/2)
	value := []any{map[string]any{"a": long, "b": flask.Tuple{long, long}}}
	want := `[
  {
    "a": "LONG",
    "b": (
      "LONG",
      "LONG"
    )
  }
]`
	if got := newRenderer(t, true).lines(value, 0); got != strings.ReplaceAll(want, "LONG", long) {
		t.Errorf("got %s", got)
	}
}

func TestRenderer_DeepListsStayInProportion(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("1,", 500) + "1" + strings.Repeat("]", 5000)
	var value any
	if err := json.Unmarshal([]byte(deep), &value); err != nil {
		t.Fatal(err)
	}
	if got := newRenderer(t, false).lines(value, 0); len(got) > 2*len(deep) {
		t.Errorf("%d bytes are shown in %d", len(deep), len(got))
	}
}

func TestAgo_LargestUnit(t *testing.T) {
	for seconds, want := range map[int64]string{
		0:              "just now",
		1:              "1 second ago",
		59:             "59 seconds ago",
		60:             "1 minute ago",
		3599:           "59 minutes ago",
		3600:           "1 hour ago",
		2 * 86400:      "2 days ago",
		365 * 86400:    "1 year ago",
		-90:            "1 minute from now",
		-lastSecond:    "8035 years from now",
		10 * 365 * 864: "36 days ago",
	} {
		if got := ago(seconds); got != want {
			t.Errorf("%d seconds: %s, want %s", seconds, got, want)
		}
	}
}

package rawjson_test

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// An untranslated codec decodes and encodes the values that it moves, as those of other packages do.
type untranslated struct{ driver.Codec }

// checkTranslation compares the translation of a payload with decoding and encoding its values, in
// both directions, and returns whether a direction accepts it.
func checkTranslation(t *testing.T, payload string) (accepted bool) {
	t.Helper()
	for _, way := range [][2]driver.Codec{{flask.Codec, driver.JSON}, {driver.JSON, flask.Codec}} {
		from, to := way[0], way[1]
		got, dropped, err := rawjson.Translate(payload, from, to, math.MaxInt)
		want, wantDropped, wantErr := rawjson.Translate(payload, untranslated{from}, to, math.MaxInt)
		if err == nil && wantErr != nil && from == flask.Codec && hasTwice(payload) {
			continue // a tag that does not count was broken
		}
		if got != want || dropped != wantDropped || (err == nil) != (wantErr == nil) {
			t.Errorf("%s to %s: %q is\n%s (%d, %v), want\n%s (%d, %v)", from.Name(), to.Name(), payload, got, dropped, err, want, wantDropped, wantErr)
		}
		accepted = accepted || err == nil
	}
	return accepted
}

// hasTwice reports whether an object in a value of the payload has a key twice.
func hasTwice(payload string) (twice bool) {
	var r jsonvalue.Reader
	var walk func() error
	walk = func() error {
		switch r.Peek() {
		case '[':
			return r.Elements(func(int) error { return walk() })
		case '{':
			seen := map[string]bool{}
			return r.Members(func(key string) error {
				twice = twice || seen[key]
				seen[key] = true
				return walk()
			})
		}
		_, err := r.Scalar()
		return err
	}
	object, _ := rawjson.Parse(payload, nil)
	for i := range object.Len() {
		r = jsonvalue.Reader{Text: object.At(i).Raw, Python: true}
		_ = walk()
	}
	return twice
}

func FuzzTranslate(f *testing.F) {
	f.Fuzz(func(t *testing.T, payload string) { checkTranslation(t, payload) })
}

// What moves to another codec is what decoding and encoding it makes, to the byte, and an error
// where these have one. $SEED repeats a failure.
func TestTranslate_IsWhatDecodingAndEncodingMake(t *testing.T) {
	seed, err := strconv.ParseUint(os.Getenv("SEED"), 10, 64)
	if err != nil {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("SEED=%d", seed)
	accepted := 0
	const count = 5000
	for i := range uint64(count) {
		w := writer{r: rand.New(rand.NewPCG(seed+i, 1))}
		w.object(4)
		if checkTranslation(t, w.b.String()) {
			accepted++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed+i)
		}
	}
	if accepted < count/3 || accepted == count {
		t.Errorf("%d of %d payloads were accepted", accepted, count)
	}
}

// A writer writes random JSON: with tags, whole and broken, numbers in every spelling, keys twice
// and in any order, space, and now and then what is not JSON.
type writer struct {
	r *rand.Rand
	b strings.Builder
}

func (w *writer) oneOf(words ...string) { w.b.WriteString(words[w.r.IntN(len(words))]) }

func (w *writer) space() { w.oneOf("", "", "", "", "", " ", "\n\t") }

func (w *writer) key() {
	w.oneOf(`"a"`, `"b"`, `"c"`, `""`, `"\u0061"`, `"é"`, `"\ud83c\udf6a"`, `"\n"`, `"_flashes"`, `" t"`, `" b"`, `" m"`, `" u"`, `" d"`, `" di"`,
		`" t__"`, `" di__"`, `"a__"`, `" t____"`, `"\u0020t"`, `"\ud83d"`)
}

func (w *writer) object(depth int) {
	w.space()
	w.b.WriteByte('{')
	for i := range w.r.IntN(4) {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.space()
		w.key()
		w.space()
		w.b.WriteByte(':')
		w.value(depth - 1)
	}
	w.b.WriteByte('}')
	w.space()
}

func (w *writer) value(depth int) {
	w.space()
	defer w.space()
	kind := w.r.IntN(12)
	switch {
	case depth > 0 && kind < 3:
		w.object(depth)
	case depth > 0 && kind < 5:
		w.b.WriteByte('[')
		for i := range w.r.IntN(4) {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(depth - 1)
		}
		w.b.WriteByte(']')
	case depth > 0 && kind < 7:
		w.oneOf(`{" t":`, `{" di":{" t__":`, `{" di":{" di__":`, `{" di":{"a":`)
		text := w.b.String()
		w.value(depth - 1)
		w.b.WriteString(strings.Repeat("}", strings.Count(text[strings.LastIndex(text, `{" `):], "{")))
		w.oneOf("", "", "}")
	case kind < 9:
		w.oneOf(`{" b":"AP8="}`, `{" b":"AP8"}`, `{" b":1}`, `{" m":"<b>"}`, `{" u":"0123456789abcdef0123456789ABCDEF"}`, `{" u":"x"}`,
			`{" d":"Tue, 02 Jan 2024 03:04:05 GMT"}`, `{" d":"Tue"}`, `{" t":[]}`, `{" t":1}`, `{" di":{" t__":1}}`, `{" di":{"a":1}}`,
			`{" di":{" di":{" t____":1}}}`, `{" t":[1]," t":[2]}`, `{" t":{"title":"a"}," t":["b","a: c"]}`, `{"_":NaN,"_":1}`)
	case kind < 10:
		w.oneOf(`"a"`, `""`, `"é🍪"`, `"\u00e9\ud83c\udf6a"`, `"\"\\\/\b\f\n\r\t"`, `"\ud83d"`, `"\ud83d\u0041"`, `"<&>\u2028"`, "\"\x7f\"", `"\ufffd"`)
	case kind < 11:
		w.oneOf("0", "1", "-1", "-0", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "123456789012345678901234567890",
			"1.0", "1.50", "-0.0", "1e9", "1E+2", "1e-7", "1e16", "123456789.125", "5e-324", "1e400", "0.1", "NaN", "Infinity", "-Infinity")
	default:
		w.oneOf("null", "true", "false", "null", "true", "false", "tru", "01", "1.", "-", `"\x"`, `"\u12"`, "\"\n\"", "\"\xff\"", "", "[1,]", "{1:2}")
	}
}

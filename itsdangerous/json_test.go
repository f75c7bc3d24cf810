package itsdangerous

import (
	"bytes"
	"encoding/json"
	"io"
	"reflect"
	"testing"
)

// What a json.RawMessage, or a type with a MarshalJSON, spells with escapes
// may come from a stranger: undone wrongly, it becomes structure and is signed.
func TestEscapesKeepTheirMeaning(t *testing.T) {
	for name, construct := range map[string]func([]byte, *SerializerOptions, ...[]byte) (*Serializer, error){"plain": NewSerializer, "URL-safe": NewURLSafeSerializer} {
		s, err := construct([]byte("k"), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range []string{
			`{"name":"\u0022,\u0022admin\u0022:true,\u0022x\u0022:\u0022"}`, // a quote ends the string
			`"\u005c"`, `"\u005c\u0022"`, `"\\u0022"`, `"\\\u0022"`, // so does what a backslash escapes
			`"\ud83d\ude00"`, `"\uD83D\uDE00"`, `"😀"`, // two escapes, one character
			`"\u000a\u0000\u007f\u00e9"`, `"\/\b\f\n\r\t"`,
			`"<>&\u003c\u003E\u0026"`, `"\u2028\u2029"`,
			`{"a,b:c":"d,e:f"}`, `{ "a" : [ 1.0 , 1e400, -0 ] }`,
		} {
			token, err := s.Dump(json.RawMessage(raw))
			if err != nil {
				t.Fatal(err)
			}
			payload, err := s.LoadBytes(token)
			if err != nil || !sameJSON(t, payload, []byte(raw)) {
				t.Errorf("%s: %s is written %s (%v)", name, raw, payload, err)
			}
		}
	}
}

// What Python's json.dumps writes, seen by running it: json.dumps(v), and with ensure_ascii=False.
func TestDump_SpellsTextAsPython(t *testing.T) {
	for text, want := range map[string]struct{ plain, urlSafe string }{
		"a b~":         {`"a b~"`, `"a b~"`},
		"\x1f\x7f":     {`"\u001f\u007f"`, "\"\\u001f\x7f\""},
		"\u0080\uffff": {`"\u0080\uffff"`, "\"\u0080\uffff\""},
		"\U00010000😀":  {`"\ud800\udc00\ud83d\ude00"`, "\"\U00010000😀\""},
	} {
		raw, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(plainStyle.append(nil, raw)); got != want.plain {
			t.Errorf("%q is written %s; it should be %s", text, got, want.plain)
		}
		if got := string(urlSafeStyle.append(nil, raw)); got != want.urlSafe {
			t.Errorf("%q is written %s in URL-safe tokens; it should be %s", text, got, want.urlSafe)
		}
	}
}

// Python's json.loads keeps a lone surrogate, so it must not become U+FFFD.
func TestALoneSurrogateStays(t *testing.T) {
	for name, construct := range map[string]func([]byte, *SerializerOptions, ...[]byte) (*Serializer, error){"plain": NewSerializer, "URL-safe": NewURLSafeSerializer} {
		s, _ := construct([]byte("k"), nil)
		token, err := s.Dump(json.RawMessage(`"\ud800"`))
		if payload, _ := s.LoadBytes(token); err != nil || string(payload) != `"\ud800"` {
			t.Errorf("%s: written %s, %v", name, payload, err)
		}
	}
}

// sameJSON reports whether two texts mean the same, numbers by their spelling.
func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()
	var values [2]any
	for i, text := range [][]byte{a, b} {
		d := json.NewDecoder(bytes.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&values[i]); err != nil {
			return false
		}
		if _, err := d.Token(); err != io.EOF {
			return false
		}
	}
	return reflect.DeepEqual(values[0], values[1])
}

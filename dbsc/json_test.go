package dbsc

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestMembers_RefusesWhatTwoReadersCouldUnderstandDifferently(t *testing.T) {
	for _, text := range []string{
		"", "null", "1", `"a"`, `["a"]`, "{", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{"a":}`, `{"a":nul}`, `{a:1}`, `{1:1}`, `{"a" 1}`,
		`{"a":1}{}`, `{"a":1} 1`, `{"a":1}}`, `{"a":1,"a":1}`, `{"a":1,"\u0061":1}`, "{\"a\":\"\xff\"}", "{\"\xff\":1}",
	} {
		if all, err := members([]byte(text)); err == nil {
			t.Errorf("%q is read as %v", text, all)
		}
	}
	all, err := members([]byte(` { "a" : 1 , "A" : {"a":[]} } `))
	if names := slices.Sorted(maps.Keys(all)); err != nil || !slices.Equal(names, []string{"A", "a"}) || string(all["A"]) != `{"a":[]}` {
		t.Errorf("the members are %v, %v", all, err)
	}
}

func TestText_IsAString(t *testing.T) {
	all, err := members([]byte(`{"s":"x","n":1,"null":null,"list":["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]string{"n": "its n is not a string", "null": "its null is not a string", "list": "its list is not a string", "S": "it has no S"} {
		if got, err := text(all, name); got != "" || err == nil || err.Error() != says {
			t.Errorf("%s is read as %q, %v, want %s", name, got, err, says)
		}
	}
	if got, err := text(all, "s"); got != "x" || err != nil {
		t.Errorf("s is read as %q, %v", got, err)
	}
}

func TestDecode_HasOneSpelling(t *testing.T) {
	for _, text := range []string{"A", "AA=", "AA==", "AB", "AA\n", "\rAA", "A A", "A+", "A/", "AA."} {
		if got, err := decode(text); err == nil || got != nil {
			t.Errorf("%q is read as %x, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{"": "", "AA": "\x00", "_-8": "\xff\xef"} {
		if got, err := decode(text); string(got) != want || err != nil {
			t.Errorf("%q is read as %x, %v", text, got, err)
		}
	}
}

func TestOpenProof_SaysWhatIsWrong(t *testing.T) {
	for token, says := range map[string]string{
		"": "three parts", "a": "three parts", "a.b": "three parts", "a.b.c.d": "three parts",
		strings.Repeat("a", maxProof+1):       "bytes",
		"a.a.a":                               "base64url",
		encode("[]") + ".a.a":                 "not a JSON object",
		encode(`{"typ":"dbsc+jwt"}`) + ".a.a": "its header: it has no alg",

		encode(`{"typ":"dbsc+jwt","alg":"ES256"}`) + ".a.a": "it has no jwk",
	} {
		if _, err := openRegistration(token); err == nil || !strings.HasPrefix(err.Error(), "dbsc: the proof is not valid: ") || !strings.Contains(err.Error(), says) {
			t.Errorf("%.40q: %v, want %s", token, err, says)
		}
	}
}

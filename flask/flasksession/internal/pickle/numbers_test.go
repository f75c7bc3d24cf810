package pickle

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"
)

// payload returns the session in a pickle of a dict with one value under "a".
func payload(value string) (string, error) {
	tree, err := Parse([]byte("\x80\x04}\x8c\x01a" + value + "s."))
	if err != nil {
		return "", err
	}
	doc, err := tree.Document()
	if err != nil {
		return "", err
	}
	return doc.Payload, nil
}

// pickled returns what the Writer makes of a value.
func pickled(t *testing.T, v any) string {
	t.Helper()
	var w Writer
	w.Begin()
	before := len(w.Out)
	if err := w.Value("a", v); err != nil {
		t.Fatalf("%T: %v", v, err)
	}
	return strings.TrimPrefix(string(w.Out[before:]), "\x8c\x01a")
}

// What Python's pickle.loads makes of each, seen by running it.
func TestParse_IntegersInEachForm(t *testing.T) {
	zeros, ones := strings.Repeat("\x00", 8), strings.Repeat("\xff", 8)
	nines := new(big.Int).Sub(new(big.Int).Exp(big.NewInt(10), big.NewInt(maxDigits), nil), big.NewInt(1))
	for value, want := range map[string]string{
		"\x8a\x00": "0", "\x8a\x01\x7f": "127", "\x8a\x01\x80": "-128", "\x8a\x02\x80\x00": "128", "\x8a\x02\x7f\xff": "-129",
		"\x8a\x08" + ones[:7] + "\x7f": "9223372036854775807", "\x8a\x08" + zeros[:7] + "\x80": "-9223372036854775808",
		"\x8a\x09" + zeros[:7] + "\x80\x00": "9223372036854775808", "\x8a\x09" + ones[:7] + "\x7f\xff": "-9223372036854775809",
		"\x8a\x09" + zeros + "\x80": "-2361183241434822606848", "\x8a\x09" + ones[:8] + "\x7f": "2361183241434822606847",
		"\x8b\xfa\x06\x00\x00" + string(longBytes(nines)): nines.String(), // of 1786 bytes
		"I00\n": "false", "I01\n": "true", "I-5\n": "-5", "L5L\n": "5", "I1\n": "1", "L0L\n": "0",
		"L" + nines.String() + "L\n": nines.String(), "L-" + nines.String() + "L\n": "-" + nines.String(),
	} {
		if got, err := payload(value); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%.40q is read as %.60s, %v", value, got, err)
		}
	}
	for _, value := range []string{
		"L9" + nines.String() + "L\n", "L-9" + nines.String() + "L\n", "Ix\n", "I\n", "I5L\n", "L05L\n", "\x8b\xfb\x06\x00\x00" + strings.Repeat("\x01", 1787),
	} {
		if got, err := payload(value); err == nil {
			t.Errorf("%.40q is read as %.60s", value, got)
		}
	}
}

// What Python's pickle.dumps makes of each with protocol 4, except integers of more than four
// bytes, which have eight.
func TestWriter_IntegersAndTextInTheShortestForm(t *testing.T) {
	power := func(n uint) json.Number { return json.Number(new(big.Int).Lsh(big.NewInt(1), n).String()) }
	zeros, ones := strings.Repeat("\x00", 8), strings.Repeat("\xff", 8)
	for want, v := range map[string]any{
		"K\x00": int64(0), "K\xff": int64(255), "M\x00\x01": int64(256), "M\xff\xff": int64(65535), "J\x00\x00\x01\x00": int64(65536),
		"J\xff\xff\xff\xff": int64(-1), "J\xff\xff\xff\x7f": int64(1<<31 - 1), "J\x00\x00\x00\x80": int64(-1 << 31),
		"\x8a\x08\x00\x00\x00\x80\x00\x00\x00\x00": int64(1 << 31), "\x8a\x08\xff\xff\xff\x7f\xff\xff\xff\xff": int64(-1<<31 - 1),
		"\x8a\x09" + zeros[:7] + "\x80\x00": json.Number("9223372036854775808"), "\x8a\x09" + ones[:7] + "\x7f\xff": json.Number("-9223372036854775809"),
		"\x8a\xff" + strings.Repeat("\x00", 254) + "\x01":             power(8 * 254),
		"\x8b\x00\x01\x00\x00" + strings.Repeat("\x00", 255) + "\x01": power(8 * 255),
		"\x8c\xff" + strings.Repeat("x", 255):                         strings.Repeat("x", 255),
		"X\x00\x01\x00\x00" + strings.Repeat("x", 256):                strings.Repeat("x", 256),
	} {
		if got := pickled(t, v); got != want {
			t.Errorf("%.40v is written as %.40q; it should be %.40q", v, got, want)
		}
	}
	at := time.Date(9999, 12, 31, 23, 59, 59, 123456789, time.UTC)
	if got := pickled(t, at); !strings.Contains(got, "\x27\x0f\x0c\x1f\x17\x3b\x3b\x01\xe2\x40") {
		t.Errorf("%v is written as %q", at, got)
	}
	var w Writer
	for digits, ok := range map[string]bool{"": true, "-": true, "9": false, "-9": false} {
		if err := w.Value("a", json.Number(digits+strings.Repeat("9", maxDigits))); (err == nil) != ok {
			t.Errorf("an integer of %d characters is written with the error %v", len(digits)+maxDigits, err)
		}
	}
}

// What Python's pickle.loads makes of each, or refuses.
func TestParse_TextOfProtocol0(t *testing.T) {
	for line, want := range map[string]string{
		``: `""`, `a b`: `"a b"`, "\xe9": `"\u00e9"`, `\u00e9`: `"\u00e9"`, `x\u00e9y`: `"x\u00e9y"`, `\U0001f36a`: `"\ud83c\udf6a"`,
		`\U0010ffff`: `"\udbff\udfff"`, `\ud800-\udfff`: `"\ud800-\udfff"`, `\ud7ff\ue000`: `"\ud7ff\ue000"`,
		`\`: `"\\"`, `\n`: `"\\n"`, `\\`: `"\\\\"`, `\\u00e9`: `"\\\\u00e9"`, `\\\u00e9`: `"\\\\\u00e9"`, `\\u`: `"\\\\u"`,
	} {
		if got, err := payload("V" + line + "\n"); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%s is read as %s, %v", line, got, err)
		}
	}
	for _, line := range []string{`\u`, `\U`, `\u00e`, `a\u00e`, `\u00eg`, `\u 0e9`, `\u+0e9`, `\U0001f36`, `\U00110000`, `\Uffffffff`} {
		if got, err := payload("V" + line + "\n"); err == nil {
			t.Errorf("%s is read as %s", line, got)
		}
	}
}

func TestParse_FloatsOfProtocol0(t *testing.T) {
	for line, want := range map[string]string{
		"1.5": "1.5", "-0.0": "-0.0", "1e+16": "1e+16", "1e-05": "1e-05", "inf": "Infinity", "-inf": "-Infinity", "nan": "NaN",
	} {
		if got, err := payload("F" + line + "\n"); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%s is read as %s, %v", line, got, err)
		}
	}
	for _, line := range []string{"", "x", "1_0.5", "0x1p4", "0X1p4", "1e400"} {
		if got, err := payload("F" + line + "\n"); err == nil {
			t.Errorf("%s is read as %s", line, got)
		}
	}
}

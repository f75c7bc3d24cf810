package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// One key in the spellings of it, for tests only.
const (
	hexKey    = "be5225fcdbf0e0f4bbb944a3a57005eae906da4d2ecb58cd550539fa6c5bbe21"
	base64Key = "vlIl_Nvw4PS7uUSjpXAF6ukG2k0uy1jNVQU5-mxbviE"
)

func TestParseReadsTheDocumentedSpellings(t *testing.T) {
	want := mustParse(t, hexKey)
	for name, text := range map[string]string{
		"hex":                     hexKey,
		"hex in capitals":         strings.ToUpper(hexKey),
		"hex in mixed case":       strings.ToUpper(hexKey[:20]) + hexKey[20:],
		"base64url":               base64Key,
		"base64url, padded":       base64Key + "=",
		"a line":                  base64Key + "\n",
		"a line of Windows":       base64Key + "\r\n",
		"white space on each end": " \t\n" + hexKey + "\r\n\t ",
	} {
		key, err := secret.Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !key.Equal(want) {
			t.Errorf("%s is read as another key", name)
		}
	}
}

func TestParseReadsKeysOfEveryAllowedSize(t *testing.T) {
	long := randomBytes(secret.MaxSize)
	for size := secret.MinSize; size <= secret.MaxSize; size++ {
		material := long[:size]
		for name, text := range map[string]string{
			"hex":               hex.EncodeToString(material),
			"base64url":         base64.RawURLEncoding.EncodeToString(material),
			"base64url, padded": base64.URLEncoding.EncodeToString(material),
		} {
			key, err := secret.Parse(text)
			if err != nil {
				t.Fatalf("%d bytes in %s: %v", size, name, err)
			}
			if string(key.Bytes()) != string(material) {
				t.Fatalf("%d bytes in %s are read as other bytes", size, name)
			}
		}
	}
}

// randomBytes returns size bytes in which Parse finds no pattern.
func randomBytes(size int) []byte {
	var b []byte
	for len(b) < size {
		b = append(b, secret.New().Bytes()...)
	}
	return b[:size]
}

func TestParseSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
	}{
		{"nothing", "", "is empty"},
		{"white space alone", " \r\n\t", "is empty"},
		{"16 bytes in hex", hexKey[:32], "16 bytes long and must be at least 32"},
		{"31 bytes in hex", hexKey[:62], "31 bytes long and must be at least 32"},
		{"31 bytes in base64url", "vlIl_Nvw4PS7uUSjpXAF6ukG2k0uy1jNVQU5-mxbvg", "31 bytes long and must be at least 32"},
		{"one character", "x", "0 bytes long and must be at least 32"},
		{"a password", "change-me-x", "8 bytes long and must be at least 32"},
		{"one hex digit", "0", "odd number of digits, 1"},
		{"padding alone", "==", "0 bytes long and must be at least 32"},
		{"1025 bytes in base64url", base64.RawURLEncoding.EncodeToString(randomBytes(1025)), "1025 bytes long and must be at most 1024"},
		{"1025 bytes in hex", hex.EncodeToString(randomBytes(1025)), "text is 2050 bytes long"},
		{"a megabyte", strings.Repeat("x", 1<<20), "text is 1048576 bytes long"},
		{"hex that lost a digit", hexKey[:63], "odd number of digits, 63"},
		{"hex with a digit too many", hexKey + "0", "odd number of digits, 65"},
		{"base64url that lost a character", base64Key[:42], "31 bytes long and must be at least 32"},
		{"base64url with two characters too many", base64Key + base64Key[:2], "cannot have 45 characters"},
		{"a longer key in base64url that was cut", base64Key + base64Key[:3], "last character"},
		{"plain base64", strings.NewReplacer("-", "+", "_", "/").Replace(base64Key), "character 5 of the key"},
		{"quotes", `"` + base64Key + `"`, "character 1 of the key"},
		{"a comma after it", base64Key + ",", "character 44 of the key"},
		{"a space inside", base64Key[:10] + " " + base64Key[10:], "character 11 of the key"},
		{"a line end inside", base64Key[:10] + "\n" + base64Key[10:], "character 11 of the key"},
		{"two lines", base64Key + "\n" + base64Key, "character 44 of the key"},
		{"a NUL after it", base64Key + "\x00", "character 44 of the key"},
		{"an equals sign inside", base64Key[:10] + "=" + base64Key[10:], "character 11 of the key"},
		{"a letter beyond ASCII", "äöé" + base64Key, "character 1 of the key"},
		{"a fullwidth digit", "ab\uff10" + base64Key, "character 3 of the key"},
		{"a position counted in characters", "ab" + "\xff" + base64Key, "character 3 of the key"},
		{"a byte order mark", "\ufeff" + base64Key, "character 1 of the key"},
		{"padding too long", base64Key + "==", "2 padding characters (=), which do not fit its 43"},
		{"padding of three", base64Key + "01===", "cannot have 45 characters"},
		{"padding of four", base64Key + "0====", "4 padding characters (=), which do not fit its 44"},
		{"padding on hex", hexKey + "==", "2 padding characters (=), which do not fit its 64"},
		{"stray bits in the last character", base64Key[:42] + "F", "last character"},
		{"one byte repeated", strings.Repeat("ab", 32), "not random: it is one byte, repeated"},
		{"zeros in base64url", strings.Repeat("A", 43), "odd number of digits, 43"},
		{"zeros in base64url, padded", strings.Repeat("A", 43) + "=", "not random: it is one byte, repeated"},
		{"two bytes repeated", strings.Repeat("abcd", 16), "not random: it has only a handful"},
		{"seven different bytes", strings.Repeat("01020304050607", 5)[:64], "not random: it has only a handful"},
		{"half a key, twice", strings.Repeat(hexKey[:32], 2), "not random: it is a shorter text, repeated"},
		{"ten bytes, three times and cut", strings.Repeat(hexKey[:20], 4)[:64], "not random: it is a shorter text, repeated"},
		{"a count up", hex.EncodeToString(counting(32, 1)), "not random: its bytes count"},
		{"a count down past zero", hex.EncodeToString(counting(300, 255)), "not random: its bytes count"},
		{"a count from the letter A on", hex.EncodeToString([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`")), "not random: its bytes count"},
		{"a count by sevens", hex.EncodeToString(counting(32, 7)), "not random: its bytes count"},
	} {
		key, err := secret.Parse(c.text)
		if err == nil {
			t.Errorf("%s: Parse accepts it", c.name)
			continue
		}
		if !key.IsZero() {
			t.Errorf("%s: Parse returns a key along with the error", c.name)
		}
		if !strings.HasPrefix(err.Error(), "secret: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %q, want it to say %q", c.name, err, c.want)
		}
	}
}

// Random bytes have fewer than eight values once in 2 to the power of 110 keys, so eight are enough.
func TestParse_EightDifferentBytesAreEnough(t *testing.T) {
	if _, err := secret.Parse("0b5e71a8c3d42f960b715ea82fc396d45e0bc371d4a82f96a80b5ed4c3962f71"); err != nil {
		t.Error(err)
	}
}

func counting(size int, step byte) []byte {
	b := make([]byte, size)
	for i := range b[1:] {
		b[i+1] = b[i] + step
	}
	return b
}

func TestParseErrorsNeverShowTheText(t *testing.T) {
	for _, text := range []string{
		"hunter2",
		"hunter2-hunter2-hunter2-hunter2-hunter2-hunter2",
		`"` + base64Key + `"`,
		base64Key[:30] + "\xff" + base64Key[30:],
		hexKey[:31],
		strings.Repeat("dead", 16),
		strings.Repeat("correct horse battery staple ", 200),
	} {
		_, err := secret.Parse(text)
		if err == nil {
			t.Errorf("Parse accepts %q", text)
			continue
		}
		checkHidden(t, err, text)
	}
}

// checkHidden fails where err's message shows 5 or more characters that text
// has in a row and that Parse's messages have not by themselves.
func checkHidden(t *testing.T, err error, text string) {
	t.Helper()
	const window = 5
	message := err.Error()
	for i := 0; i+window <= len(text); i++ {
		if part := text[i : i+window]; strings.Contains(message, part) && !strings.Contains(fixedWords, part) {
			t.Errorf("the error %q shows %q of the text", message, part)
			return
		}
	}
}

// fixedWords are what Parse's messages are made of. A text may have them too.
const fixedWords = "secret: the key is empty; make one with `wafer keygen` or `openssl rand -hex 32` " +
	"the key's text is  bytes long, and the longest possible is 2048; is this the right text? " +
	"the key, decoded, is  bytes long and must be at least 32; make one " +
	"the key, decoded, is  bytes long and must be at most 1024; is this " +
	"secret: the key is not random: it is one byte, repeated; make one " +
	"not random: it has only a handful of different bytes; make one " +
	"not random: its bytes count up or down in even steps; make one " +
	"not random: it is a shorter text, repeated; make one " +
	"the key can be guessed: it is published, in documentation or as a program's default; make one " +
	"it is made of common words, rows of the keyboard, counts or repetitions; make one " +
	"secret: the key is written in hex and has an odd number of digits, ; one is missing or too many " +
	"secret: character  of the key is not a hex digit, and not in base64url (A-Z a-z 0-9 - _); " +
	"a key has no quotes or spaces in it, and plain base64 is turned into base64url by `tr '+/' '-_'` " +
	"secret: the key is written in base64url and cannot have  characters; one is missing or too many " +
	"the key is written in base64url and ends in  padding characters (=), which do not fit its  characters; leave them out " +
	"the key is written in base64url and its last character is not one that an encoder writes there; part of it may be missing"

package secret_test

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/secret"
)

// FuzzParse looks for a text that is read as a key and should not be, for two
// readings of one text, and for an error that shows what it was given.
func FuzzParse(f *testing.F) {
	for _, v := range vectors(f) {
		f.Add(v.Hex)
		f.Add(v.Reveal)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := secret.Parse(text)
		if err != nil {
			if !key.IsZero() {
				t.Error("Parse returns a key along with an error")
			}
			checkHidden(t, err, text)
			return
		}

		material := key.Bytes()
		if len(material) < secret.MinSize || len(material) > secret.MaxSize {
			t.Errorf("Parse accepts a key of %d bytes", len(material))
		}
		if !isSpelling(strings.Trim(text, " \t\r\n"), material) {
			t.Errorf("Parse reads %q as %x, of which it is no spelling", text, material)
		}
		back, err := secret.Parse(key.Reveal())
		if err != nil {
			t.Errorf("Parse refuses what Reveal wrote: %v", err)
		}
		if !back.Equal(key) || back.Reveal() != key.Reveal() || back.ID() != key.ID() {
			t.Error("Parse(k.Reveal()) is another key than k")
		}
		if leak := leaks(fmt.Sprintf("%v %+v %#v %x", key, key, key, key), key); leak != "" {
			t.Errorf("fmt shows %q of the key", leak)
		}
	})
}

// isSpelling reports whether text is one of the three things that an encoder
// can make of material, and not one that has another reading as well.
func isSpelling(text string, material []byte) bool {
	if strings.EqualFold(text, hex.EncodeToString(material)) && isASCII(text) {
		return true
	}
	if strings.Trim(text, "0123456789abcdefABCDEF") == "" {
		return false
	}
	return text == base64.RawURLEncoding.EncodeToString(material) || text == base64.URLEncoding.EncodeToString(material)
}

func isASCII(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r >= 0x80 }) < 0
}

func TestFuzzParseHasCommittedSeeds(t *testing.T) {
	seeds, err := os.ReadDir("testdata/fuzz/FuzzParse")
	if err != nil || len(seeds) < 20 {
		t.Errorf("testdata/fuzz/FuzzParse holds %d seeds (error %v), want 20 or more", len(seeds), err)
	}
}

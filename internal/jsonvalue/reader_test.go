package jsonvalue

import (
	"errors"
	"testing"
)

func TestReader_String_RefusesWhatIsNotUTF8(t *testing.T) {
	for _, text := range []string{"\"\x80\"", "\"\xff\"", "\"a\xc3\""} {
		r := Reader{Text: text}
		if got, err := r.String(); err == nil {
			t.Errorf("%q is read as %q", text, got)
		}
	}
}

func TestReader_String_WithoutItsEndIsTooShort(t *testing.T) {
	for _, text := range []string{`"`, `"a`, `"\n`, `"\u0041`} {
		r := Reader{Text: text}
		if got, err := r.String(); !errors.Is(err, errTooSoon) {
			t.Errorf("%s is read as %q, with the error %v", text, got, err)
		}
	}
}

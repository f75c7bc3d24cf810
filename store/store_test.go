package store_test

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/store"
)

func TestParseID_ReadsWhatStringWrote(t *testing.T) {
	want := store.ID{0: 0x0a, 31: 0xff}
	text := want.String()
	for _, text := range []string{text, strings.ToUpper(text)} {
		if got, err := store.ParseID(text); err != nil || got != want {
			t.Errorf("%s is read as %v, %v", text, got, err)
		}
	}
	for _, other := range []string{"", text[1:], text + "0", text[:63] + "g", text[:62] + "é"} {
		if got, err := store.ParseID(other); err == nil || got != (store.ID{}) {
			t.Errorf("%q is read as %v, %v", other, got, err)
		}
	}
}

package guides

import (
	"regexp"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/docprogram"
)

func TestDBSC_PageHasEachAction(t *testing.T) {
	page := docprogram.Read(t, "../../docs", "dbsc.md")
	var words []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(page.Text, -1) {
		words = append(words, m[1])
	}
	if want := dbsc.Actions(); !slices.Equal(words, want) {
		t.Errorf("the page has %q, want %q", words, want)
	}
}

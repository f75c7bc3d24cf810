package guides

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestTheProgramOfBoundSessionsBuilds has the compiler and vet read the page's program.
func TestTheProgramOfBoundSessionsBuilds(t *testing.T) {
	page := docprogram.Read(t, "../../docs", "dbsc.md")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home := docprogram.NewFolder(t, "GOFLAGS=-mod=mod")
	home.Write("main.go", page.Next("go"))
	home.Sh("go mod init hello && go mod edit -require github.com/wafer-go/wafer@v0.0.0 -replace github.com/wafer-go/wafer=" + root + " && go vet .")
}

func TestThePageOfBoundSessionsHasEachAction(t *testing.T) {
	page := docprogram.Read(t, "../../docs", "dbsc.md")
	var words []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(page.Text, -1) {
		words = append(words, m[1])
	}
	if want := dbsc.Actions(); !slices.Equal(words, want) {
		t.Errorf("the page has %q, want %q", words, want)
	}
}

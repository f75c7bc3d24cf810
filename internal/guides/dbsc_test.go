package guides

import (
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// TestTheProgramOfBoundSessionsBuilds has the compiler and vet read the page's program.
func TestTheProgramOfBoundSessionsBuilds(t *testing.T) {
	_, blocks := readPage(t, "dbsc.md")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home := newFolder(t)
	home.env = append(home.env, "GOFLAGS=-mod=mod")
	home.write("main.go", next(t, &blocks, "go").text)
	home.sh("go mod init hello && go mod edit -require github.com/wafer-go/wafer@v0.0.0 -replace github.com/wafer-go/wafer=" + root + " && go vet .")
}

func TestThePageOfBoundSessionsHasEachAction(t *testing.T) {
	page, _ := readPage(t, "dbsc.md")
	var words []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z]+)` \\|").FindAllStringSubmatch(page, -1) {
		words = append(words, m[1])
	}
	if want := session.BindingActions(); !slices.Equal(words, want) {
		t.Errorf("the page has %q, want %q", words, want)
	}
}

package wafer

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFuzz_EachTargetHasSeeds looks for seeds that are committed or that the target adds, because
// `go test` tries no others. It knows the targets of all modules.
func TestFuzz_EachTargetHasSeeds(t *testing.T) {
	target := regexp.MustCompile(`(?ms)^func (Fuzz\w+)\(.*?^}`)
	count := 0
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range target.FindAllStringSubmatch(string(text), -1) {
			count++
			seeds, _ := os.ReadDir(filepath.Join(filepath.Dir(path), "testdata", "fuzz", m[1]))
			if len(seeds) < 4 && !strings.Contains(m[0], "f.Add(") {
				t.Errorf("%s: %s has %d seeds in testdata/fuzz, and adds none", path, m[1], len(seeds))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if count < 40 {
		t.Errorf("found %d targets", count)
	}
}

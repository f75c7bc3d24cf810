package wafer

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEveryGoBlockOfTheGuidesCompiles holds a block of docs in one of two ways.
// It is a run of lines of some Go file, whose module compiles and tests it; or
// it is built here, as a program, as declarations, as a value, or as statements
// of a function that has what guideHead declares.
func TestEveryGoBlockOfTheGuidesCompiles(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	sources := goFiles(t)
	dir := t.TempDir()
	write(t, dir, "go.mod", module(root))
	blocks, quoted := 0, 0
	for _, guide := range guides(t) {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
			blocks++
			if isQuoted(block[1], sources) {
				quoted++
				continue
			}
			// A folder each: programs have a main, and names may repeat.
			folder := fmt.Sprintf("%s_%d", strings.TrimSuffix(filepath.Base(guide), ".md"), blocks)
			if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, folder), "block.go", guideProgram(block[1]))
		}
	}
	if blocks == 0 || quoted == 0 || quoted == blocks {
		t.Errorf("found %d Go blocks, %d of them quoted", blocks, quoted)
	}
	vet := exec.Command("go", "vet", "./...")
	vet.Dir = dir
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("the guides' Go does not compile, and is in no Go file: %v\n%s", err, out)
	}
}

// goFiles are the texts of the Go files of every module, without indentation.
func goFiles(t *testing.T) []string {
	t.Helper()
	var texts []string
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		texts = append(texts, "\n"+flush(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// isQuoted tells whether a block is whole lines of a source, in one run.
func isQuoted(block string, sources []string) bool {
	for _, source := range sources {
		if strings.Contains(source, "\n"+flush(block)) {
			return true
		}
	}
	return false
}

// flush takes the indentation off each line.
func flush(text string) string {
	return regexp.MustCompile(`(?m)^\t+`).ReplaceAllString(text, "")
}

// guidePackages are what a guide's block may use without importing it.
var guidePackages = []string{
	"context", "database/sql", "errors", "html/template", "io", "log", "log/slog", "net/http", "os", "testing", "time",
	"github.com/wafer-go/wafer/flask", "github.com/wafer-go/wafer/secret", "github.com/wafer-go/wafer/session",
	"github.com/wafer-go/wafer/session/debug", "github.com/wafer-go/wafer/sessiontest", "github.com/wafer-go/wafer/store",
	"github.com/wafer-go/wafer/store/memstore", "github.com/wafer-go/wafer/store/sqlstore",
}

const guideHead = "func _(ctx context.Context, key secret.Key, st store.Store, sessions *session.Manager, s *session.Session, mux *http.ServeMux, userID string, w http.ResponseWriter, r *http.Request) error {\n"

// guideProgram makes a file of a block.
func guideProgram(block string) string {
	if strings.HasPrefix(block, "package ") {
		return block
	}
	body := "var _ = " + block
	declared := regexp.MustCompile(`(?m)^(\w+)(?:, (\w+))? :?= |^\w+\.`)
	switch {
	case regexp.MustCompile(`(?m)^(func|type|var|const) `).MatchString(block):
		body = block
	case declared.MatchString(block):
		body = guideHead + "{\n" + block
		for _, names := range declared.FindAllStringSubmatch(block, -1) {
			for _, name := range names[1:] {
				if name != "" {
					body += "_ = " + name + "\n"
				}
			}
		}
		body += "}\nreturn nil\n}\n"
	}
	program := "package guides\n\n"
	for _, path := range guidePackages {
		if regexp.MustCompile(`\b` + filepath.Base(path) + `\.`).MatchString(body) {
			program += "import \"" + path + "\"\n"
		}
	}
	return program + "\n" + body
}

// guides are the pages of docs.
func guides(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestEveryTestThatTheGuidesNameExists looks for the tests that are named as
// what holds a claim.
func TestEveryTestThatTheGuidesNameExists(t *testing.T) {
	tests := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, name := range regexp.MustCompile(`(?m)^func ((Test|Example)\w+)\(`).FindAllStringSubmatch(string(text), -1) {
			tests[name[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, guide := range guides(t) {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range regexp.MustCompile("`((Test|Example)\\w+)`").FindAllStringSubmatch(string(text), -1) {
			named++
			if !tests[name[1]] {
				t.Errorf("%s names %s, which is no test", guide, name[1])
			}
		}
	}
	if named == 0 {
		t.Error("the guides name no test")
	}
}

// TestEveryLinkLeadsSomewhere checks the files that the documentation links to.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	links := 0
	for _, file := range append(guides(t), "README.md", "SECURITY.md", "CHANGELOG.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		prose := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(string(text), "")
		for _, link := range regexp.MustCompile(`\]\(([^)#]+)`).FindAllStringSubmatch(prose, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			links++
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), link[1])); err != nil {
				t.Errorf("%s links to %s: %v", file, link[1], err)
			}
		}
	}
	if links == 0 {
		t.Error("found no links")
	}
}

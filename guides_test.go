package wafer

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestEveryGoBlockOfTheGuidesCompiles holds a block of docs in one of three ways. It is a run of
// lines of some Go file, whose module compiles and tests it; or a test follows the page, and builds
// it; or it is built here, as a program, as declarations, as a value, or as statements of a function
// that has what guideHead declares.
func TestEveryGoBlockOfTheGuidesCompiles(t *testing.T) {
	sources := goFiles(t)
	home := docprogram.NewModule(t, ".")
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
			if isFollowed(t, guide, block[1]) {
				continue
			}
			// A folder each: programs have a main, and names may repeat.
			folder := fmt.Sprintf("%s_%d", strings.TrimSuffix(filepath.Base(guide), ".md"), blocks)
			home.Write(filepath.Join(folder, "block.go"), guideProgram(block[1]))
		}
	}
	if blocks == 0 || quoted == 0 || quoted == blocks {
		t.Errorf("found %d Go blocks, %d of them quoted", blocks, quoted)
	}
	if out, err := home.Command("go", "vet", "./...").CombinedOutput(); err != nil {
		t.Errorf("the guides' Go does not compile, and is in no Go file: %v\n%s", err, out)
	}
}

// isFollowed reports whether internal/frameworks or internal/guides follows the page as a reader
// does, and so builds the block: the files of the frameworks' and Flask's pages, and all of the first
// page.
func isFollowed(t *testing.T, guide, block string) bool {
	t.Helper()
	name := filepath.Base(guide)
	if name == "getting-started.md" {
		return true
	}
	return (strings.HasPrefix(name, "frameworks") || name == "from-flask.md") && slices.ContainsFunc(docprogram.Read(t, guide).Blocks, func(b docprogram.Block) bool {
		return b.File != "" && b.Text == block
	})
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
	block = "\n" + flush(block)
	for _, source := range sources {
		if strings.Contains(source, block) {
			return true
		}
	}
	return false
}

var indentation = regexp.MustCompile(`(?m)^\t+`)

// flush takes the indentation off each line.
func flush(text string) string { return indentation.ReplaceAllString(text, "") }

// guidePackages are what a guide's block may use without importing it.
var guidePackages = []string{
	"context", "database/sql", "errors", "html/template", "io", "log", "log/slog", "net/http", "net/url", "os", "testing", "time",
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

// TestGuides_NameTestsThatExist looks for the tests, and the rules of adaptertest, that the guides
// name as what holds a claim.
func TestGuides_NameTestsThatExist(t *testing.T) {
	var (
		defined = regexp.MustCompile(`(?m)^func ((?:Test|Example|Benchmark)\w+)\(|\bname: "(\w+)"`)
		named   = regexp.MustCompile("`((?:Test|Example|Benchmark)\\w+)`")
		rules   = regexp.MustCompile("\\brules?\\s(?:`\\w+`(?:,\\s|\\sand\\s)?)+")
		name    = regexp.MustCompile("`(\\w+)`")
	)
	known := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") && !(strings.HasSuffix(path, ".go") && strings.HasPrefix(path, "adapter/adaptertest/")) {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range defined.FindAllStringSubmatch(string(text), -1) {
			known[m[1]+m[2]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, guide := range guides(t) {
		text, err := os.ReadFile(guide)
		if err != nil {
			t.Fatal(err)
		}
		names := named.FindAllStringSubmatch(string(text), -1)
		for _, list := range rules.FindAllString(string(text), -1) {
			names = append(names, name.FindAllStringSubmatch(list, -1)...)
		}
		for _, m := range names {
			if count++; !known[m[1]] {
				t.Errorf("%s names %s, and no test or rule is called so", guide, m[1])
			}
		}
	}
	if count < 100 {
		t.Errorf("the guides name %d tests and rules", count)
	}
}

// TestEveryLinkLeadsSomewhere checks the files that the documentation links to,
// and the headings in them.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	links, headings := 0, 0
	known := make(map[string]map[string]bool) // the sections of the targets
	for _, page := range pages(t) {
		for _, link := range regexp.MustCompile(`\]\(([^)#\s]*)(?:#([^)\s]+))?\)`).FindAllStringSubmatch(prose(t, page), -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			links++
			target := page
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(page), link[1])
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s: %v", page, link[1], err)
				continue
			}
			if link[2] != "" {
				headings++
				if known[target] == nil {
					known[target] = sections(t, target)
				}
				if !known[target][link[2]] {
					t.Errorf("%s links to %s, which has no section %s", page, target, link[2])
				}
			}
		}
	}
	if links == 0 || headings == 0 {
		t.Errorf("found %d links, %d of them to a heading", links, headings)
	}
}

// pages are all pages of the project.
func pages(t *testing.T) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && path != "."):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".md"):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// prose is a page without its blocks.
func prose(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return regexp.MustCompile("(?ms)^ *```.*?^ *```$").ReplaceAllString(string(text), "")
}

// sections are the headings of a page as links name them: in lower case, with
// hyphens for spaces, and without punctuation.
func sections(t *testing.T, path string) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(prose(t, path), -1) {
		found[strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-', r == '_', unicode.IsLetter(r), unicode.IsDigit(r):
				return unicode.ToLower(r)
			default:
				return -1
			}
		}, heading[1])] = true
	}
	return found
}

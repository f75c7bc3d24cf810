package frameworks

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	language, text string
	file           string // that the prose before it ends with the name of, if so
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	fileName = regexp.MustCompile("`([\\w/]+\\.\\w+)`(?:\\*\\*)?:\\s*$")
)

// readPage returns the blocks of each section of a page by its heading. Those
// before the first heading are at "".
func readPage(t *testing.T, name string) map[string][]block {
	t.Helper()
	page, err := os.ReadFile(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	sections := make(map[string][]block)
	for i, section := range strings.Split(string(page), "\n## ") {
		heading := ""
		if i > 0 {
			heading, section, _ = strings.Cut(section, "\n")
		}
		end := 0
		for _, at := range fence.FindAllStringSubmatchIndex(section, -1) {
			b := block{language: section[at[2]:at[3]], text: section[at[4]:at[5]]}
			if name := fileName.FindStringSubmatch(section[end:at[0]]); name != nil {
				b.file = name[1]
			}
			sections[heading] = append(sections[heading], b)
			end = at[1]
		}
	}
	return sections
}

// apply makes the changes of a diff in a text, and counts the lines that are new.
func apply(t *testing.T, text, diff string) (changed string, lines int) {
	t.Helper()
	for hunk := range strings.SplitSeq(diff, "@@\n") {
		var old, with strings.Builder
		for line := range strings.Lines(hunk) {
			switch line[0] {
			case '-':
				old.WriteString(line[1:])
			case '+':
				with.WriteString(line[1:])
				if strings.TrimSpace(line[1:]) != "" {
					lines++
				}
			default:
				old.WriteString(line[1:])
				with.WriteString(line[1:])
			}
		}
		if n := strings.Count(text, old.String()); n != 1 {
			t.Fatalf("the file has this %d times, and the page counts on once:\n%s", n, old.String())
		}
		text = strings.Replace(text, old.String(), with.String(), 1)
	}
	return text, lines
}

// maxChanged is how many lines of an app change at most, for a login with a
// flash.
const maxChanged = 10

// A guide is what takes a reader from an empty folder to a login: a section of
// a page, or what a page has before its first.
type guide struct {
	page, heading string
	program       string // the folder of what the reader has at the end
}

var guides = map[string]guide{
	"net/http": {"frameworks.md", "net/http and html/template", "nethttp/after"},
	"chi":      {"frameworks.md", "chi", "chi/after"},
	"Fiber":    {"frameworks.md", "Fiber", "fiber/after"},
	"templ":    {"frameworks.md", "templ", "templ/after"},
	"Echo":     {"frameworks-echo.md", "", "../../adapter/echosession/internal/hello/after"},
	"Gin":      {"frameworks-gin.md", "", "../../adapter/ginsession/internal/hello/after"},
}

// blocks returns the guide's own blocks, and those before them that all of its
// page's guides have.
func (g guide) blocks(t *testing.T) (own, shared []block) {
	t.Helper()
	sections := readPage(t, g.page)
	if g.heading == "" {
		return sections[""], nil
	}
	return sections[g.heading], sections[""]
}

// shown returns the page after the login. That of net/http is everybody's who
// has no other.
func (g guide) shown(t *testing.T) string {
	t.Helper()
	own, _ := g.blocks(t)
	for _, b := range own {
		if b.language == "html" && b.file == "" {
			return b.text
		}
	}
	if g == guides["net/http"] {
		t.Fatal("it does not show the page after the login")
	}
	return guides["net/http"].shown(t)
}

// written returns the files that the reader has at the end.
func (g guide) written(t *testing.T) map[string]string {
	t.Helper()
	files := make(map[string]string)
	own, shared := g.blocks(t)
	for _, b := range shared {
		files[b.file] = b.text
	}
	changed := 0
	for _, b := range own {
		switch {
		case b.file == "":
		case b.language == "diff":
			var n int
			files[b.file], n = apply(t, files[b.file], b.text)
			changed += n
		default:
			files[b.file] = b.text
		}
	}
	if changed == 0 || changed > maxChanged {
		t.Errorf("%d lines change, and no more than %d should", changed, maxChanged)
	}
	return files
}

func TestEachGuideHasTheProgramThatIsTested(t *testing.T) {
	for name, g := range guides {
		t.Run(name, func(t *testing.T) {
			for name, text := range g.written(t) {
				want, err := os.ReadFile(filepath.Join(g.program, name))
				if err != nil {
					t.Fatal(err)
				}
				if text != string(want) {
					t.Errorf("%s is not that of %s:\n%s", name, g.program, text)
				}
			}
		})
	}
}

var (
	testName = regexp.MustCompile("`(Test\\w+|Benchmark\\w+)`")
	ruleName = regexp.MustCompile(`rules? ` + "((?:`\\w+`(?:, | and )?)+)")
)

// A guide names the test, or the rule of adaptertest, that holds it to what it says.
func TestEachGuide_NamesTestsThatExist(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*_test.go", "../echov4/*_test.go", "../../adapter/*/*_test.go", "../../adapter/adaptertest/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	named := 0
	for _, page := range []string{"frameworks.md", "frameworks-echo.md", "frameworks-gin.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatal(err)
		}
		var wanted []string
		for _, m := range testName.FindAllStringSubmatch(string(text), -1) {
			wanted = append(wanted, "func "+m[1]+"(")
		}
		flat := strings.Join(strings.Fields(string(text)), " ")
		for _, m := range ruleName.FindAllStringSubmatch(flat, -1) {
			for _, name := range strings.FieldsFunc(m[1], func(r rune) bool { return strings.ContainsRune("`, ", r) }) {
				if name != "and" && !strings.HasPrefix(name, "Test") {
					wanted = append(wanted, `name: "`+name+`"`)
				}
			}
		}
		for _, want := range wanted {
			if named++; !strings.Contains(source.String(), want) {
				t.Errorf("%s counts on %s, which there is not", page, want)
			}
		}
	}
	if named < 50 {
		t.Errorf("the guides name %d tests and rules", named)
	}
}

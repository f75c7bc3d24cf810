package frameworks

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

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
		text = docprogram.ReplaceOnce(t, text, old.String(), with.String())
	}
	return text, lines
}

// maxChanged is how many lines of an app change at most, for a login with a
// flash.
const maxChanged = 10

// A guide is what takes a reader from an empty folder to a login: a section of
// a page, or what a page has before its first.
type guide struct{ page, heading string }

var guides = map[string]guide{
	"net/http": {"frameworks.md", "net/http and html/template"},
	"chi":      {"frameworks.md", "chi"},
	"Fiber":    {"frameworks.md", "Fiber"},
	"templ":    {"frameworks.md", "templ"},
	"Echo":     {"frameworks-echo.md", ""},
	"Gin":      {"frameworks-gin.md", ""},
}

// blocks returns the guide's own blocks, and those before them that all guides of its page share.
func (g guide) blocks(t *testing.T) (own, shared []docprogram.Block) {
	t.Helper()
	page := docprogram.Read(t, "../../docs", g.page)
	if g.heading == "" {
		return page.In(""), nil
	}
	return page.In(g.heading), page.In("")
}

// shown returns the page after the login. That of net/http is everybody's who
// has no other.
func (g guide) shown(t *testing.T) string {
	t.Helper()
	own, _ := g.blocks(t)
	for _, b := range own {
		if b.Language == "html" && b.File == "" {
			return b.Text
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
		files[b.File] = b.Text
	}
	changed := 0
	for _, b := range own {
		switch {
		case b.File == "":
		case b.Language == "diff":
			var n int
			files[b.File], n = apply(t, files[b.File], b.Text)
			changed += n
		default:
			files[b.File] = b.Text
		}
	}
	if changed == 0 || changed > maxChanged {
		t.Errorf("%d lines change, and no more than %d should", changed, maxChanged)
	}
	return files
}

// TestGuides_HaveEachFileOfTheirPages checks that no file of a page is left out of what the tests
// build: the test of all pages' blocks leaves these to this package.
func TestGuides_HaveEachFileOfTheirPages(t *testing.T) {
	for _, g := range guides {
		for _, b := range docprogram.Read(t, "../../docs", g.page).Blocks {
			if b.File != "" && b.Section != "" && !slices.Contains(slices.Collect(maps.Values(guides)), guide{g.page, b.Section}) {
				t.Errorf("%s: no guide has the file %s of the section %q", g.page, b.File, b.Section)
			}
		}
	}
}

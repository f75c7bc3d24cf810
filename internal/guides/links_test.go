package guides

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestEveryLinkToASectionFindsIt holds the guides' links to headings, of which
// a file that is merely there says nothing.
func TestEveryLinkToASectionFindsIt(t *testing.T) {
	guides, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	links := 0
	for _, guide := range guides {
		for _, link := range regexp.MustCompile(`\]\(([^)\s:]*)#([^)\s]+)\)`).FindAllStringSubmatch(prose(t, guide), -1) {
			links++
			target := guide
			if link[1] != "" {
				target = filepath.Join(filepath.Dir(guide), link[1])
			}
			if !sections(t, target)[link[2]] {
				t.Errorf("%s links to %s, which has no section %s", filepath.Base(guide), filepath.Base(target), link[2])
			}
		}
	}
	if links == 0 {
		t.Error("found no links")
	}
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

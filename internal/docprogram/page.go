// Package docprogram follows pages of documentation as a reader does, in tests: it types their
// commands, writes their programs into an empty folder, and visits what these serve.
package docprogram

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// A Block is a fenced block of a page.
type Block struct {
	Section  string // the heading of the second level above it, empty if there is none
	Language string
	Text     string
	File     string // the file's name, if the prose before it ends with one, as in "`main.go`:"
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	fileName = regexp.MustCompile("`([\\w/]+\\.\\w+)`(?:\\*\\*)?:\\s*$")
)

// A Page is the blocks of a page that were not followed yet.
type Page struct {
	t      *testing.T
	Text   string
	Blocks []Block
}

// Read reads a page.
func Read(t *testing.T, elem ...string) *Page {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	p := &Page{t: t, Text: string(text)}
	for i, section := range strings.Split(p.Text, "\n## ") {
		heading := ""
		if i > 0 {
			heading, section, _ = strings.Cut(section, "\n")
		}
		end := 0
		for _, at := range fence.FindAllStringSubmatchIndex(section, -1) {
			b := Block{Section: heading, Language: section[at[2]:at[3]], Text: section[at[4]:at[5]]}
			if name := fileName.FindStringSubmatch(section[end:at[0]]); name != nil {
				b.File = name[1]
			}
			p.Blocks = append(p.Blocks, b)
			end = at[1]
		}
	}
	if p.Blocks == nil {
		t.Fatalf("%s has no block", filepath.Join(elem...))
	}
	return p
}

// In returns the blocks of a section.
func (p *Page) In(section string) []Block {
	var found []Block
	for _, b := range p.Blocks {
		if b.Section == section {
			found = append(found, b)
		}
	}
	return found
}

// Next returns the text of the next block of a language. A page is followed in order, so the blocks
// before it are done.
func (p *Page) Next(language string) string {
	p.t.Helper()
	for i, b := range p.Blocks {
		if b.Language == language {
			p.Blocks = p.Blocks[i+1:]
			return b.Text
		}
	}
	p.t.Fatalf("the page has no further %s block", language)
	return ""
}

// ReplaceOnce replaces what must be there exactly once.
func ReplaceOnce(t *testing.T, text, old, with string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("the program has this %d times, and the page counts on once:\n%s", n, old)
	}
	return strings.Replace(text, old, with, 1)
}

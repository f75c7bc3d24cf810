package frameworks

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of the page.
type block struct {
	language, text string
	file           string // that the prose before it ends with the name of, if so
}

var (
	fence    = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")
	fileName = regexp.MustCompile("`([\\w/]+\\.\\w+)`(?:\\*\\*)?:\\s*$")
)

// readPage returns the blocks of each section by its heading. Those before the
// first heading are at "".
func readPage(t *testing.T) map[string][]block {
	t.Helper()
	page, err := os.ReadFile("../../docs/frameworks.md")
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

// programs are the folders of each section's programs.
var programs = map[string]string{
	"net/http and html/template": "nethttp", "chi": "chi", "Fiber": "fiber", "templ": "templ",
}

// written returns the files that the reader of a section has at its end.
func written(t *testing.T, sections map[string][]block, heading string) map[string]string {
	t.Helper()
	files := make(map[string]string)
	for _, b := range sections[""] {
		files[b.file] = b.text
	}
	changed := 0
	for _, b := range sections[heading] {
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

func TestThePageHasTheProgramsThatAreTested(t *testing.T) {
	sections := readPage(t)
	for heading, folder := range programs {
		t.Run(folder, func(t *testing.T) {
			for name, text := range written(t, sections, heading) {
				want, err := os.ReadFile(filepath.Join(folder, "after", name))
				if err != nil {
					t.Fatal(err)
				}
				if text != string(want) {
					t.Errorf("%s is not that of %s/after:\n%s", name, folder, text)
				}
			}
		})
	}
}

// Package guides does what the guides in docs say, as a reader would, and
// looks whether that is seen which they show.
package guides

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// block is a fenced block of a page.
type block struct {
	language, text string
	before         string // the prose between it and the block before
}

// readPage returns a guide, and its blocks in order.
func readPage(t *testing.T, name string) (text string, blocks []block) {
	t.Helper()
	page, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	text = string(page)
	end := 0
	for _, at := range regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$").FindAllStringSubmatchIndex(text, -1) {
		blocks = append(blocks, block{text[at[2]:at[3]], text[at[4]:at[5]], text[end:at[0]]})
		end = at[1]
	}
	if blocks == nil {
		t.Fatalf("%s has no block", name)
	}
	return text, blocks
}

// next takes the first block of a language off blocks. The pages are followed
// in order, so the blocks before it are done with.
func next(t *testing.T, blocks *[]block, language string) block {
	t.Helper()
	for i, b := range *blocks {
		if b.language == language {
			*blocks = (*blocks)[i+1:]
			return b
		}
	}
	t.Fatalf("the page has no further %s block", language)
	return block{}
}

// replaceOnce replaces what must be there exactly once.
func replaceOnce(t *testing.T, text, old, with string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("the program has this %d times, and the page counts on once:\n%s", n, old)
	}
	return strings.Replace(text, old, with, 1)
}

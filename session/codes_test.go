package session

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

// TestTroubleshooting_EveryHeading looks for the parts that logs, counters and the inspector send
// their readers to.
func TestTroubleshooting_EveryHeading(t *testing.T) {
	guide, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(guide), "\n")
	check := func(word, heading string) {
		if heading == "" || !slices.Contains(lines, "### “"+heading+"”") {
			t.Errorf("%s: docs/troubleshooting.md has no heading “%s”", word, heading)
		}
	}
	for _, w := range inspect.Warnings() {
		check(string(w), w.Heading())
		if !strings.Contains(w.Text(), w.Heading()) {
			t.Errorf("%s: the log does not have the words of the heading, which readers search for: %s", w, w.Text())
		}
	}
	for _, list := range [][]reason{refusals, failures} {
		for _, r := range list {
			check(r.word, r.heading)
		}
	}
	check(badValue, ReasonHeading(&ValueError{}))
}

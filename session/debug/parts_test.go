package debug

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/inspect"
)

// TestEveryPartIsAHeadingOfTroubleshooting looks for the headings of this package. Those of
// warnings and reasons are package session's, whose own test looks for them.
func TestEveryPartIsAHeadingOfTroubleshooting(t *testing.T) {
	text, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, part := range []string{partPanic, partTooLarge, partLate, partValue} {
		if !slices.Contains(lines, "### “"+part+"”") {
			t.Errorf("there is no heading “%s”", part)
		}
	}
}

func TestEveryWarningIsASentenceWithItsPart(t *testing.T) {
	found := inspect.Inspection{Warnings: inspect.Warnings()}
	shown := warningsOf(found, sizes{})
	if len(shown) != len(found.Warnings) || len(shown) == 0 {
		t.Fatalf("%d warnings are shown, want %d", len(shown), len(found.Warnings))
	}
	for i, w := range found.Warnings {
		got := shown[i]
		text := strings.TrimPrefix(w.Text(), "session: ")
		if got.Text[1:] != text[1:]+"." || got.Part != w.Heading() || got.Link != troubleshooting+"#"+anchor(w.Heading()) {
			t.Errorf("%s is shown as %+v", w, got)
		}
	}
}

// What is about the same part of the guide is one warning, and what is about none is one each.
func TestWarningsOf_EachPartIsThereOnce(t *testing.T) {
	found := inspect.Inspection{Refused: session.ErrTooLarge, Failure: errors.New("one"), Limit: 4096}
	got := warningsOf(found, sizes{Cookie: &bar{Label: "The cookie", Over: true}})
	if len(got) != 2 || got[1].Part != partTooLarge || !strings.Contains(got[1].Text, "was refused") || !strings.Contains(got[1].Text, " The cookie is larger") {
		t.Errorf("the warnings are %+v", got)
	}
	found = inspect.Inspection{Refused: errors.New("two"), Failure: errors.New("one")}
	if got = warningsOf(found, sizes{}); len(got) != 2 || got[0].Part != "" || got[1].Part != "" {
		t.Errorf("the warnings are %+v", got)
	}
}

func TestAnAnchorIsWhatGitHubMakesOfAHeading(t *testing.T) {
	for heading, want := range map[string]string{
		"“would be … bytes, over the limit of 4096”": "would-be--bytes-over-the-limit-of-4096",
		"Cookie.SameSite is None, it's Insecure":     "cookiesamesite-is-none-its-insecure",
	} {
		if got := anchor(heading); got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
}

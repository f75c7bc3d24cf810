package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

// Each warning has a text of its own, whose heading is words of it.
func TestWarning_TextHasTheHeading(t *testing.T) {
	all := inspect.Warnings()
	if !slices.Contains(all, inspect.PlainHTTP) || !slices.Contains(all, inspect.WebKitLocalhost) {
		t.Errorf("the warnings are %q", all)
	}
	texts := map[string]inspect.Warning{}
	for _, w := range all {
		text, heading := w.Text(), w.Heading()
		if !strings.HasPrefix(text, "session: ") || heading == "" || !strings.Contains(text, heading) {
			t.Errorf("%s has the text %q and the heading %q", w, text, heading)
		}
		if same, ok := texts[text]; ok {
			t.Errorf("%s and %s have one text", w, same)
		}
		texts[text] = w
	}
	if got := inspect.TwoManagers.Heading(); got != "two managers set the same cookie" {
		t.Errorf("the heading of two_managers is %q", got)
	}
}

func TestWarning_AnUnknownOneIsItsWord(t *testing.T) {
	w := inspect.Warning("next_year")
	if w.Text() != "next_year" || w.Heading() != "" {
		t.Errorf("it has the text %q and the heading %q", w.Text(), w.Heading())
	}
}

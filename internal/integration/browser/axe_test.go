package browser

import (
	"encoding/json"
	"testing"

	"github.com/chromedp/chromedp"
)

// wantNoViolations has axe-core look at the page that is open, and says what it
// found under name.
func (b *browser) wantNoViolations(t *testing.T, name string) {
	t.Helper()
	if !get(b, chromedp.Evaluate[bool](`"axe" in window`)) {
		script, err := axe()
		if err != nil {
			t.Fatal(err)
		}
		get(b, chromedp.Evaluate[any](script+"; null"))
	}
	found := get(b, chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify({checked: r.passes.length, violations: r.violations}))`, chromedp.EvalAwaitPromise))
	var result struct {
		Checked    int
		Violations []struct {
			ID, Help, HelpURL string
			Nodes             []struct {
				Target         []any
				FailureSummary string
			}
		}
	}
	if err := json.Unmarshal([]byte(found), &result); err != nil {
		t.Fatal(err)
	}
	if result.Checked < 10 {
		t.Errorf("%s: axe-core checked %d rules only", name, result.Checked)
	}
	for _, v := range result.Violations {
		for _, node := range v.Nodes {
			t.Errorf("%s: %s: %s, at %v: %s (%s)", name, v.ID, v.Help, node.Target, node.FailureSummary, v.HelpURL)
		}
	}
}

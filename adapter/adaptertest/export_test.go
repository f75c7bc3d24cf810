package adaptertest

import (
	"slices"
	"testing"
)

// RuleNames returns the names of all rules.
func RuleNames() []string {
	var names []string
	for _, r := range rules() {
		names = append(names, r.name)
	}
	return names
}

// RunOnly runs the rules of these names.
func RunOnly(t *testing.T, build func(t *testing.T, p Program) Server, names []string) {
	t.Helper()
	run(t, build, slices.DeleteFunc(rules(), func(r rule) bool { return !slices.Contains(names, r.name) }))
}

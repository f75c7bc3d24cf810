package debug

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session/inspect"
)

// FuzzAnyValueMakesABoundedTree: a session may be another program's.
func FuzzAnyValueMakesABoundedTree(f *testing.F) {
	f.Fuzz(func(t *testing.T, key, raw string) {
		tr := &tree{nodes: 50, text: 1 << 10}
		nodes, _ := tr.values([]inspect.Value{{Key: key, JSON: raw, Size: len(raw)}, {Key: "last", JSON: "1", Size: 1}})
		if len(nodes) != 2 || nodes[1].Text != "1" {
			t.Fatalf("the last value is not shown: %+v", nodes)
		}
		count := 0
		var look func(n node)
		look = func(n node) {
			count++
			for _, text := range []string{n.Key, n.Kind, n.Text, n.Long} {
				if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) && r != utf8.RuneError }) {
					t.Errorf("%q has what cannot be seen", text)
				}
			}
			for _, m := range n.Members {
				look(m)
			}
		}
		look(nodes[0])
		if count > 51 {
			t.Errorf("%d nodes", count)
		}
	})
}

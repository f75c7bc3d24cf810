package debug

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session/inspect"
)

func TestValues_ShareTheRoomThatThereIs(t *testing.T) {
	value := func(key, raw string) inspect.Value { return inspect.Value{Key: key, JSON: raw, Size: len(raw)} }
	list := "[" + strings.Repeat("1,", 19) + "1]"
	for _, tt := range []struct {
		nodes, shown, members int
		values                []inspect.Value
		more, moreMembers     string
	}{
		{3, 3, 0, []inspect.Value{value("a", "1"), value("b", "2"), value("c", "3")}, "", ""},
		{2, 2, 0, []inspect.Value{value("a", "1"), value("b", "2"), value("c", "3")}, "1 more key", ""},
		{1, 1, 0, []inspect.Value{value("a", "1"), value("b", "2"), value("c", "3")}, "2 more keys", ""},
		{10, 3, 3, []inspect.Value{value("a", "1"), value("b", list), value("c", "3")}, "", "17 more, left out for the page's sake"},
		{99, 3, 20, []inspect.Value{value("a", "1"), value("b", list), value("c", "3")}, "", ""},
	} {
		nodes, more := (&tree{nodes: tt.nodes}).values(tt.values)
		if len(nodes) != tt.shown || more != tt.more {
			t.Errorf("with room for %d, %d values are shown, and %q", tt.nodes, len(nodes), more)
		}
		if tt.members > 0 && (len(nodes[1].Members) != tt.members || nodes[1].More != tt.moreMembers || nodes[1].Kind != "list, 20 items") {
			t.Errorf("with room for %d, the list is shown as %+v", tt.nodes, nodes[1])
		}
	}
}

func TestNode_IsUnfoldedIfItIsSmall(t *testing.T) {
	for items, open := range map[int]bool{0: true, 12: true, 13: false} {
		raw := "[" + strings.TrimSuffix(strings.Repeat("1,", items), ",") + "]"
		if n := (&tree{nodes: 99}).node(raw, false, 1); n.Open != open || n.More != "" || len(n.Members) != items {
			t.Errorf("a list of %d items is shown as %+v", items, n)
		}
	}
	n, levels := (&tree{nodes: 99}).node(strings.Repeat("[", 14)+strings.Repeat("]", 14), false, 1), 0
	for ; n.Group; n = n.Members[0] {
		levels++
		if n.Open != (levels <= 3) {
			t.Errorf("level %d is open: %t", levels, n.Open)
		}
	}
	if levels != 12 || n.Kind != "nested, 4 bytes" || n.Text != "[[]]" {
		t.Errorf("below %d levels there is %+v", levels, n)
	}
}

func TestLong_IsFoldedAndCut(t *testing.T) {
	for size, want := range map[int]node{
		80: {}, 81: {Long: "folded"}, longText: {Long: "folded"}, longText + 1: {Long: "folded", Cut: "1 byte more, left out for the page's sake"},
	} {
		n := (&tree{text: allText}).long(node{}, strings.Repeat("x", size), false)
		if (n.Long != "") != (want.Long != "") || n.Cut != want.Cut || len(n.Long) > longText {
			t.Errorf("%d bytes are shown as %q, with %d bytes unfolded, and %q", size, n.Text, len(n.Long), n.Cut)
		}
	}
	if n := (&tree{text: 90}).long(node{}, strings.Repeat("x", 100), false); len(n.Long) != 90 || n.Cut != "10 bytes more, left out for the page's sake" {
		t.Errorf("with room for 90 bytes, 100 are shown as %+v", n)
	}
}

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

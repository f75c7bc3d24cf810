package otelwafer_test

import (
	"go/ast"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

// eventFields returns the fields that package session sets of each kind of
// event.
func eventFields(t *testing.T) map[string][]string {
	t.Helper()
	fields := make(map[string][]string)
	add := func(kind, field string) {
		kind = strings.ToLower(strings.TrimPrefix(kind, "Event"))
		if field != "Kind" && !slices.Contains(fields[kind], field) {
			fields[kind] = append(fields[kind], field)
		}
	}
	for _, file := range sources(t, "../session") {
		last := ""
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CompositeLit:
				if typ, ok := n.Type.(*ast.Ident); !ok || typ.Name != "Event" {
					return true
				}
				last = n.Elts[0].(*ast.KeyValueExpr).Value.(*ast.Ident).Name
				for _, e := range n.Elts {
					add(last, e.(*ast.KeyValueExpr).Key.(*ast.Ident).Name)
				}
			case *ast.SelectorExpr: // event.Size = ..., of an event that is put together
				if of, ok := n.X.(*ast.Ident); ok && of.Name == "event" && last != "" {
					add(last, n.Sel.Name)
				}
			}
			return true
		})
	}
	return fields
}

func TestTheGuideHasEachFieldOfEachEvent(t *testing.T) {
	event := reflect.TypeFor[session.Event]()
	fields := eventFields(t)
	for _, row := range table(t, "Events") {
		kind := strings.Trim(row[0], "`")
		want := fields[strings.ReplaceAll(kind, "_", "")]
		var got []string
		for _, code := range row.codes(2) {
			if _, ok := event.FieldByName(code); ok {
				got = append(got, code)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("an event %s has %q, and in the guide %q", kind, want, got)
		}
	}
}

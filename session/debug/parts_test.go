package debug

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session"
)

func TestEveryPartIsAHeadingOfTroubleshooting(t *testing.T) {
	text, err := os.ReadFile("../../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var headings []string
	for line := range strings.Lines(string(text)) {
		if heading, ok := strings.CutPrefix(strings.TrimSpace(line), "### "); ok {
			headings = append(headings, heading)
		}
	}
	for _, part := range append(slices.Clone(parts), partRefused, partUnavailable, partTooLarge, partValue, partPayload, partLate, partPanic) {
		if !slices.Contains(headings, "“"+part+"”") {
			t.Errorf("there is no heading “%s”", part)
		}
	}
}

// TestEveryWarningOfTheLogHasItsPart reads the warnings where they are written.
func TestEveryWarningOfTheLogHasItsPart(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../diagnose.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Names[0].Name != "advice" {
			return true
		}
		for _, element := range spec.Values[0].(*ast.CompositeLit).Elts {
			found++
			text := ""
			ast.Inspect(element, func(n ast.Node) bool {
				if literal, ok := n.(*ast.BasicLit); ok {
					text += strings.Trim(literal.Value, `"`)
				}
				return true
			})
			if partOf(text) == "" {
				t.Errorf("no part is on %q", text)
			}
		}
		return false
	})
	if found < len(parts) {
		t.Errorf("found %d warnings", found)
	}
}

func TestTheReasonForRefusingACookieHasThePartThatIsOnIt(t *testing.T) {
	for err, want := range map[error]string{
		session.ErrBadPayload: partPayload, session.ErrDuplicateCookie: partDuplicate, session.ErrFromFuture: partFuture,
		session.ErrExpired: partRefused, session.ErrInvalidated: partRefused,
	} {
		if got := refusedPart(fmt.Errorf("wrapped: %w", err)); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

func TestAnAnchorIsWhatGitHubMakesOfAHeading(t *testing.T) {
	for heading, want := range map[string]string{
		"“the cookie … would be … bytes and browsers keep 4096”": "the-cookie--would-be--bytes-and-browsers-keep-4096",
		"Cookie.SameSite is None, it's Insecure":                 "cookiesamesite-is-none-its-insecure",
	} {
		if got := anchor(heading); got != want {
			t.Errorf("%q: %q, want %q", heading, got, want)
		}
	}
}

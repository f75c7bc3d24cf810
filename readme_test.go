// Package wafer holds the README to its word.
package wafer

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
	"github.com/wafer-go/wafer/secret"
)

// TestREADME_ProgramPrintsWhatItSays builds the program as a user who pastes it would, and signs in.
func TestREADME_ProgramPrintsWhatItSays(t *testing.T) {
	page := docprogram.Read(t, "README.md")
	home := docprogram.NewModule(t, ".")
	home.Write("main.go", page.Next("go"))
	visitor := home.Run(secret.New().Reveal())
	if out := home.Fails(filepath.Join(home.Dir, "program")); !strings.Contains(out, "SECRET_KEY") {
		t.Errorf("without a key it ends with %s", out)
	}
	want := page.Next("html")
	message, rest, found := strings.Cut(want, "\n")
	if !found || !strings.Contains(message, `role="status"`) {
		t.Fatalf("README.md's page has no message in its first line:\n%s", want)
	}
	if got := visitor.Post("/login", "name", "ada"); !strings.Contains(got+"\n", want) {
		t.Errorf("after the sign-in the page is\n%s\nwant in it\n%s", got, want)
	}
	if got := visitor.Get("/"); !strings.Contains(got+"\n", rest) || strings.Contains(got, `role="status"`) {
		t.Errorf("after a reload the page is\n%s\nwant in it\n%s", got, rest)
	}
	if got := visitor.Post("/logout"); strings.Contains(got, "ada") || !strings.Contains(got, `<label>Name <input name="name"`) {
		t.Errorf("after the sign-out the page is\n%s", got)
	}
}

// TestREADME_ProgramIsShort counts its lines, blank ones too.
func TestREADME_ProgramIsShort(t *testing.T) {
	if lines := strings.Count(docprogram.Read(t, "README.md").Next("go"), "\n"); lines > 45 {
		t.Errorf("the program has %d lines; 45 are allowed", lines)
	}
}

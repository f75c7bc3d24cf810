package guides

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
	"github.com/wafer-go/wafer/secret"
)

// TestFlashes_ProgramShowsAMessageOnce runs the first program of docs/flashes.md.
func TestFlashes_ProgramShowsAMessageOnce(t *testing.T) {
	visitor := run(t, docprogram.Read(t, "../../docs", "flashes.md").Next("go"))
	const message = `<p role="status" class="flash success">Your changes are saved</p>`
	if page := visitor.Post("/save"); strings.Count(page, message) != 1 {
		t.Errorf("after the form the page is\n%s", page)
	}
	if page := visitor.Get("/"); strings.Contains(page, message) {
		t.Errorf("after a reload the page is\n%s", page)
	}
}

// run runs a program that requires only this module, with a key.
func run(t *testing.T, program string) *docprogram.Visitor {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	home := docprogram.NewFolder(t)
	home.Write("main.go", program)
	home.Write("go.mod", "module user\n\ngo 1.26.0\n\nrequire github.com/wafer-go/wafer v0.0.0\n\nreplace github.com/wafer-go/wafer => "+root+"\n")
	return home.Run(secret.New().Reveal())
}

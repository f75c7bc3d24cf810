package guides

import (
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
	home := docprogram.NewModule(t, "../..")
	home.Write("main.go", program)
	return home.Run(secret.New().Reveal())
}

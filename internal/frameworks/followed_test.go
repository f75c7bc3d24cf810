package frameworks

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestGuide_FromAnEmptyFolder types what each guide says. The modules of this tree replace those
// that will be published.
func TestGuide_FromAnEmptyFolder(t *testing.T) {
	for name, g := range guides {
		t.Run(name, func(t *testing.T) {
			folder, key, run := g.begin(t)
			folder.Sh(run)
			folder.Vet()
			logIn(t, folder.Run(key), g.shown(t))
		})
	}
}

// begin returns a folder in which the guide's files are, and its key. What makes the program of
// them is left to do.
func (g guide) begin(t *testing.T) (folder *docprogram.Folder, key, run string) {
	t.Helper()
	var commands []string
	own, _ := g.blocks(t)
	for _, b := range own {
		if b.Language == "sh" {
			commands = append(commands, b.Text)
		}
	}
	if len(commands) != 2 || !strings.HasSuffix(commands[1], "go run .\n") {
		t.Fatalf("the guide has other commands than those to begin and to run the app: %q", commands)
	}
	folder = docprogram.NewFolder(t)
	key = folder.Begin("../..", commands[0])
	for name, text := range g.written(t) {
		folder.Write(name, text)
	}
	return folder, key, strings.TrimSuffix(commands[1], "go run .\n")
}

// logIn logs ada in, whom the app shows so once and remembers.
func logIn(t *testing.T, v *docprogram.Visitor, shown string) {
	t.Helper()
	if got := v.Get("/"); !strings.Contains(got, "<p>Hello, stranger") {
		t.Errorf("the first page is %s", got)
	}
	if got := v.Post("/login", "username", "ada"); flat(got) != flat(shown) {
		t.Errorf("after the login the page is\n%s\nand should be\n%s", got, shown)
	}
	if got := v.Get("/"); strings.Contains(got, "role=") || !strings.Contains(got, "<p>Hello, ada") {
		t.Errorf("after that the page is %s", got)
	}
	if log := v.Stop(); t.Failed() || strings.Contains(log, "WARN session:") {
		t.Errorf("the app said\n%s", log)
	}
}

// flat removes what templ writes differently.
func flat(page string) string {
	return strings.ToLower(strings.NewReplacer("\n", "", " ", "").Replace(page))
}

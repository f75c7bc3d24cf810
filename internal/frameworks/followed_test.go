package frameworks

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestGuide_FromAnEmptyFolder types what each guide says. The modules of this tree replace those
// that will be published.
func TestGuide_FromAnEmptyFolder(t *testing.T) {
	for name, g := range guides {
		t.Run(name, func(t *testing.T) {
			var commands []string
			own, _ := g.blocks(t)
			for _, b := range own {
				if b.Language == "sh" {
					commands = append(commands, b.Text)
				}
			}
			if len(commands) != 2 {
				t.Fatalf("the guide has %d blocks of commands", len(commands))
			}
			home := docprogram.NewFolder(t, "GOFLAGS=-mod=mod")
			key := home.Sh(replaced(t, commands[0]) + "printf %s $SECRET_KEY\n")
			home.Dir = filepath.Join(home.Dir, "hello")
			for name, text := range g.written(t) {
				home.Write(name, text)
			}
			before, run := strings.CutSuffix(commands[1], "go run .\n")
			if !run {
				t.Fatalf("the guide runs the app with %q", commands[1])
			}
			home.Sh(before)
			logIn(t, home.Run(key), g.shown(t))
		})
	}
}

// replaced adds to the commands that the modules are those of this tree.
func replaced(t *testing.T, commands string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	edit := "go mod edit -replace github.com/wafer-go/wafer=" + root
	for _, adapter := range []string{"adapter/echosession", "adapter/ginsession", "adapter/fibersession"} {
		edit += " -replace github.com/wafer-go/wafer/" + adapter + "=" + filepath.Join(root, adapter)
	}
	const begin = "go mod init hello\n"
	// No proxy has a module that is not published.
	commands = regexp.MustCompile(`(?m)^go get .*wafer-go`).ReplaceAllString(commands, "GOPROXY=off $0")
	return docprogram.ReplaceOnce(t, commands, begin, begin+edit+"\n")
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

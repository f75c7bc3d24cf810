// Package guides runs the programs of guides in docs that require more than Wafer's core.
package guides

import (
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/internal/docprogram"
)

// TestStores_ProgramKeepsSessionsOverARestart runs the first program of docs/stores.md.
func TestStores_ProgramKeepsSessionsOverARestart(t *testing.T) {
	home := folder(t)
	home.Write("main.go", docprogram.Read(t, "../../../docs", "stores.md").Next("go"))
	visitor := home.Run("")
	visitor.Get("/")
	if got, want := visitor.Get("/"), "This is visit 2.\n"; got != want {
		t.Errorf("the second visit shows %q", got)
	}
	value := visitor.Cookie()
	if log := visitor.Stop(); log != "" {
		t.Errorf("the program logs\n%s", log)
	}
	if info, err := os.Stat(filepath.Join(home.Dir, "data")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the folder of the database is %v, %v", info, err)
	}

	visitor = home.Run("")
	visitor.Jar, _ = cookiejar.New(nil)
	visitor.Forge(value)
	if got, want := visitor.Get("/"), "This is visit 3.\n"; got != want {
		t.Errorf("after a restart the visit shows %q, want %q", got, want)
	}
}

// folder is one of a reader whose module requires what this one does.
func folder(t *testing.T) *docprogram.Folder {
	t.Helper()
	home := docprogram.NewFolder(t)
	root := home.Link("../../..")
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		home.Write(name, strings.ReplaceAll(string(text), "=> ../..", "=> "+root))
	}
	return home
}

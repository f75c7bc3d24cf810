package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
)

// corePath is the path of the module at the root. All others lie below it.
const corePath = "github.com/wafer-go/wafer"

// A module is one line of modules.txt.
type module struct {
	Dir  string // below the root, with slashes; "." for the core
	File *modfile.File
}

// Path is the module's path, as its go.mod gives it.
func (m module) Path() string { return m.File.Module.Mod.Path }

// Released tells whether versions of the module are tagged. What lies in a
// folder called internal, example or examples is built from a clone only.
func (m module) Released() bool {
	for part := range strings.SplitSeq(m.Dir, "/") {
		if part == "internal" || part == "example" || part == "examples" {
			return false
		}
	}
	return true
}

// Tag is the name of the git tag that the go command looks for.
func (m module) Tag(version string) string {
	if m.Dir == "." {
		return version
	}
	return m.Dir + "/" + version
}

// Needs are the paths of our own modules that it requires.
func (m module) Needs() []string {
	var paths []string
	for _, r := range m.File.Require {
		if isOurs(r.Mod.Path) {
			paths = append(paths, r.Mod.Path)
		}
	}
	return paths
}

// isOurs tells whether a module of this path lies in this repository.
func isOurs(path string) bool {
	return path == corePath || strings.HasPrefix(path, corePath+"/")
}

// A tree is a checkout of the repository.
type tree struct {
	Root    string
	Modules []module // those that others need come first
}

// readTree reads modules.txt and the go.mod of each module that it lists.
func readTree(root string) (*tree, error) {
	text, err := os.ReadFile(filepath.Join(root, "modules.txt"))
	if err != nil {
		return nil, fmt.Errorf("the list of modules: %w; run this in a checkout of the repository", err)
	}
	t := &tree{Root: root}
	for line := range strings.Lines(string(text)) {
		dir := strings.TrimSpace(line)
		if dir == "" || strings.HasPrefix(dir, "#") {
			continue
		}
		m, err := readModule(root, dir)
		if err != nil {
			return nil, err
		}
		t.Modules = append(t.Modules, m)
	}
	return t, t.sort()
}

func readModule(root, dir string) (module, error) {
	name := filepath.Join(root, filepath.FromSlash(dir), "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return module{}, fmt.Errorf("%s is in modules.txt: %w", dir, err)
	}
	// Parse also refuses a malformed retract.
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		return module{}, fmt.Errorf("mend the file: %w", err)
	}
	want := corePath
	if dir != "." {
		want += "/" + dir
	}
	if file.Module == nil || file.Module.Mod.Path != want {
		return module{}, fmt.Errorf("%s/go.mod must name the module %s, since that is where the go command looks for it", dir, want)
	}
	return module{Dir: dir, File: file}, nil
}

// sort puts modules after those that they need.
func (t *tree) sort() error {
	var sorted []module
	done := make(map[string]bool)
	for len(sorted) < len(t.Modules) {
		before := len(sorted)
		for _, m := range t.Modules {
			ready := !slices.ContainsFunc(m.Needs(), func(path string) bool {
				_, known := t.find(path)
				return known && !done[path]
			})
			if ready && !done[m.Path()] {
				sorted = append(sorted, m)
				done[m.Path()] = true
			}
		}
		if len(sorted) == before {
			return errors.New("modules require each other in a circle; see the require lines of their go.mod files")
		}
	}
	t.Modules = sorted
	return nil
}

// find returns our module of that path.
func (t *tree) find(path string) (module, bool) {
	i := slices.IndexFunc(t.Modules, func(m module) bool { return m.Path() == path })
	if i < 0 {
		return module{}, false
	}
	return t.Modules[i], true
}

// Released are the modules that are tagged, those that others need first.
func (t *tree) Released() []module {
	return slices.DeleteFunc(slices.Clone(t.Modules), func(m module) bool { return !m.Released() })
}

// Folder is where the module lies on this machine.
func (t *tree) Folder(m module) string {
	return filepath.Join(t.Root, filepath.FromSlash(m.Dir))
}

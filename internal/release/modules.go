package main

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// corePath is the path of the module at the root. All others are below it.
const corePath = "github.com/wafer-go/wafer"

// A module is one line of modules.txt.
type module struct {
	Dir  string // below the root, with slashes; "" for the core
	Full string // the same, on this machine
	File *modfile.File
}

func (m module) Path() string { return m.File.Module.Mod.Path }

// Tag is the name of the git tag that the go command looks for.
func (m module) Tag(version string) string { return path.Join(m.Dir, version) }

var neverReleased = regexp.MustCompile(`(^|/)(internal|examples?)(/|$)`)

// Released reports whether versions of the module are tagged.
func (m module) Released() bool { return !neverReleased.MatchString(m.Dir) }

// Needs returns the paths of our own modules that it requires.
func (m module) Needs() []string {
	var paths []string
	for _, r := range m.File.Require {
		if isOurs(r.Mod.Path) {
			paths = append(paths, r.Mod.Path)
		}
	}
	return paths
}

func isOurs(p string) bool { return p == corePath || strings.HasPrefix(p, corePath+"/") }

// A tree is a checkout of the repository.
type tree struct {
	Root    string
	Modules []module // each after those that it requires
}

// readTree reads modules.txt and the go.mod of each module that it lists.
func readTree(root string) (*tree, error) {
	text, err := os.ReadFile(filepath.Join(root, "modules.txt"))
	if err != nil {
		return nil, err
	}
	var unsorted []module
	for _, dir := range strings.Fields(string(text)) {
		m := module{Dir: strings.TrimPrefix(dir, "."), Full: filepath.Join(root, filepath.FromSlash(dir))}
		name := filepath.Join(m.Full, "go.mod")
		text, err := os.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("modules.txt lists %s: %w", dir, err)
		}
		if m.File, err = modfile.Parse(name, text, nil); err != nil {
			return nil, err
		}
		if want := path.Join(corePath, dir); m.File.Module == nil || m.Path() != want {
			return nil, fmt.Errorf("%s must name the module %s, by which the go command looks for it", name, want)
		}
		unsorted = append(unsorted, m)
	}
	t := &tree{Root: root}
	for len(unsorted) > 0 {
		i := slices.IndexFunc(unsorted, func(m module) bool {
			return !slices.ContainsFunc(unsorted, func(o module) bool { return slices.Contains(m.Needs(), o.Path()) })
		})
		if i < 0 {
			return nil, errors.New("modules require each other in a circle; see the require lines of their go.mod files")
		}
		t.Modules = append(t.Modules, unsorted[i])
		unsorted = slices.Delete(unsorted, i, i+1)
	}
	return t, nil
}

// Released returns the modules that are tagged.
func (t *tree) Released() []module {
	return slices.DeleteFunc(slices.Clone(t.Modules), func(m module) bool { return !m.Released() })
}

// validVersion returns an error for a version that cannot be tagged here.
func validVersion(version string) error {
	if semver.Canonical(version) != version || version == "" {
		return fmt.Errorf("%q is not a version; write it like v0.1.0", version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("%s would need module paths that end in /%s", version, major)
	}
	return nil
}

package main

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// checkModules reads the go.mod files.
func checkModules(ctx context.Context, c *checks) (string, error) {
	var wrong failures
	found, err := git(ctx, c.tree.Root, "ls-files", "go.mod", "*/go.mod")
	if err != nil {
		return "", err
	}
	for _, name := range lines(found) {
		if !inTestdata(name) && !c.tree.has(path.Dir(name)) {
			wrong.add("%s is a module that modules.txt does not list; add its folder there", name)
		}
	}
	core, ok := c.tree.find(corePath)
	if !ok {
		return "", fmt.Errorf("modules.txt does not list the core; add a line with a dot")
	}
	for _, m := range c.tree.Modules {
		c.checkModule(m, core, &wrong)
	}
	return fmt.Sprintf("%d modules, of which %d are released, all for Go %s", len(c.tree.Modules), len(c.tree.Released()), core.File.Go.Version), wrong.err()
}

// checkModule adds to wrong what is wrong with one module.
func (c *checks) checkModule(m, core module, wrong *failures) {
	name := path.Join(m.Dir, "go.mod")
	if core.File.Go == nil || m.File.Go == nil || m.File.Go.Version != core.File.Go.Version {
		wrong.add("%s has another go line than the core's go.mod; all modules are for the same Go", name)
	}
	if m.File.Toolchain != nil {
		wrong.add("%s has a toolchain line, which would make users download that one; take it out", name)
	}
	for _, r := range m.File.Replace {
		target, ours := c.tree.find(r.Old.Path)
		if !ours || path.Join(m.Dir, r.New.Path) != target.Dir || r.New.Version != "" {
			wrong.add("%s replaces %s by %s, which is not that module's folder in this repository; users would build something else", name, r.Old.Path, r.New.Path)
		}
	}
	for _, r := range m.File.Retract {
		if r.Rationale == "" {
			wrong.add("%s retracts %s without a reason; write one after // on the line, users are shown it", name, r.Low)
		}
	}
	if !m.Released() {
		return
	}
	for _, need := range m.Needs() {
		if other, ok := c.tree.find(need); !ok || !other.Released() {
			wrong.add("%s requires %s, which is never released; move what it needs into a released package", name, need)
		}
	}
	if _, err := os.Stat(filepath.Join(c.tree.Folder(m), "README.md")); err != nil {
		wrong.add("%s has no README.md; pkg.go.dev and GitHub show it as the module's first page, so write a short one", m.Dir)
	}
}

// has tells whether modules.txt lists a folder.
func (t *tree) has(dir string) bool {
	for _, m := range t.Modules {
		if m.Dir == dir {
			return true
		}
	}
	return false
}

// inTestdata tells whether the go command ignores a file.
func inTestdata(name string) bool {
	return strings.HasPrefix(name, "testdata/") || strings.Contains(name, "/testdata/")
}

// checkTidy runs go mod tidy in every module, as it is in the tree.
func checkTidy(ctx context.Context, c *checks) (string, error) {
	var wrong failures
	for _, m := range c.tree.Modules {
		if _, err := run(ctx, c.tree.Folder(m), plainGo, "go", "mod", "tidy", "-diff"); err != nil {
			wrong.add("run go mod tidy in %s and commit what it changes: %v", m.Dir, err)
		}
	}
	return fmt.Sprintf("go mod tidy changes nothing in %d modules", len(c.tree.Modules)), wrong.err()
}

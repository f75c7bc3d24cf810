package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// writeOut leaves what is published beside the tags in a folder: the programs,
// their SBOMs, the licences of what they contain, and the checksums of all.
func (c *checks) writeOut(ctx context.Context) error {
	if len(c.programs) == 0 || len(c.sboms) != len(c.programs) {
		return fmt.Errorf("there is nothing to leave in %s: run all checks", c.Out)
	}
	if err := os.Mkdir(c.Out, 0o755); err != nil {
		return fmt.Errorf("choose a folder that does not exist yet: %w", err)
	}
	var sums strings.Builder
	keep := func(name string, text []byte, mode os.FileMode) error {
		full := filepath.Join(c.Out, name)
		if err := os.WriteFile(full, text, mode); err != nil {
			return err
		}
		sum, err := fileSum(full)
		fmt.Fprintf(&sums, "%s  %s\n", sum, name)
		return err
	}
	for i, p := range c.programs {
		text, err := os.ReadFile(p.File)
		if err != nil {
			return err
		}
		name := p.Name(c.Version)
		if err := keep(name, text, 0o755); err != nil {
			return err
		}
		if err := keep(strings.TrimSuffix(name, ".exe")+".cdx.json", c.sboms[i], 0o644); err != nil {
			return err
		}
	}
	texts, err := c.licenceTexts(ctx)
	if err != nil {
		return err
	}
	if err := keep("THIRD-PARTY-LICENSES.txt", texts, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(c.Out, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

// licenceTexts are the licences of Wafer, of Go and of all that a program on
// any platform contains, in full, as most of them demand of who hands programs
// on.
func (c *checks) licenceTexts(ctx context.Context) ([]byte, error) {
	goroot, err := run(ctx, c.tree.Root, plainGo, "go", "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	add := func(name, dir string) error {
		files, err := licenceFiles(dir)
		for _, f := range files {
			fmt.Fprintf(&b, "%s\n%s: %s\n\n%s\n\n", strings.Repeat("=", 78), name, f.Name, strings.TrimSpace(string(f.Text)))
		}
		return err
	}
	if err := add("Wafer", c.tree.Root); err != nil {
		return nil, err
	}
	if err := add("Go", goroot); err != nil {
		return nil, err
	}
	for _, m := range programsOf(c.tree) {
		linked, err := linkedModules(ctx, c.tree, m)
		if err != nil {
			return nil, err
		}
		folders, err := downloaded(ctx, c.tree, m)
		if err != nil {
			return nil, err
		}
		for _, path := range slices.Sorted(maps.Keys(folders)) {
			if !linked[path] {
				continue
			}
			if err := add(path, folders[path]); err != nil {
				return nil, err
			}
		}
	}
	return []byte(b.String()), nil
}

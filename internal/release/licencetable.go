package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// licencePage is the table of licences, in the repository.
const licencePage = "docs/third-party-licences.md"

// platforms are those that cmd/wafer is built for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"}

// A requirement is a module of others that released ones of ours require.
type requirement struct {
	Path     string
	Licences []string
	Linked   []string // folders of ours whose programs or importers contain it
	Tests    []string // folders of ours whose tests alone need it, or a tool
}

// checkLicences reads the licences of all that released modules require, and
// holds the table in the repository to them.
func checkLicences(ctx context.Context, c *checks) (string, error) {
	page, n, err := licenceTable(ctx, c.tree)
	if err != nil {
		return "", err
	}
	committed, err := os.ReadFile(filepath.Join(c.tree.Root, filepath.FromSlash(licencePage)))
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	if string(committed) != page {
		return "", fmt.Errorf("%s is not what the modules require now; write it with \"go run -C internal/release . licences\", read what has changed, and commit it", licencePage)
	}
	return fmt.Sprintf("%d requirements have licences that are allowed, and %s lists them", n, licencePage), nil
}

// licenceTable makes the page, and counts its lines. The error names every
// module whose licence will not do.
func licenceTable(ctx context.Context, t *tree) (string, int, error) {
	found, err := requirements(ctx, t)
	if err != nil {
		return "", 0, err
	}
	var b strings.Builder
	b.WriteString(licenceHead)
	for _, r := range found {
		fmt.Fprintf(&b, "| [%s](https://pkg.go.dev/%[1]s) | %s | %s | %s |\n", r.Path, strings.Join(r.Licences, ", "), strings.Join(r.Linked, ", "), strings.Join(r.Tests, ", "))
	}
	return b.String(), len(found), nil
}

const licenceHead = `# Licences of what Wafer requires

The core module requires nothing but Go's standard library, which has the same licence as Wafer: BSD-3-Clause. What the other
modules require is here, with its licences by their [SPDX identifiers](https://spdx.org/licenses/). A module that is *part of*
one of ours comes into your program with it, on some platform at least; the others only run its tests.

MPL-2.0 covers the files of the module that has it, and no others: a program that uses them unchanged owes its readers
the address of their source, and no more.

This page is written by ` + "`go run -C internal/release . licences`" + `, and ` + "`make release-check`" + ` holds it to the modules' licence files.

| module | licences | part of | in tests of |
|---|---|---|---|
`

// requirements reads what every released module requires, sorted by path.
func requirements(ctx context.Context, t *tree) ([]requirement, error) {
	found := make(map[string]*requirement)
	var wrong failures
	for _, m := range t.Released() {
		linked, err := linkedModules(ctx, t, m)
		if err != nil {
			return nil, err
		}
		folders, err := downloaded(ctx, t, m)
		if err != nil {
			return nil, err
		}
		for path, dir := range folders {
			files, err := licenceFiles(dir)
			if err != nil {
				return nil, err
			}
			names, err := licencesOf(files)
			if err != nil {
				wrong.add("%s, which %s requires: %v", path, m.Dir, err)
				continue
			}
			r := found[path]
			if r == nil {
				r = &requirement{Path: path}
				found[path] = r
			}
			r.Licences = append(r.Licences, names...)
			if linked[path] {
				r.Linked = append(r.Linked, m.Dir)
			} else {
				r.Tests = append(r.Tests, m.Dir)
			}
		}
	}
	var all []requirement
	for _, r := range found {
		for _, list := range []*[]string{&r.Licences, &r.Linked, &r.Tests} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b requirement) int { return strings.Compare(a.Path, b.Path) })
	return all, wrong.err()
}

// linkedModules are the paths of the modules whose packages a module's own
// import, on any platform.
func linkedModules(ctx context.Context, t *tree, m module) (map[string]bool, error) {
	found := make(map[string]bool)
	for _, platform := range platforms {
		goos, goarch, _ := strings.Cut(platform, "/")
		packages, err := listPackages(ctx, t.Folder(m), append([]string{"GOOS=" + goos, "GOARCH=" + goarch}, plainGo...), "-deps", "./...")
		if err != nil {
			return nil, err
		}
		for _, p := range packages {
			if p.Module != nil && isPublicDependency(p) {
				found[p.Module.Path] = true
			}
		}
	}
	return found, nil
}

func isPublicDependency(p listed) bool { return !p.Standard && !isOurs(p.Module.Path) }

// downloaded fetches what a module requires, and returns each one's folder. A
// go.mod lists all that its packages and their tests need, also indirectly.
func downloaded(ctx context.Context, t *tree, m module) (map[string]string, error) {
	args := []string{"mod", "download", "-json"}
	for _, r := range m.File.Require {
		if !isOurs(r.Mod.Path) {
			args = append(args, r.Mod.Path+"@"+r.Mod.Version)
		}
	}
	folders := make(map[string]string)
	if len(args) == 3 {
		return folders, nil
	}
	out, err := run(ctx, t.Folder(m), plainGo, "go", args...)
	if err != nil {
		return nil, err
	}
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var got struct{ Path, Dir string }
		if err := decoder.Decode(&got); errors.Is(err, io.EOF) {
			return folders, nil
		} else if err != nil {
			return nil, err
		}
		folders[got.Path] = got.Dir
	}
}

// writeLicences writes the table into a checkout.
func writeLicences(ctx context.Context, root string, w io.Writer) error {
	t, err := readTree(root)
	if err != nil {
		return err
	}
	page, n, err := licenceTable(ctx, t)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(root, filepath.FromSlash(licencePage)), []byte(page), 0o600); err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s lists %d modules; commit it\n", licencePage, n)
	return err
}

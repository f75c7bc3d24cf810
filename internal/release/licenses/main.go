// Licenses reads the licenses of the modules that ours require.
//
//	licenses check   compare docs/third-party-licenses.md with them
//	licenses write   write that page
//	licenses text    print the full texts, which a released program comes with
//
// It runs in the root of the repository. The error names each module whose
// license is not allowed.
package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const (
	page     = "docs/third-party-licenses.md"
	corePath = "github.com/wafer-go/wafer"

	tableHead = "| module | licenses | part of | in tests of |\n|---|---|---|---|\n"
)

// platforms are those that .goreleaser.yaml builds for.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"}

func main() {
	if err := command(cmp.Or(strings.Join(os.Args[1:], " "), "check")); err != nil {
		fmt.Fprintf(os.Stderr, "licenses: %v\n", err)
		os.Exit(1)
	}
}

func command(name string) error {
	if name == "text" {
		return printTexts()
	}
	found, err := requirements()
	if err != nil {
		return err
	}
	old, err := os.ReadFile(page)
	head, _, isPage := strings.Cut(string(old), tableHead) // prose, which people write
	if err != nil || !isPage {
		return errors.Join(err, fmt.Errorf("%s has no table that begins with %q", page, tableHead))
	}
	text := head + tableHead
	for _, p := range slices.Sorted(maps.Keys(found)) {
		r := found[p]
		text += fmt.Sprintf("| [%s](https://pkg.go.dev/%[1]s) | %s | %s | %s |\n", p,
			strings.Join(r.licenses, ", "), strings.Join(r.linked, ", "), strings.Join(r.tests, ", "))
	}
	if name == "write" {
		return os.WriteFile(page, []byte(text), 0o644)
	}
	if string(old) != text {
		return fmt.Errorf("%s is not what the modules require now; run scripts/tool licenses write, and review what changed", page)
	}
	return nil
}

// A requirement is a module of others.
type requirement struct {
	dir           string
	licenses      []string
	linked, tests []string // folders of our modules that compile it in, or only test with it
}

// requirements reads what every released module requires, by path.
func requirements() (map[string]*requirement, error) {
	modules, err := output(".", nil, "go", "run", "-C", "internal/release", ".", "modules")
	if err != nil {
		return nil, err
	}
	found := make(map[string]*requirement)
	var wrong []error
	for _, dir := range modules {
		linked := make(map[string]bool)
		for _, platform := range platforms {
			goos, goarch, _ := strings.Cut(platform, "/")
			paths, err := output(dir, []string{"GOOS=" + goos, "GOARCH=" + goarch}, "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...")
			if err != nil {
				return nil, err
			}
			for _, p := range paths {
				linked[p] = true
			}
		}
		// The go.mod lists what packages and their tests need, also indirectly.
		if _, err := output(dir, nil, "go", "mod", "download"); err != nil {
			return nil, err
		}
		required, err := output(dir, nil, "go", "list", "-m", "-f", "{{if not .Main}}{{.Path}}\t{{.Dir}}{{end}}", "all")
		if err != nil {
			return nil, err
		}
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err != nil {
			return nil, err
		}
		for _, line := range required {
			p, folder, _ := strings.Cut(line, "\t")
			if strings.HasPrefix(p+"/", corePath+"/") || !strings.Contains(string(mod), p+" v") {
				continue
			}
			r := found[p]
			if r == nil {
				r = &requirement{dir: folder}
				found[p] = r
			}
			names, err := licensesOf(folder)
			if err != nil {
				wrong = append(wrong, fmt.Errorf("%s, which %s requires: %w", p, dir, err))
			}
			r.licenses = append(r.licenses, names...)
			slices.Sort(r.licenses)
			r.licenses = slices.Compact(r.licenses)
			if linked[p] {
				r.linked = append(r.linked, dir)
			} else {
				r.tests = append(r.tests, dir)
			}
		}
	}
	for _, r := range found {
		slices.Sort(r.linked)
		slices.Sort(r.tests)
	}
	return found, errors.Join(wrong...)
}

// printTexts prints the licenses of Wafer, of Go and of all that cmd/wafer
// contains, in full, as most of them require of anyone who passes it on.
func printTexts() error {
	found, err := requirements()
	if err != nil {
		return err
	}
	goroot, err := output(".", nil, "go", "env", "GOROOT")
	if err != nil {
		return err
	}
	found[" Wafer"], found[" Go"] = &requirement{dir: "."}, &requirement{dir: goroot[0]}
	for _, p := range slices.Sorted(maps.Keys(found)) {
		if r := found[p]; r.licenses != nil && !slices.Contains(r.linked, "cmd/wafer") {
			continue
		}
		files, err := licenseFiles(found[p].dir)
		if err != nil {
			return err
		}
		for _, name := range slices.Sorted(maps.Keys(files)) {
			fmt.Printf("%s\n%s: %s\n\n%s\n\n", strings.Repeat("=", 78), strings.TrimSpace(p), name, strings.TrimSpace(string(files[name])))
		}
	}
	return nil
}

var licenseName = regexp.MustCompile(`(?i)^(licen[cs]es?|copying|unlicense|patents|notice)([-._].*)?$`)

// licenseFiles returns the licenses and notices in the root of a module.
func licenseFiles(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	files := make(map[string][]byte)
	for _, e := range entries {
		if !e.IsDir() && filepath.Ext(e.Name()) != ".go" && licenseName.MatchString(e.Name()) {
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			files[e.Name()] = text
		}
	}
	return files, err
}

// output runs a command, without a workspace, and returns its lines.
func output(dir string, env []string, name string, args ...string) ([]string, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env, cmd.Stderr = dir, append(append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0"), env...), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s %s, in %s: %w", name, strings.Join(args, " "), dir, err)
	}
	return slices.DeleteFunc(strings.Split(string(out), "\n"), func(line string) bool { return line == "" }), nil
}

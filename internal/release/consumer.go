package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// checkRehearsal holds the release commit to what a clone of it must do: each
// released module is tidy, builds and passes go vet there, with no replace line
// to help it. What is not released has to be built from a clone of the tag, too;
// there only its requirements are looked at.
func checkRehearsal(ctx context.Context, c *checks) (string, error) {
	r, err := c.rehearsed(ctx)
	if err != nil {
		return "", err
	}
	var wrong failures
	for _, m := range r.Tree.Modules {
		if !m.Released() {
			if _, err := run(ctx, r.Tree.Folder(m), plainGo, "go", "list", "-deps", "./..."); err != nil {
				wrong.add("%s cannot be built from a clone of the tag: %v", m.Dir, err)
			}
			continue
		}
		for _, args := range [][]string{{"mod", "tidy", "-diff"}, {"build", "-o", os.DevNull, "./..."}, {"vet", "./..."}} {
			if _, err := run(ctx, r.Tree.Folder(m), r.Env, "go", args...); err != nil {
				wrong.add("%s does not stand in the release commit, which replaces nothing: %v", m.Dir, err)
				break
			}
		}
	}
	return fmt.Sprintf("%s would be commit %.12s, and builds without replace in %d modules", r.Version, r.Commit, len(r.Tree.Released())), wrong.err()
}

// checkConsumer does what a user does with a released version in an empty
// folder: go install for a program, go get and an import for a library.
func checkConsumer(ctx context.Context, c *checks) (string, error) {
	r, err := c.rehearsed(ctx)
	if err != nil {
		return "", err
	}
	var wrong failures
	programs, libraries := 0, 0
	for _, m := range r.Tree.Released() {
		if err := hasLicence(ctx, c, r, m); err != nil {
			wrong.add("%v", err)
			continue
		}
		packages, err := listPackages(ctx, r.Tree.Folder(m), r.Env, "./...")
		if err != nil {
			wrong.add("%v", err)
			continue
		}
		var imports []string
		for _, p := range packages {
			switch {
			case p.Name == "main" && p.ImportPath == m.Path():
				programs++
				if err := c.install(ctx, r, p.ImportPath); err != nil {
					wrong.add("%v", err)
				}
			case p.isAPI():
				imports = append(imports, p.ImportPath)
			}
		}
		if len(imports) > 0 {
			libraries++
			if err := useLibrary(ctx, c, r, m, imports); err != nil {
				wrong.add("%v", err)
			}
		}
	}
	return fmt.Sprintf("from an empty folder, go install gets %d program and go get %d libraries", programs, libraries), wrong.err()
}

// hasLicence looks into the module's zip, to which the go command adds the
// root's LICENSE where a nested module has none.
func hasLicence(ctx context.Context, c *checks, r *rehearsal, m module) error {
	dir, err := emptyFolder(c.tmp, "download")
	if err != nil {
		return err
	}
	out, err := run(ctx, dir, r.Env, "go", "mod", "download", "-json", m.Path()+"@"+r.Version)
	if err != nil {
		return fmt.Errorf("%s cannot be downloaded: %w", m.Path(), err)
	}
	var got struct{ Dir string }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(got.Dir, "LICENSE")); err != nil {
		return fmt.Errorf("%s would be published without a LICENSE; put the file in the root of the repository, and the go command adds it to every module", m.Path())
	}
	return nil
}

// install runs go install, and then the program.
func (c *checks) install(ctx context.Context, r *rehearsal, path string) error {
	dir, err := emptyFolder(c.tmp, "install")
	if err != nil {
		return err
	}
	env := append([]string{"GOBIN=" + dir}, r.Env...)
	if _, err := run(ctx, dir, env, "go", "install", path+"@"+r.Version); err != nil {
		return fmt.Errorf("users cannot install %s: %w", path, err)
	}
	out, err := run(ctx, dir, nil, filepath.Join(dir, filepath.Base(path)), "version")
	if err != nil {
		return err
	}
	if !strings.Contains(out, r.Version) {
		return fmt.Errorf("%s version prints %q, which does not have %s", path, out, r.Version)
	}
	return nil
}

// useLibrary makes a user's module, which imports every package of m.
func useLibrary(ctx context.Context, c *checks, r *rehearsal, m module, imports []string) error {
	dir, err := emptyFolder(c.tmp, "user_"+m.Dir)
	if err != nil {
		return err
	}
	program := "package main\n\nimport (\n\t_ \"" + strings.Join(imports, "\"\n\t_ \"") + "\"\n)\n\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "user"}, {"get", m.Path() + "@" + r.Version}, {"mod", "tidy"}, {"build", "-o", os.DevNull, "."}} {
		if _, err := run(ctx, dir, r.Env, "go", args...); err != nil {
			return fmt.Errorf("users cannot import %s: %w", m.Path(), err)
		}
	}
	return nil
}

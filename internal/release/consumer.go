package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// servedFrom is the environment in which the go command finds our modules in a
// clone, by its tags, as it will find them at GitHub. All others come from the
// module cache of this machine, or from where they always come.
func servedFrom(ctx context.Context, clone, cache string) ([]string, error) {
	out, err := run(ctx, clone, nil, "go", "env", "GOMODCACHE", "GOPROXY")
	if err != nil {
		return nil, err
	}
	here, proxy, _ := strings.Cut(out, "\n")
	return append([]string{
		"GOMODCACHE=" + cache,
		"GOPROXY=file://" + filepath.ToSlash(filepath.Join(here, "cache", "download")) + "," + proxy,
		// The checksum database cannot know what is not published yet. The go.sum
		// files hold the modules of others to their contents.
		"GONOPROXY=" + corePath, "GONOSUMDB=*",
		"GIT_CONFIG_COUNT=1",
		"GIT_CONFIG_KEY_0=url." + "file://" + filepath.ToSlash(clone) + ".insteadOf",
		"GIT_CONFIG_VALUE_0=https://" + corePath,
	}, plainGo...), nil
}

// use does with a rehearsed version what users will do. It leaves the
// environment of servedFrom in dir/env, which a shell can read.
func use(ctx context.Context, version, dir string, w io.Writer) error {
	t, err := readTree(filepath.Join(dir, "clone"))
	if err != nil {
		return err
	}
	env, err := servedFrom(ctx, t.Root, filepath.Join(dir, "modules"))
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "env"), []byte(exports(env)), 0o600); err != nil {
		return err
	}
	var wrong []error
	for _, m := range t.Modules {
		if m.Released() {
			err = useReleased(ctx, dir, env, m, version)
		} else {
			// Such a module is built in a clone of the tag.
			_, err = run(ctx, m.Full, plainGo, "go", "list", "-deps", "./...")
		}
		if err != nil {
			wrong = append(wrong, err)
		}
	}
	_, _ = fmt.Fprintf(w, "a module outside of the repository uses each of %d modules\n", len(t.Released()))
	return errors.Join(wrong...)
}

// exports returns the lines with which a shell adds env to its environment.
func exports(env []string) string {
	var b strings.Builder
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		_, _ = fmt.Fprintf(&b, "export %s='%s'\n", name, strings.ReplaceAll(value, "'", `'\''`))
	}
	return b.String()
}

// useReleased builds and vets a module of the release commit, and uses it from
// an empty folder: go install for a program, go get and an import for a library.
func useReleased(ctx context.Context, dir string, env []string, m module, version string) error {
	for _, args := range [][]string{{"mod", "tidy", "-diff"}, {"build", "-o", os.DevNull, "./..."}, {"vet", "./..."}} {
		if _, err := run(ctx, m.Full, env, "go", args...); err != nil {
			return err
		}
	}
	outside := filepath.Join(dir, "user", strings.ReplaceAll(m.Path(), "/", "_"))
	if err := os.MkdirAll(outside, 0o700); err != nil {
		return err
	}
	found, err := run(ctx, m.Full, env, "go", "list", "-f", `{{if .GoFiles}}{{.Name}} {{.ImportPath}}{{end}}`, "./...")
	if err != nil {
		return err
	}
	var imports strings.Builder
	for line := range strings.Lines(found) {
		name, p, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch {
		case name == "main" && p == m.Path():
			if err := install(ctx, outside, env, p, version); err != nil {
				return err
			}
		case name != "main" && p != "" && !neverReleased.MatchString(p):
			_, _ = fmt.Fprintf(&imports, "import _ %q\n", p)
		}
	}
	program := "package main\n\n" + imports.String() + "\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(outside, "main.go"), []byte(program), 0o600); err != nil {
		return err
	}
	for _, args := range [][]string{{"mod", "init", "user"}, {"get", m.Path() + "@" + version}, {"build", "-mod=mod", "-o", os.DevNull, "."}} {
		if _, err := run(ctx, outside, env, "go", args...); err != nil {
			return fmt.Errorf("users cannot import %s: %w", m.Path(), err)
		}
	}
	// The go command adds the LICENSE of the root to the zip of a nested module.
	got, err := run(ctx, outside, env, "go", "list", "-m", "-f", "{{.Dir}}", m.Path())
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(got, "LICENSE")); err != nil {
		return fmt.Errorf("%s would be published without a LICENSE; put the file in the root of the repository", m.Path())
	}
	return nil
}

// install runs go install, and then the program.
func install(ctx context.Context, dir string, env []string, p, version string) error {
	if _, err := run(ctx, dir, append([]string{"GOBIN=" + dir}, env...), "go", "install", p+"@"+version); err != nil {
		return fmt.Errorf("users cannot install %s: %w", p, err)
	}
	out, err := run(ctx, dir, nil, filepath.Join(dir, filepath.Base(p)), "version")
	if err == nil && !strings.Contains(out, version) {
		err = fmt.Errorf("%s version prints %q, which does not contain %s", p, out, version)
	}
	return err
}

package session_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The files of this package stand on each other in the order that ARCHITECTURE.md lists: what is in
// a file refers to the files below, never back up. One reference cannot be helped: that of
// Options.Validate to the Session that it judges.
func TestFiles_ReferToThoseBelowAlone(t *testing.T) {
	page, err := os.ReadFile("../ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(page), "\n## The files of session")
	list, _, _ = strings.Cut(list, "\n## ")
	level := map[string]int{}
	for _, name := range regexp.MustCompile("`([a-z]+\\.go)`").FindAllStringSubmatch(list, -1) {
		level[name[1]] = len(level) + 1
	}
	files := token.NewFileSet()
	var parsed []*ast.File
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || name == "doc.go" {
			continue
		}
		if level[name] == 0 {
			t.Errorf("%s is not in the list", name)
		}
		file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, file)
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	ignored := func(error) {} // what other packages have is not looked at
	pkg, _ := (&types.Config{Importer: noImports{}, Error: ignored}).Check("session", files, parsed, info)
	references := map[[2]string]bool{}
	for used, what := range info.Uses {
		if what.Pkg() != pkg {
			continue
		}
		from, to := files.Position(used.Pos()).Filename, files.Position(what.Pos()).Filename
		if v, ok := what.(*types.Var); ok && (v.IsField() || v.Parent() != pkg.Scope()) || from == to {
			continue
		}
		references[[2]string{from, what.Name()}] = true
		if level[from] > level[to] && !(from == "options.go" && what.Name() == "Session") {
			t.Errorf("%s refers to %s of %s, which is above it", files.Position(used.Pos()), what.Name(), to)
		}
	}
	if len(references) < 200 {
		t.Errorf("found %d references between the files: too few to be all", len(references))
	}
}

type noImports struct{}

func (noImports) Import(string) (*types.Package, error) { return nil, errors.New("not looked at") }

package wafer

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keyName matches the fields and parameters that hold keys as []byte or string.
var keyName = regexp.MustCompile(`^(?i:(app|flask|hash|block|secret|sign|signing|fallback|old)?keys?|secrets?|material|hash|block|accept|pairs|password|passphrase)$`)

// keyless are what TestKeyHoldersAreComplete finds and what holds no secret key: the name, and why.
var keyless = map[string]string{
	"adaptertest.Link":    "a description of a test's program, made by tests",
	"adaptertest.Program": "the same",
	"adaptertest.Route":   "the same",
}

// TestKeyHoldersAreComplete finds, in the source, each exported type of the core module that can hold a
// key, and each exported function that is given one. Whoever adds one is told to add it to keyHolders.
func TestKeyHoldersAreComplete(t *testing.T) {
	found := exportedKeyHolders(t)
	for _, name := range slices.Sorted(maps.Keys(found)) {
		_, tested := keyHolders[name]
		if _, excused := keyless[name]; !tested && !excused {
			t.Errorf("%s (%s) can hold a secret key; add it to keyHolders in keys_test.go, or to keyless with the reason", name, found[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(keyless)) {
		if _, ok := found[name]; !ok {
			t.Errorf("%s, in keyless, is not found any more; remove it", name)
		}
	}
	if len(found) < 15 {
		t.Errorf("only %d holders of keys were found: %v", len(found), found)
	}
}

// TestNoExportedFieldIsARawKey finds exported fields, in every module, in which a program could leave
// a key as []byte or string. fmt would show it if the program keeps the struct in an unexported field,
// so a key is an argument, or has a type that hides it.
func TestNoExportedFieldIsARawKey(t *testing.T) {
	modules, err := os.ReadFile("modules.txt")
	if err != nil {
		t.Fatal(err)
	}
	fields := 0
	for module := range strings.FieldsSeq(string(modules)) {
		types, _ := declarations(t, module)
		for name, d := range types {
			s, ok := d.expr.(*ast.StructType)
			if !ok || !d.used || !ast.IsExported(name[strings.Index(name, ".")+1:]) {
				continue
			}
			for _, field := range s.Fields.List {
				for _, ident := range field.Names {
					fields++
					if ident.Name == "Key" { // that of a session's value; a secret one is a secret.Key
						continue
					}
					if ident.IsExported() && keyName.MatchString(ident.Name) && isRaw(field.Type) {
						t.Errorf("%s.%s, in the module %s, is a key that fmt can show", name, ident.Name, module)
					}
				}
			}
		}
	}
	if fields < 200 {
		t.Errorf("only %d fields were found", fields)
	}
}

// A declared is a type of the module.
type declared struct {
	pkg  string
	expr ast.Expr
	used bool // by programs: it is not internal
}

func exportedKeyHolders(t *testing.T) map[string]string {
	t.Helper()
	types, functions := declarations(t, ".")
	// A type holds a key if a field of it is named so, or if a type in it does.
	holds := map[string]string{"secret.Key": "the key itself"}
	interfaces := []string{"session.Backend", "session.Keeper", "driver.Backend", "driver.Driver"}
	for _, name := range interfaces {
		holds[name] = "its backend"
	}
	for changed := true; changed; {
		changed = false
		for name, d := range types {
			if holds[name] != "" {
				continue
			}
			if why := keyIn(d, d.expr, holds); why != "" {
				holds[name], changed = why, true
			}
		}
	}
	found := make(map[string]string)
	for name, why := range holds {
		base := name[strings.Index(name, ".")+1:]
		if types[name].used && ast.IsExported(base) && !slices.Contains(interfaces, name) {
			found[name] = why
		}
	}
	// A function is given a key, or what has one. Those that are given a whole session only use it.
	delete(holds, "session.Session")
	delete(holds, "session.Manager")
	for name, f := range functions {
		if why := keyIn(f, f.expr, holds); why != "" {
			found[name] = why
		}
	}
	return found
}

// declarations are a module's types, and the exported functions that programs call, by "package.Name".
func declarations(t *testing.T, module string) (types, functions map[string]declared) {
	t.Helper()
	types, functions = make(map[string]declared), make(map[string]declared)
	for _, dir := range packageDirs(t, module) {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			pkg, used := file.Name.Name, !strings.Contains(filepath.ToSlash(dir)+"/", "internal/") && file.Name.Name != "main"
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.GenDecl:
					for _, spec := range d.Specs {
						if spec, ok := spec.(*ast.TypeSpec); ok {
							types[pkg+"."+spec.Name.Name] = declared{pkg, spec.Type, used}
						}
					}
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.IsExported() && used {
						functions[pkg+"."+d.Name.Name] = declared{pkg, d.Type, used}
					}
				}
			}
		}
	}
	return types, functions
}

// packageDirs are the folders of a module's packages.
func packageDirs(t *testing.T, module string) (dirs []string) {
	t.Helper()
	err := filepath.WalkDir(module, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if _, err := os.Stat(filepath.Join(path, "go.mod")); path != module && (err == nil || strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		dirs = append(dirs, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return dirs
}

// keyIn returns why a type, or one of a function's parameters, holds a key; "" if it does not. Functions in fields are not looked into: no printer does.
func keyIn(d declared, expr ast.Expr, holds map[string]string) string {
	switch expr := expr.(type) {
	case *ast.Ident:
		return because(d.pkg+"."+expr.Name, holds)
	case *ast.SelectorExpr:
		if pkg, ok := expr.X.(*ast.Ident); ok {
			return because(pkg.Name+"."+expr.Sel.Name, holds)
		}
	case *ast.StarExpr:
		return keyIn(d, expr.X, holds)
	case *ast.ArrayType:
		return keyIn(d, expr.Elt, holds)
	case *ast.Ellipsis:
		return keyIn(d, expr.Elt, holds)
	case *ast.MapType:
		return keyIn(d, expr.Key, holds) + keyIn(d, expr.Value, holds)
	case *ast.IndexExpr:
		return keyIn(d, expr.X, holds) + keyIn(d, expr.Index, holds)
	case *ast.StructType:
		return keyInFields(d, expr.Fields, holds)
	case *ast.FuncType:
		if d.expr == ast.Expr(expr) {
			return keyInFields(d, expr.Params, holds)
		}
	}
	return ""
}

func because(name string, holds map[string]string) string {
	if holds[name] == "" {
		return ""
	}
	return "through " + name
}

func keyInFields(d declared, fields *ast.FieldList, holds map[string]string) string {
	if fields == nil {
		return ""
	}
	for _, field := range fields.List {
		if why := keyIn(d, field.Type, holds); why != "" {
			return why
		}
		for _, name := range field.Names {
			if ident, ok := field.Type.(*ast.Ident); ok && ident.Name == "string" && strings.EqualFold(name.Name, "key") {
				continue // the key of a session's value
			}
			if keyName.MatchString(name.Name) && isRaw(field.Type) {
				return "its " + name.Name
			}
		}
	}
	return ""
}

// isRaw reports whether a type is string, []byte, or lists of them, which could be a key.
func isRaw(expr ast.Expr) bool {
	switch expr := expr.(type) {
	case *ast.Ident:
		return expr.Name == "string" || expr.Name == "byte"
	case *ast.ArrayType:
		return isRaw(expr.Elt)
	case *ast.Ellipsis:
		return isRaw(expr.Elt)
	}
	return false
}

package otelwafer_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/wafer-go/wafer/session/inspect"
)

// A logged is a message that package session logs.
type logged struct {
	message string
	levels  []string // empty where they depend
	attrs   []string
}

// sources are the files of a package.
func sources(t *testing.T, dir string) []*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// calls calls f for each call of a function or method.
func calls(files []*ast.File, f func(name string, args []ast.Expr)) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				switch fun := call.Fun.(type) {
				case *ast.SelectorExpr:
					f(fun.Sel.Name, call.Args)
				case *ast.Ident:
					f(fun.Name, call.Args)
				}
			}
			return true
		})
	}
}

// literal returns the text of a string, put together with plus if need be.
func literal(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.BinaryExpr:
		return literal(e.X) + literal(e.Y)
	case *ast.CallExpr: // slog.String("name", ...), errors.New("text")
		if len(e.Args) > 0 {
			return literal(e.Args[0])
		}
	}
	return ""
}

// constants are the texts that a package keeps by a name: the warnings, of which
// the constants have their words, and errors.
func constants(files []*ast.File) map[string]string {
	texts := make(map[string]string)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			if n, ok := n.(*ast.ValueSpec); ok && len(n.Values) == 1 {
				switch text := literal(n.Values[0]); {
				case strings.HasPrefix(text, "session: "):
					texts[n.Names[0].Name] = text
				case slices.Contains(inspect.Warnings(), inspect.Warning(text)):
					texts[n.Names[0].Name] = inspect.Warning(text).Text()
				}
			}
			return true
		})
	}
	return texts
}

// nameOf returns the last part of a name, or nothing.
func nameOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// loops are the names that a loop over a list of names stands for.
func loops(files []*ast.File) map[string][]string {
	names := make(map[string][]string)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if !ok {
				return true
			}
			list, ok := loop.X.(*ast.CompositeLit)
			if variable, isName := loop.Value.(*ast.Ident); ok && isName {
				for _, e := range list.Elts {
					names[variable.Name] = append(names[variable.Name], nameOf(e))
				}
			}
			return true
		})
	}
	return names
}

// warningsIn are the names of the warnings that files mention.
func warningsIn(files []*ast.File) (names []string) {
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			e, ok := n.(*ast.SelectorExpr)
			if ok && nameOf(e.X) == "inspect" && e.Sel.Name != "Warning" {
				names = append(names, e.Sel.Name)
			}
			return true
		})
	}
	return names
}

// messages are all that package session logs.
func messages(t *testing.T) []logged {
	t.Helper()
	files := sources(t, "../session")
	texts, each := constants(append(sources(t, "../session/inspect"), files...)), loops(files)
	dropped := warningsIn(sources(t, "../session/internal/setcookie"))
	var all []logged
	calls(files, func(name string, args []ast.Expr) {
		switch {
		case name == "LogAttrs" && len(args) > 2:
			l := logged{message: literal(args[2]), attrs: attrsOf(args[3:])}
			if level, ok := args[1].(*ast.SelectorExpr); ok {
				l.levels = []string{strings.TrimPrefix(level.Sel.Name, "Level")}
			}
			if call, ok := args[2].(*ast.CallExpr); ok {
				if call.Fun.(*ast.SelectorExpr).Sel.Name == "Text" {
					return // of a warning; see below
				}
				l.message = texts["ErrTooLate"] // reportLate's err.Error()
			}
			all = append(all, l)
		case name == "warn" || name == "warnOfHost":
			attrs := append(attrsOf(args[2:]), "cookie")
			if name == "warnOfHost" {
				attrs = append(attrs, "host")
			}
			slices.Sort(attrs)
			warning := nameOf(args[1])
			names := each[warning]
			switch {
			case names == nil && texts[warning] == "":
				names = dropped // for which browsers drop the cookie
			case names == nil:
				names = []string{warning}
			}
			for _, name := range names {
				attrs := attrs
				if name == "ForeignDomain" { // warnOfHost adds it
					attrs = []string{"cookie", "domain", "host"}
				}
				all = append(all, logged{texts[name], []string{"Warn"}, attrs})
			}
		}
	})
	for _, l := range all {
		if !strings.HasPrefix(l.message, "session: ") {
			t.Errorf("the message %q does not begin with the package", l.message)
		}
	}
	return all
}

func attrsOf(args []ast.Expr) []string {
	var names []string
	for _, arg := range args {
		names = append(names, literal(arg))
	}
	slices.Sort(names)
	return names
}

// elsewhereLogged is what the packages beside package session log.
var elsewhereLogged = []string{"is short, and", "clock disagrees with", "a file that is gone", "were not purged", "max_allowed_packet refuses", "no session can be saved", "may get lost", "may end too early", "remember cookie refused", "request refused"}

// documented are the rows of the guide's tables of messages: of package session,
// and of others.
func documented(t *testing.T) (ofSession, ofOthers []row) {
	t.Helper()
	for _, row := range table(t, "Logs") {
		if slices.ContainsFunc(elsewhereLogged, func(words string) bool { return strings.Contains(row[1], words) }) {
			ofOthers = append(ofOthers, row)
		} else {
			ofSession = append(ofSession, row)
		}
	}
	return ofSession, ofOthers
}

func words(r row) string { return strings.Trim(r[1], "“”") }

func TestTheGuideHasEachMessageOfTheLogAsItIs(t *testing.T) {
	rows, _ := documented(t)
	found := messages(t)
	if len(found) < 18 {
		t.Errorf("found %d messages", len(found))
	}
	for _, l := range found {
		i := slices.IndexFunc(rows, func(r row) bool { return strings.Contains(l.message, words(r)) })
		if i < 0 {
			t.Errorf("the guide does not have %q", l.message)
			continue
		}
		attrs := rows[i].codes(2)
		slices.Sort(attrs)
		if !slices.Equal(attrs, l.attrs) {
			t.Errorf("%q has the attributes %q, and in the guide %q", words(rows[i]), l.attrs, attrs)
		}
		if levels := strings.Split(rows[i][0], ", "); l.levels != nil && !slices.Equal(levels, l.levels) || l.levels == nil && len(levels) != 2 {
			t.Errorf("%q has the level %q, and in the guide %q", words(rows[i]), l.levels, levels)
		}
	}
}

func TestEachMessageOfTheGuideIsLogged(t *testing.T) {
	rows, others := documented(t)
	found := messages(t)
	for _, r := range rows {
		if !slices.ContainsFunc(found, func(l logged) bool { return strings.Contains(l.message, words(r)) }) {
			t.Errorf("the guide has %q, which package session does not log", words(r))
		}
	}
	var elsewhere []logged
	for _, dir := range []string{"../flask", "../flask/flasklogin", "../flask/flaskwtf", "../seal", "../secret", "../session/debug", "../store/memcachestore", "../store/memstore", "../store/redisstore", "../store/sqlstore"} {
		calls(sources(t, dir), func(name string, args []ast.Expr) {
			for i, arg := range args {
				if name == "LogAttrs" && i == 2 || name == "Warn" && i == 0 {
					elsewhere = append(elsewhere, logged{message: literal(arg), attrs: attrsOf(args[i+1:])})
				}
			}
		})
	}
	if len(elsewhere) != len(others) {
		t.Errorf("the packages beside it log %d messages, and the guide has %d", len(elsewhere), len(others))
	}
	for _, r := range others {
		if !slices.ContainsFunc(elsewhere, func(l logged) bool {
			return strings.Contains(l.message, words(r)) && !slices.ContainsFunc(r.codes(2), func(a string) bool { return !slices.Contains(l.attrs, a) })
		}) {
			t.Errorf("the guide has %q, which nothing logs with these attributes", words(r))
		}
	}
}

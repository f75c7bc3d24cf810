package store_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// advises finds the messages that say what to set or to do.
var advises = regexp.MustCompile(`[;:] (?:set|allow|use|call|run|remove|synchronize|start|check|restart|do not set|see) |\w\?`)

// elsewhere are the messages that say what to do and are not of the engine: an option that cannot be
// right, and what one session or one call meets.
var elsewhere = []string{
	"there is no dialect", "cannot be a table's name here", "MaxItemSize is", "see Options.MaxItemSize",
	"it returned the unique", // of the error for a server without cas
	"others kept moving them", "are the servers' clocks more than 30 s apart?",
}

// messages returns what the packages log, and those of their errors that say what to do.
func messages(t *testing.T) (all []string) {
	t.Helper()
	for _, name := range []string{"sqlstore", "redisstore", "memcachestore"} {
		files, err := filepath.Glob(name + "/*.go")
		if err != nil || len(files) == 0 {
			t.Fatalf("%d files in %s, error %v", len(files), name, err)
		}
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text, logged := message(n); logged || advises.MatchString(text) {
					all = append(all, text)
				}
				return true
			})
		}
	}
	return slices.DeleteFunc(all, func(text string) bool {
		return slices.ContainsFunc(elsewhere, func(words string) bool { return strings.Contains(text, words) })
	})
}

// message returns the text that a call logs or makes an error of.
func message(n ast.Node) (text string, logged bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	function, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	at, logged := map[string]int{"LogAttrs": 2}[function.Sel.Name]
	if !logged && !slices.Contains([]string{"New", "Errorf", "Sprintf"}, function.Sel.Name) || len(call.Args) <= at {
		return "", false
	}
	literal, ok := call.Args[at].(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	return text, logged && err == nil
}

// TestTroubleshooting_HasWhatStoresSay compares the guide with what stores log and say to do: each
// has a heading with its own words, which readers search for.
func TestTroubleshooting_HasWhatStoresSay(t *testing.T) {
	guide, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{} // whether a message has it
	for line := range strings.Lines(string(guide)) {
		if words, ok := strings.CutPrefix(strings.TrimSpace(line), "#### “"); ok {
			headings[strings.TrimSuffix(words, "”")] = false
		}
	}
	all := messages(t)
	if len(all) < 20 {
		t.Errorf("only %d messages were found", len(all))
	}
	for _, text := range all {
		found := false
		for heading := range headings {
			if has(text, heading) {
				headings[heading], found = true, true
			}
		}
		if !found {
			t.Errorf("docs/troubleshooting.md has no heading for %q", text)
		}
	}
	for _, heading := range slices.Sorted(maps.Keys(headings)) {
		if !headings[heading] {
			t.Errorf("docs/troubleshooting.md has the heading “%s”, which no store says", heading)
		}
	}
}

// has reports whether a text has the words of a heading, in which … is anything.
func has(text, heading string) bool {
	for part := range strings.SplitSeq(heading, " … ") {
		_, rest, found := strings.Cut(text, part)
		if !found {
			return false
		}
		text = rest
	}
	return true
}

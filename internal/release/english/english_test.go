package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes files, and returns their folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func checked(t *testing.T, allowed string, files map[string]string) string {
	t.Helper()
	files["allowed.txt"] = allowed
	root := tree(t, files)
	found, err := check(root, filepath.Join(root, "allowed.txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.Join(found, "\n"), root+string(filepath.Separator), "")
}

// TestEachRuleFindsItsForm gives each rule a sentence, as a page and as a comment broken at each space.
func TestEachRuleFindsItsForm(t *testing.T) {
	sentences := []string{
		"It is no error.", "Neither x nor y.", "It is kept. Who reads it sees it.", "Somebody reads it.", "It takes a key.",
		"If it wants a key.", "Use it where there is a key.", "Lose it; for the key is gone.", "The header has left.",
		"They are held back.", "It begins anew.", "It stands here.", "It merely reads.", "A page, say, is read.", "One of those that read.",
		"It is used by many goroutines.", "Nil options are defaults.", "The colour is red.",
	}
	if len(sentences) != len(rules) {
		t.Errorf("there are %d rules and %d sentences", len(rules), len(sentences))
	}
	for i, sentence := range sentences {
		for _, text := range []string{sentence, strings.ReplaceAll(sentence, " ", "\n")} {
			page := checked(t, "", map[string]string{"p.md": "# Page\n\n" + text + "\n"})
			if !strings.Contains(page, rules[i].fix) {
				t.Errorf("rule %d does not find %q in a page: %s", i, text, page)
			}
			source := "package p\n\n// " + strings.ReplaceAll(text, "\n", "\n// ") + "\nvar X int\n"
			if got := checked(t, "", map[string]string{"p.go": source}); !strings.Contains(got, rules[i].fix) {
				t.Errorf("rule %d does not find %q in a comment: %s", i, text, got)
			}
		}
	}
}

func TestWhatIsFoundAndWhere(t *testing.T) {
	long := strings.Repeat("word ", 21)
	for name, c := range map[string]struct{ file, text, want string }{
		"a page":               {"p.md", "# T\n\nGood.\n\nIt is\nno error.\n", "p.md:5: "},
		"a row":                {"p.md", "| a | b |\n|---|---|\n| good | it takes |\n", "p.md:3: "},
		"an item":              {"p.md", "- good\n- anew\n", "p.md:2: "},
		"a second line":        {"p.go", "package p\n\n// X is\n// kept anew.\nvar X int\n", "p.go:4: "},
		"a comment in code":    {"p.go", "package p\n\nvar X = 1 // taken\n", "p.go:3: "},
		"an error":             {"p.go", "package p\n\nvar X = \"it takes one\"\n", "p.go:3: "},
		"a long line":          {"p.md", long + "\n", "p.md:1: 105 columns"},
		"a long comment":       {"p.go", "package p\n\n// X is " + long + "\nvar X int\n", "p.go:3: "},
		"a bool":               {"p.go", "package p\n\n// F says whether it is.\nfunc F() bool { return true }\n", "reports whether"},
		"there is no":          {"p.md", "If there\nis no key, stop.\n", ""},
		"no longer":            {"p.md", "It is no longer here.\n", ""},
		"code in a page":       {"p.md", "```\nit takes\n```\n\n    it takes\n\nRun `take x`. See [x](take.md).\n", ""},
		"code in a comment":    {"p.go", "package p\n\n// X:\n//\n//\ttake x\nvar X int\n", ""},
		"a name":               {"p.go", "package p\n\nvar taken = \"take\"\n", ""},
		"a test":               {"p_test.go", "package p\n\n// It takes.\nvar x int\n", ""},
		"testdata":             {"testdata/p.md", "It takes.\n", ""},
		"a long row":           {"p.md", "| " + long + " |\n", ""},
		"who, after code":      {"p.md", "`x` who\n", ""},
		"says, of no function": {"p.go", "package p\n\n// X says that.\nvar X int\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := checked(t, "", map[string]string{c.file: c.text})
			if c.want == "" && got != "" || !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
				t.Errorf("found %q, want %q", got, c.want)
			}
		})
	}
}

func TestExceptionsAllowWhatTheyName(t *testing.T) {
	files := func() map[string]string {
		return map[string]string{"a/p.md": "It takes.\n\nIt begins anew.\n", "b.md": "It takes.\n"}
	}
	for allowed, want := range map[string]string{
		"a/: # later\nb.md: takes # a title":    "",
		"a/p.md: takes # x\nb.md: # x":          "a/p.md:3: ",
		"a/: # x":                               "b.md:1: ",
		"a/: # x\nb.md: # x\nb.md: anew # gone": "allowed.txt:3: this exception allows nothing",
	} {
		got := checked(t, allowed, files())
		if want == "" && got != "" || !strings.Contains(got, want) || strings.Contains(got, "\n") {
			t.Errorf("with %q found %q, want %q", allowed, got, want)
		}
	}
	for _, bad := range []string{"a/p.md: takes", "a/p.md: takes #", ": takes # x", "takes # x"} {
		if _, err := parseAllowed(bad); err == nil {
			t.Errorf("%q is accepted", bad)
		}
	}
}

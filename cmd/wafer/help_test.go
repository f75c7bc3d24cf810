package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// commands are all commands of the tool, by their paths.
func commands(cmd *cobra.Command) []*cobra.Command {
	all := []*cobra.Command{cmd}
	for _, sub := range cmd.Commands() {
		all = append(all, commands(sub)...)
	}
	return all
}

// ours reports whether the help of a command is written here, and not by cobra.
func ours(cmd *cobra.Command) bool {
	return !strings.HasPrefix(cmd.CommandPath(), "wafer completion") && cmd.Name() != "exit-codes"
}

// TestCommand_HasItsPage finds a page that no command has, and a command without a page.
func TestCommand_HasItsPage(t *testing.T) {
	found := make(map[string]bool)
	for _, cmd := range append(commands(newRoot()), newHelp()) {
		found[strings.ReplaceAll(strings.TrimPrefix(cmd.CommandPath(), "wafer "), " ", "-")+".txt"] = true
		if ours(cmd) && (cmd.Example == "" || cmd.Long == "" || cmd.Short == "" || cmd.Use == "") {
			t.Errorf("the page of %s is not complete", cmd.CommandPath())
		}
		if ours(cmd) && cmd.Name() != "help" && !strings.Contains(cmd.Long, "\nExit status:\n\n    ") {
			t.Errorf("the page of %s has no exit statuses", cmd.CommandPath())
		}
	}
	list, err := pages.ReadDir("help")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range list {
		if !found[entry.Name()] {
			t.Errorf("no command has the page %s", entry.Name())
		}
	}
}

// TestCommand_ExamplesParse parses the examples as a shell and the tool
// would, and runs none.
func TestCommand_ExamplesParse(t *testing.T) {
	taken := 0
	for _, cmd := range commands(newRoot()) {
		for line := range strings.Lines(cmd.Example) {
			for _, args := range invocations(line) {
				taken++
				root := newRoot()
				sub, rest, err := root.Find(args)
				if err == nil {
					err = sub.ParseFlags(rest)
				}
				if err == nil {
					err = sub.ValidateArgs(sub.Flags().Args())
				}
				if err != nil || sub == root && len(args) > 0 {
					t.Errorf("%s: the example %q is not taken: %v", cmd.CommandPath(), strings.TrimSpace(line), err)
				}
			}
		}
	}
	if taken < 20 {
		t.Errorf("found %d examples", taken)
	}
}

// invocations are the arguments of each wafer in a line for a shell.
func invocations(line string) [][]string {
	line, _, _ = strings.Cut(line, "  #")
	line = strings.NewReplacer("$(", " | ", ")", " | ", ">", "|", "<", "|", "\n", "").Replace(line)
	var all [][]string
	for part := range strings.SplitSeq(line, "|") {
		words := shellWord.FindAllString(part, -1)
		for i, word := range words {
			words[i] = strings.Trim(word, "'")
		}
		if len(words) > 0 && words[0] == "wafer" {
			all = append(all, words[1:])
		}
	}
	return all
}

var shellWord = regexp.MustCompile(`'[^']*'|[^\s']+`)

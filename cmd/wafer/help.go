package main

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// pages are the texts of the commands. A page is the command's usage, a line; its summary, a line;
// what it does; and, after the line "Examples:", examples. What is indented by four spaces stays
// as it is in a man page too.
//
//go:embed help
var pages embed.FS

// command returns a command with the text of its page. A test looks for each page.
func command(page string) *cobra.Command {
	text, _ := pages.ReadFile("help/" + page + ".txt")
	use, rest, _ := strings.Cut(string(text), "\n")
	short, rest, _ := strings.Cut(rest, "\n")
	long, examples, _ := strings.Cut(rest, "\nExamples:\n")
	return &cobra.Command{Use: use, Short: short, Long: strings.TrimSpace(long), Example: strings.TrimRight(examples, "\n")}
}

func newMan() *cobra.Command {
	var dir string
	cmd := command("man")
	cmd.Args = none
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		header := &doc.GenManHeader{Source: "wafer", Manual: "Wafer's manual"}
		root := cmd.Root()
		forMan(root)
		switch info, err := os.Stat(dir); {
		case !cmd.Flags().Changed("dir"):
			return doc.GenMan(root, header, cmd.OutOrStdout())
		case dir == "":
			return misuse("--dir is empty; give a folder")
		case errors.Is(err, fs.ErrNotExist), err == nil && !info.IsDir():
			return fmt.Errorf("the folder %q does not exist; create it first", dir)
		}
		return doc.GenManTree(root, header, dir)
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write a page for each command into the folder `DIR`")
	return cmd
}

// forMan gives the texts headings as in man pages.
func forMan(cmd *cobra.Command) {
	cmd.DisableAutoGenTag = true // which would date the page a second time
	for _, heading := range []string{"Environment", "Exit status"} {
		cmd.Long = strings.ReplaceAll(cmd.Long, "\n"+heading+":\n", "\n# "+strings.ToUpper(heading)+"\n")
	}
	for _, c := range cmd.Commands() {
		forMan(c)
	}
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newMan() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man",
		Short: "Print the tool's man page",
		Long: `Man prints the man page of wafer, for man(7). With --dir it writes a page for each
command into a folder, which must exist, over those that are there: wafer.1,
wafer-store-ls.1 and so on.

Exit status: 0 if the pages were written, 2 if not.`,
		Example: `  wafer man > wafer.1
  wafer man --dir /usr/local/share/man/man1`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.Flags().Changed("dir") {
				_, err := cmd.OutOrStdout().Write(manPage(cmd.Root()))
				return err
			}
			if dir == "" {
				return usageError{errors.New("--dir is empty; give a folder")}
			}
			return writePages(cmd.Root(), dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write a page for each command into the folder `DIR`")
	return cmd
}

func writePages(cmd *cobra.Command, dir string) error {
	if info, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return fmt.Errorf("there is no folder %q; make it first", dir)
	}
	path := filepath.Join(dir, pageName(cmd)+".1")
	if err := os.WriteFile(path, manPage(cmd), 0o644); err != nil { //nolint:gosec // a manual is for all to read
		return fmt.Errorf("cannot write %q: %w", path, cause(err))
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			if err := writePages(c, dir); err != nil {
				return err
			}
		}
	}
	return nil
}

func pageName(cmd *cobra.Command) string {
	return strings.ReplaceAll(cmd.CommandPath(), " ", "-")
}

// manPage is the help of a command as man(7) has it. The texts are laid out for
// a terminal already, so that they stay as they are, line by line. There is no
// date in it, and two builds write the same page.
func manPage(cmd *cobra.Command) []byte {
	cmd.InitDefaultHelpFlag()
	var out bytes.Buffer
	name := pageName(cmd)
	fmt.Fprintf(&out, ".TH %s 1 \"\" wafer \"Wafer's manual\"\n", roff(strings.ToUpper(name)))
	fmt.Fprintf(&out, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	section(&out, "SYNOPSIS", cmd.UseLine())
	section(&out, "DESCRIPTION", cmd.Long)
	if cmd.HasAvailableSubCommands() {
		out.WriteString(".SH COMMANDS\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				fmt.Fprintf(&out, ".TP\n\\fB%s\\fR(1)\n%s\n", roff(pageName(c)), roff(c.Short))
			}
		}
	}
	out.WriteString(".SH OPTIONS\n")
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		value, usage := pflag.UnquoteUsage(f)
		fmt.Fprintf(&out, ".TP\n\\fB%s\\fR %s\n%s\n", roff("--"+f.Name), roff(value), roff(usage))
	})
	section(&out, "EXAMPLES", cmd.Example)
	return out.Bytes()
}

func section(out *bytes.Buffer, title, text string) {
	if text != "" {
		fmt.Fprintf(out, ".SH %s\n.nf\n%s\n.fi\n", title, roff(text))
	}
}

// roff escapes what troff would take for its own: the backslash, a hyphen that
// it would make a dash, and a dot or quote that begins a line.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}

package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/secret"
)

func newKeygen() *cobra.Command {
	cmd := command("keygen")
	env := cmd.Flags().Bool("env", false, "print the line of an .env file, "+keyVariable+"=...")
	cmd.Args = none
	cmd.Run = func(cmd *cobra.Command, _ []string) {
		key := secret.New()
		line := key.Reveal()
		if *env {
			line = keyVariable + "=" + line
		}
		fmt.Fprintln(cmd.OutOrStdout(), line)
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: the key's ID, which logs show, is %s\n", key.ID())
	}
	return cmd
}

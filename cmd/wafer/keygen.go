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
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key := secret.New()
		line := key.Reveal()
		if *env {
			line = keyVariable + "=" + line
		}
		if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
			return err
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: the key's ID, which logs show, is %s\n", key.ID())
		return nil
	}
	return cmd
}

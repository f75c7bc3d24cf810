package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/secret"
)

func newKeygen() *cobra.Command {
	var env bool
	cmd := &cobra.Command{
		Use:   "keygen",
		Short: "Print a new secret key",
		Long: `Keygen prints one new secret key of 32 bytes from the system's source of
randomness, in base64url. Whoever has the key can sign any session: keep it out of
the repository and out of logs. On standard error is the key's id, by which logs
name the key; it is no secret.`,
		Example: `  export SECRET_KEY=$(wafer keygen)
  wafer keygen --env >> .env
  (umask 077 && wafer keygen > session.key)`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			key := secret.New()
			line := key.Reveal()
			if env {
				line = keyVariable + "=" + line
			}
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), line); err != nil {
				return err
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "wafer: the key's id, by which logs name it, is %s\n", key.ID())
			return nil
		},
	}
	cmd.Flags().BoolVar(&env, "env", false, "print the line of an .env file, "+keyVariable+"=...")
	return cmd
}

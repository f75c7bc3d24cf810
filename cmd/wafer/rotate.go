package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/secret"
)

// acceptedVariable holds the keys that are merely accepted, newest first. A
// program reads it with secret.ListFromEnv.
const acceptedVariable = keyVariable + "_ACCEPTED"

func newRotate() *cobra.Command {
	var announce, promote bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Print the environment for a new secret key",
		Long: `Rotate reads the current key from ` + keyVariable + ` and those that are still
accepted from ` + acceptedVariable + `, and prints the lines that replace them: a
new key signs, and the one that did until now is accepted, so nobody is signed
out. Take keys out of ` + acceptedVariable + ` once sessions signed with them have
expired. A program reads them with

  key, err := secret.FromEnv("` + keyVariable + `")
  accepted, err := secret.ListFromEnv("` + acceptedVariable + `")
  sessions, err := session.New(session.Signed(key, accepted...), nil)

Where several servers share the keys, do it in two steps, so that no server
meets a cookie signed with a key that it does not have yet: --announce has all
accept a new key, and --promote, once all do, has it sign.`,
		Example: `  wafer rotate
  wafer rotate --announce
  wafer rotate --promote`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if announce && promote {
				return errors.New("--announce and --promote are two steps; give one of them")
			}
			current, err := secret.FromEnv(keyVariable)
			if err != nil {
				return err
			}
			accepted, err := secret.ListFromEnv(acceptedVariable)
			if err != nil {
				return err
			}
			switch {
			case announce:
				accepted = append([]secret.Key{secret.New()}, accepted...)
			case promote && len(accepted) == 0:
				return errors.New(acceptedVariable + " has no key to promote; announce one first, with --announce")
			case promote:
				current, accepted[0] = accepted[0], current
			default:
				current, accepted = secret.New(), append([]secret.Key{current}, accepted...)
			}
			texts := make([]string, len(accepted))
			for i, key := range accepted {
				texts[i] = key.Reveal()
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s=%s\n%s=%s\n", keyVariable, current.Reveal(), acceptedVariable, strings.Join(texts, ","))
			return err
		},
	}
	cmd.Flags().BoolVar(&announce, "announce", false, "first step: a new key is accepted, the current one still signs")
	cmd.Flags().BoolVar(&promote, "promote", false, "second step: the first accepted key signs, the current one is accepted")
	return cmd
}

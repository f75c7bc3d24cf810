package main

import "github.com/spf13/cobra"

// newExitCodes is a topic of help, not a command: it has nothing to run.
func newExitCodes() *cobra.Command {
	return &cobra.Command{
		Use:   "exit-codes",
		Short: "What the exit statuses mean",
		Long: `Every command ends with one of these exit statuses:

  0  done; of inspect: the signature holds, or was not checked
  1  the answer is no, or not all was done: the signature does not hold, a
     session was not found, a copy was stopped
  2  nothing was done: bad arguments, no key or a bad one, input that cannot be
     read, output that cannot be written, a store that cannot be reached

The help of a command says what they mean there.`,
	}
}

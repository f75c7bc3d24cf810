package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/wafer-go/wafer/secret"
)

func newRotate() *cobra.Command {
	cmd := command("rotate")
	cmd.Args, cmd.RunE = none, rotate
	flags := cmd.Flags()
	flags.Bool("list", false, "print the IDs of the keys, and no key")
	flags.Bool("announce", false, "first step: accept a new key; the current key stays")
	flags.String("promote", "", "second step: make the accepted key with this `ID` current, and accept the one before it")
	flags.StringArray("drop", nil, "stop accepting the key with this `ID`; may be repeated")
	flags.Bool("stolen", false, "after a theft: make a new key, accept no other, and sign everyone out")
	for _, name := range []string{"promote", "drop"} {
		_ = cmd.RegisterFlagCompletionFunc(name, completeKeys) // fails only for a flag that is not there
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
			return misuse("--%s needs the ID of a key; --announce prints one, and --list all", missing.GetSpecifiedName())
		}
		return misuse("%w", err)
	})
	return cmd
}

// completeKeys offers the IDs of the accepted keys.
func completeKeys(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	keys, _ := keyringFromEnv()
	return keys.acceptedIDs(), cobra.ShellCompDirectiveNoFileComp
}

func rotate(cmd *cobra.Command, _ []string) error {
	var steps []string
	for _, name := range []string{"list", "announce", "promote", "drop", "stolen"} {
		if cmd.Flags().Changed(name) {
			steps = append(steps, "--"+name)
		}
	}
	if len(steps) > 1 {
		return misuse("%s are several steps; give one of them", strings.Join(steps, " and "))
	}
	step := strings.Join(steps, "")
	keys, err := keyringFromEnv()
	if err != nil && step != "--stolen" { // a broken list must not delay what a theft needs
		return err
	}
	out := cmd.OutOrStdout()
	if step == "--list" {
		fmt.Fprintf(out, "%s  current\n", keys.current.ID())
		for _, id := range keys.acceptedIDs() {
			fmt.Fprintf(out, "%s  accepted\n", id)
		}
		return nil
	}
	next, said, err := keys.after(cmd, step)
	if err != nil {
		return err
	}
	accepted := make([]string, len(next.accepted))
	for i, key := range next.accepted {
		accepted[i] = key.Reveal()
	}
	fmt.Fprintf(out, "%s=%s\n%s=%s\n", keyVariable, next.current.Reveal(), acceptedVariable, strings.Join(accepted, ","))
	for _, line := range said {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: "+line)
	}
	return nil
}

// after returns the keys after a step, and what to say of them.
func (k keyring) after(cmd *cobra.Command, step string) (next keyring, said []string, err error) {
	key := secret.New()
	switch step {
	case "--stolen":
		return keyring{current: key}, []string{
			fmt.Sprintf("the new key %s is current, and no other is accepted", key.ID()),
			"once a program has these lines, every session in a cookie ends: all users are signed out",
			"sessions in a store (session.Stored, session.Overflow) go on: delete those that a thief may have made",
		}, nil
	case "--announce":
		return keyring{current: k.current, accepted: slices.Insert(k.accepted, 0, key)}, []string{
			fmt.Sprintf("the key %s is still current", k.current.ID()),
			fmt.Sprintf("the new key %s is accepted; once every server has these lines: wafer rotate --promote %[1]s", key.ID()),
		}, nil
	case "--promote":
		id, _ := cmd.Flags().GetString("promote") // fails only for a flag that is not there
		i, err := k.find(id, "it is current already")
		if err != nil {
			return keyring{}, nil, err
		}
		key = k.accepted[i]
		next, said = k.withCurrent(key, slices.Delete(k.accepted, i, i+1), "the key")
		return next, said, nil
	case "--drop":
		said = []string{fmt.Sprintf("the key %s is still current", k.current.ID())}
		ids, _ := cmd.Flags().GetStringArray("drop")
		for _, id := range ids {
			i, err := k.find(id, "it is current; make another current first, or, after a theft, use --stolen")
			if err != nil {
				return keyring{}, nil, err
			}
			said = append(said, fmt.Sprintf("the key %s is not accepted any longer: sessions in cookies that were last signed with it end", k.accepted[i].ID()))
			k.accepted = slices.Delete(k.accepted, i, i+1)
		}
		return k, said, nil
	}
	next, said = k.withCurrent(key, k.accepted, "the new key")
	return next, said, nil
}

// withCurrent makes key current, and accepts the one before it and the others.
func (k keyring) withCurrent(key secret.Key, others []secret.Key, what string) (keyring, []string) {
	return keyring{current: key, accepted: slices.Insert(others, 0, k.current)}, []string{
		fmt.Sprintf("%s %s is current", what, key.ID()),
		fmt.Sprintf("the key %s, which was current, is accepted; once no session needs it: wafer rotate --drop %[1]s", k.current.ID()),
	}
}

// find returns the place among the accepted keys of the one that text names by its ID, as a log
// has it. ofCurrent is what to say if that is the current key.
func (k keyring) find(text, ofCurrent string) (int, error) {
	id := strings.ToLower(strings.TrimPrefix(text, "key "))
	for i, key := range k.accepted {
		if key.ID() == id {
			return i, nil
		}
	}
	if id == k.current.ID() {
		return 0, fmt.Errorf("the key %s is the one in %s: %s", id, keyVariable, ofCurrent)
	}
	return 0, fmt.Errorf("no key has the ID %s; %s", word(text), k.describe())
}

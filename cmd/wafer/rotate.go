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

type rotateOptions struct {
	list, announce, stolen bool
	promote                string
	drop                   []string
}

func newRotate() *cobra.Command {
	var o rotateOptions
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Print the environment for a new secret key",
		Long: `Rotate reads the key that signs from ` + keyVariable + ` and those that are accepted
beside it from ` + acceptedVariable + `, and prints the two lines that replace them.
On standard error it says which key is which, by the ids that a program's log
names them by. It changes nothing itself. A program reads the lines with

  key, err := secret.FromEnv("` + keyVariable + `")
  accepted, err := secret.ListFromEnv("` + acceptedVariable + `")
  sessions, err := session.New(session.Signed(key, accepted...), nil)

Without a flag a new key signs, and the one that did until now is accepted: nobody
is signed out. That will do for one server.

Where several servers share the keys, none may meet a cookie signed with a key
that it does not have yet. --announce has all accept a new key, whose id it
prints; --promote with that id, once all do, has it sign.

--drop takes a key out that is no longer needed: one that used to sign, once the
sessions signed with it have expired, or the log (“cookie of an accepted key”)
has named it no more for that long.

After a theft none of these will do, since they keep the stolen key accepted, and
whoever has it can make a session of anybody. --stolen makes a new key and accepts
nothing else: every session that is kept in a cookie ends, and all are signed out.

Exit status: 0 if the lines were printed, 2 if not.`,
		Example: `  wafer rotate
  wafer rotate --list
  wafer rotate --announce
  wafer rotate --promote 8dfe91de
  wafer rotate --drop 1f6b0c3a
  wafer rotate --stolen`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return o.rotate(cmd) },
	}
	cmd.Flags().BoolVar(&o.list, "list", false, "print the ids of the keys, and no key")
	cmd.Flags().BoolVar(&o.announce, "announce", false, "first step: a new key is accepted, the current one still signs")
	cmd.Flags().StringVar(&o.promote, "promote", "", "second step: the accepted key with this `ID` signs, the current one is accepted")
	cmd.Flags().StringArrayVar(&o.drop, "drop", nil, "the accepted key with this `ID` is accepted no more; may be given again")
	cmd.Flags().BoolVar(&o.stolen, "stolen", false, "after a theft: a new key signs, no other is accepted, and everybody is signed out")
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
			err = fmt.Errorf("--%s needs the id of a key, such as --announce prints; --list shows those that there are", missing.GetSpecifiedName())
		}
		return usageError{err}
	})
	return cmd
}

func (o *rotateOptions) rotate(cmd *cobra.Command) error {
	var steps []string
	for _, name := range []string{"list", "announce", "promote", "drop", "stolen"} {
		if cmd.Flags().Changed(name) {
			steps = append(steps, "--"+name)
		}
	}
	if len(steps) > 1 {
		return usageError{fmt.Errorf("%s are several steps; give one of them", strings.Join(steps, " and "))}
	}
	keys, err := keychainFromEnv()
	if err != nil && !o.stolen { // a broken list must not hold up who was robbed
		return err
	}
	if o.list {
		return listKeys(cmd, keys)
	}
	next, said, err := o.next(cmd, keys)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(cmd.OutOrStdout(), next.lines()); err != nil {
		return err
	}
	for _, line := range said {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: "+line)
	}
	return nil
}

func listKeys(cmd *cobra.Command, keys keychain) error {
	text := fmt.Sprintf("%s  signs\n", keys.current.ID())
	for _, key := range keys.accepted {
		text += fmt.Sprintf("%s  accepted\n", key.ID())
	}
	_, err := fmt.Fprint(cmd.OutOrStdout(), text)
	return err
}

// next returns the keys after the step that was asked for, and what to say of
// them.
func (o *rotateOptions) next(cmd *cobra.Command, keys keychain) (keychain, []string, error) {
	flags := cmd.Flags()
	old := keys.current.ID()
	switch {
	case o.stolen:
		next := keychain{current: secret.New()}
		return next, []string{
			fmt.Sprintf("the key %s signs from now on, a new one, and no other is accepted", next.current.ID()),
			"once a program has these lines, every session in a cookie ends: everybody is signed out",
			"sessions in a store (session.Stored, session.Overflow) go on: delete those that a thief may have made",
		}, nil
	case o.announce:
		key := secret.New()
		next := keychain{keys.current, slices.Insert(keys.accepted, 0, key)}
		return next, []string{
			fmt.Sprintf("the key %s signs, as before", old),
			fmt.Sprintf("the key %s is accepted, a new one; once every server has these lines: wafer rotate --promote %[1]s", key.ID()),
		}, nil
	case flags.Changed("promote"):
		i, err := keys.find(o.promote, "it signs already")
		if err != nil {
			return keychain{}, nil, err
		}
		key := keys.accepted[i]
		return keys.signWith(key, slices.Delete(keys.accepted, i, i+1)), saidOfSigner(key.ID(), "", old), nil
	case flags.Changed("drop"):
		said := []string{fmt.Sprintf("the key %s signs, as before", old)}
		for _, id := range o.drop {
			i, err := keys.find(id, "it signs; have another sign first, or, after a theft, use --stolen")
			if err != nil {
				return keychain{}, nil, err
			}
			said = append(said, fmt.Sprintf("the key %s is accepted no more: a session in a cookie that was last signed with it ends", keys.accepted[i].ID()))
			keys.accepted = slices.Delete(keys.accepted, i, i+1)
		}
		return keys, said, nil
	}
	key := secret.New()
	return keys.signWith(key, keys.accepted), saidOfSigner(key.ID(), ", a new one", old), nil
}

// signWith has key sign and the current one accepted, before the others.
func (c keychain) signWith(key secret.Key, others []secret.Key) keychain {
	return keychain{key, slices.Insert(others, 0, c.current)}
}

func saidOfSigner(id, what, old string) []string {
	return []string{
		fmt.Sprintf("the key %s signs from now on%s", id, what),
		fmt.Sprintf("the key %s is accepted, which signed until now; once no session needs it: wafer rotate --drop %[1]s", old),
	}
}

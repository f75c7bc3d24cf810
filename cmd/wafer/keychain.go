package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wafer-go/wafer/secret"
)

// acceptedVariable holds the keys that are merely accepted. A program reads it
// with secret.ListFromEnv.
const acceptedVariable = keyVariable + "_ACCEPTED"

// A keychain is the keys of a program: the one that signs, and those that are
// accepted beside it. They are told apart by their place alone, so nothing in it
// says whether an accepted key is one announced or one that used to sign.
type keychain struct {
	current  secret.Key
	accepted []secret.Key
}

// keychainFromEnv reads both variables. The error wraps secret.ErrNotSet where
// there is no current key.
func keychainFromEnv() (keychain, error) {
	current, err := secret.FromEnv(keyVariable)
	if err != nil {
		return keychain{}, err
	}
	accepted, err := acceptedFromEnv(current)
	return keychain{current, accepted}, err
}

// acceptedFromEnv reads the keys that are accepted beside current. A key given
// twice is an error, as it is for programs; the others are returned with it.
func acceptedFromEnv(current secret.Key) ([]secret.Key, error) {
	list, err := secret.ListFromEnv(acceptedVariable)
	if err != nil {
		return nil, err
	}
	var accepted []secret.Key
	for i, key := range list {
		switch {
		case key.Equal(current):
			err = fmt.Errorf("%s, key %d, is the key in %s (%s), and programs refuse a key that is given twice; take it out of %[1]s", acceptedVariable, i+1, keyVariable, key.ID())
		case slices.ContainsFunc(accepted, key.Equal):
			err = fmt.Errorf("%s, key %d, is in it already (%s), and programs refuse a key that is given twice; take it out once", acceptedVariable, i+1, key.ID())
		default:
			accepted = append(accepted, key)
		}
	}
	return accepted, err
}

// find returns the place among the accepted keys of the one that text, an id as
// it stands in a log, names. ofSigner is what to say if that is the current key.
func (c keychain) find(text, ofSigner string) (int, error) {
	id := strings.ToLower(strings.TrimPrefix(text, "key "))
	for i, key := range c.accepted {
		if key.ID() == id {
			return i, nil
		}
	}
	if id == c.current.ID() {
		return 0, fmt.Errorf("the key %s is the one in %s: %s", id, keyVariable, ofSigner)
	}
	return 0, fmt.Errorf("no key has the id %s; %s", word(text), c.ids())
}

// ids names the keys, for an error.
func (c keychain) ids() string {
	if len(c.accepted) == 0 {
		return fmt.Sprintf("%s signs, and %s has none", c.current.ID(), acceptedVariable)
	}
	names := make([]string, len(c.accepted))
	for i, key := range c.accepted {
		names[i] = key.ID()
	}
	return fmt.Sprintf("%s signs, and %s has %s", c.current.ID(), acceptedVariable, strings.Join(names, ", "))
}

// lines are those of an .env file.
func (c keychain) lines() string {
	texts := make([]string, len(c.accepted))
	for i, key := range c.accepted {
		texts[i] = key.Reveal()
	}
	return fmt.Sprintf("%s=%s\n%s=%s\n", keyVariable, c.current.Reveal(), acceptedVariable, strings.Join(texts, ","))
}

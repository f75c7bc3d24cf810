package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// keyVariable is the environment variable with a program's current key, and acceptedVariable
	// that with its accepted keys.
	keyVariable      = "SECRET_KEY"
	acceptedVariable = keyVariable + "_ACCEPTED"

	// maxFlaskKey limits in bytes a Flask program's key, which may be any text: a path given by
	// mistake may name an endless file.
	maxFlaskKey = 64 << 10
)

// A keyring is the keys of a program: the current one, which signs or encrypts, and the accepted
// ones beside it; or the key of a Flask program.
type keyring struct {
	current  secret.Key
	accepted []secret.Key
	flask    string
	source   string // of the current key, or Flask's
}

// keyringFromEnv reads both variables. If the current key is not set, the error wraps
// secret.ErrNotSet. Beside an error about the accepted keys, the good ones are returned: a key that
// is there twice is such an error, as it is for programs.
func keyringFromEnv() (keyring, error) {
	current, err := secret.FromEnv(keyVariable)
	if err != nil {
		return keyring{}, err
	}
	k := keyring{current: current, source: keyVariable}
	list, err := secret.ListFromEnv(acceptedVariable)
	for i, key := range list {
		switch {
		case key.Equal(current):
			err = fmt.Errorf("%s, key %d, is the key in %s (%s), and programs refuse a key that is there twice; remove it from %[1]s", acceptedVariable, i+1, keyVariable, key.ID())
		case slices.ContainsFunc(k.accepted, key.Equal):
			err = fmt.Errorf("%s, key %d, is in it already (%s), and programs refuse a key that is there twice; remove it once", acceptedVariable, i+1, key.ID())
		default:
			k.accepted = append(k.accepted, key)
		}
	}
	return k, err
}

func (k keyring) isEmpty() bool { return k.current.IsZero() && k.flask == "" }

// open opens the backend of a kind with the keys.
func (k keyring) open(kind string, c driver.Config) (driver.Driver, error) {
	backend := session.Signed(k.current, k.accepted...)
	switch kind {
	case kindSealed:
		backend = session.Sealed(k.current, k.accepted...)
	case kindFlask:
		var err error
		if backend, err = k.openFlask(flask.CookieOptions{AllowPublishedKey: true, MaxPayload: c.MaxPayload()}); err != nil {
			return nil, err
		}
	}
	return backend.Open(c)
}

func (k keyring) openFlask(o flask.CookieOptions) (session.Backend, error) {
	o.Logger = slog.New(slog.DiscardHandler)
	return flask.Cookies(k.flask, &o)
}

// isPublished reports whether tutorials show the Flask program's key. It opens cookies all the
// same, because people look into those of programs under development.
func (k keyring) isPublished() bool {
	if k.flask == "" {
		return false
	}
	_, err := k.openFlask(flask.CookieOptions{})
	return err != nil
}

// publishedKey is what to know of such a key.
const publishedKey = "tutorials show this key, so anyone can forge a cookie that is valid under it; make another key before visitors come"

// describe names the keys, for an error.
func (k keyring) describe() string {
	return fmt.Sprintf("%s is current, and %s has %s", k.current.ID(), acceptedVariable, cmp.Or(strings.Join(k.acceptedIDs(), ", "), "none"))
}

func (k keyring) acceptedIDs() []string {
	var ids []string
	for _, key := range k.accepted {
		ids = append(ids, key.ID())
	}
	return ids
}

// keys returns the keys for cookies of a kind: a key of --key-file alone, or those of the
// environment. If the key is not set, the error wraps secret.ErrNotSet. Beside other errors, the
// valid keys are returned.
func (f *cookieFlags) keys(cmd *cobra.Command, kind string) (keyring, error) {
	given := cmd.Flags().Changed("key-file")
	source := keyVariable
	if given {
		source = fmt.Sprintf("the key in %q", f.keyFile)
	}
	var k keyring
	var err error
	switch {
	case kind == kindFlask && given:
		k.flask, err = readFlaskKey(f.keyFile)
	case kind == kindFlask:
		if k.flask = os.Getenv(keyVariable); k.flask == "" {
			err = fmt.Errorf("%w: the environment variable %s is not set or empty; set it to the Flask program's key", secret.ErrNotSet, keyVariable)
		}
	case given:
		k.current, err = secret.FromFile(f.keyFile)
	default:
		k, err = keyringFromEnv()
	}
	k.source = source
	if err == nil && kind == kindFlask {
		_, err = k.openFlask(flask.CookieOptions{AllowPublishedKey: true})
	}
	if err != nil && kind != kindFlask && k.isEmpty() && !errors.Is(err, secret.ErrNotSet) {
		err = fmt.Errorf("%w (a Flask program's key may be any text: for its cookies add --flask)", err)
	}
	return k, err
}

// readFlaskKey returns a key file as a Flask program has it: without one line end after it.
func readFlaskKey(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("cannot open the key file %q: %w", path, stores.Cause(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFlaskKey+1))
	if err != nil {
		return "", fmt.Errorf("cannot read the key file %q: %w", path, stores.Cause(err))
	}
	if len(text) > maxFlaskKey {
		return "", fmt.Errorf("the key file %q is longer than %d bytes, too long for a key; is this the right file?", path, maxFlaskKey)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// asWafers returns the key of a Flask program as one of Wafer's, if it could be one.
func (k keyring) asWafers() (keyring, bool) {
	key, err := secret.Parse(k.flask)
	return keyring{current: key, source: k.source}, err == nil
}

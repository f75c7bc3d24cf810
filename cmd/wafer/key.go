package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// keyVariable is the environment variable that programs have their key in.
const keyVariable = "SECRET_KEY"

// maxFlaskKey bounds in bytes the text of a Flask program's key, which may be
// anything: a path given by mistake may name something endless.
const maxFlaskKey = 64 << 10

// A signer is one key, as what it signs and checks with.
type signer struct {
	backend session.Backend
	source  string // where the key came from
	id      string // the key's public id, empty for a Flask program's
}

// String names the key for people.
func (s signer) String() string {
	if s.id == "" {
		return s.source
	}
	return fmt.Sprintf("%s (key %s)", s.source, s.id)
}

// A keyring is what can be checked or signed with: the current key, and then
// those that are accepted.
type keyring struct {
	signers   []signer
	published bool // tutorials show the key, so that it proves nothing
}

// keySource is where a key is looked for.
type keySource struct {
	file  string
	given bool // --key-file was
}

func (s *keySource) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.file, "key-file", "", "read the key from `FILE` instead of "+keyVariable)
}

// open returns the current key alone, for cookies of a kind. Where there is
// none, the error wraps secret.ErrNotSet.
func (s keySource) open(kind string) (keyring, error) {
	if kind == kindFlask {
		text, err := s.text()
		if err != nil {
			return keyring{}, err
		}
		return s.openFlask(text)
	}
	key, err := s.key()
	if err != nil {
		return keyring{}, err
	}
	return keyring{signers: []signer{newSigner(kind, key, s.name())}}, nil
}

// openAll is open with the accepted keys too, but for a key of --key-file, which
// is asked for alone, and Flask's, which may have commas in them. With an error
// of the accepted keys there are those that are good.
func (s keySource) openAll(kind string) (keyring, error) {
	keys, err := s.open(kind)
	if err != nil || s.given || kind == kindFlask {
		return keys, err
	}
	current, err := s.key()
	if err != nil {
		return keys, err
	}
	accepted, err := acceptedFromEnv(current)
	for _, key := range accepted {
		keys.signers = append(keys.signers, newSigner(kind, key, acceptedVariable))
	}
	return keys, err
}

func newSigner(kind string, key secret.Key, source string) signer {
	backend := session.Signed(key)
	switch kind {
	case kindSealed:
		backend = session.Sealed(key)
	case kindBound:
		backend = boundBackend{key}
	}
	return signer{backend, source, key.ID()}
}

func (s keySource) key() (key secret.Key, err error) {
	if s.given {
		key, err = secret.FromFile(s.file)
	} else {
		key, err = secret.FromEnv(keyVariable)
	}
	if err != nil && !errors.Is(err, secret.ErrNotSet) {
		err = fmt.Errorf("%w (a Flask program's key may be any text: for its cookies add --flask)", err)
	}
	return key, err
}

// name says where the key came from.
func (s keySource) name() string {
	if s.given {
		return fmt.Sprintf("the key in %q", s.file)
	}
	return keyVariable
}

// text returns the key as a Flask program has it: the whole variable, or the
// whole file but for one line end after it.
func (s keySource) text() (string, error) {
	if !s.given {
		text := os.Getenv(keyVariable)
		if text == "" {
			return "", fmt.Errorf("%w: the environment variable %s is not set or empty; give it the Flask program's key", secret.ErrNotSet, keyVariable)
		}
		return text, nil
	}
	file, err := os.Open(s.file)
	if err != nil {
		return "", fmt.Errorf("cannot open the key file %q: %w", s.file, cause(err))
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxFlaskKey+1))
	if err != nil {
		return "", fmt.Errorf("cannot read the key file %q: %w", s.file, cause(err))
	}
	if len(text) > maxFlaskKey {
		return "", fmt.Errorf("the key file %q is longer than %d bytes, too long for a key; is this the right file?", s.file, maxFlaskKey)
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r"), nil
}

// cause is err without the path, which was named already.
func cause(err error) error {
	if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
		return pathErr.Err
	}
	return err
}

// openFlask takes published keys too, since the cookies of a program under
// development are just what somebody wants to look into.
func (s keySource) openFlask(text string) (keyring, error) {
	options := flask.CookieOptions{AllowPublishedKey: true, Logger: slog.New(slog.DiscardHandler)}
	backend, err := flask.Cookies(text, &options)
	if err != nil {
		return keyring{}, err
	}
	options.AllowPublishedKey = false
	_, refused := flask.Cookies(text, &options)
	return keyring{[]signer{{backend: backend, source: s.name()}}, refused != nil}, nil
}

// openWafers returns what the key of a Flask program is as one of Wafer's, for a
// hint. False where it is none.
func (s keySource) openWafers() (session.Backend, bool) {
	if s.given {
		// A pipe has been read already.
		if info, err := os.Stat(s.file); err != nil || !info.Mode().IsRegular() {
			return nil, false
		}
	}
	text, err := s.text()
	if err != nil {
		return nil, false
	}
	key, err := secret.Parse(text)
	return session.Signed(key), err == nil
}

// bind opens a backend for a cookie's name and a program's purpose. What a token
// may hold depends on the cookie's size, so it is opened for as large a one as a
// program can ask for.
func bind(backend session.Backend, cookie, purpose string) (driver.Driver, error) {
	return backend.Open(driver.Config{CookieName: cookie, Purpose: purpose, MaxCookieSize: maxCookieSize})
}

// maxCookieSize is the largest session.Options.MaxCookieSize.
const maxCookieSize = 1 << 20

// codecOf is how a backend that keeps the session in its cookie writes values.
func codecOf(isFlask bool) driver.Codec {
	if isFlask {
		return flask.Codec
	}
	return driver.JSON
}

// publishedKey is what to know of a key that tutorials show.
const publishedKey = "the key stands in tutorials, so anybody can forge a cookie that holds under it; make another before the program meets visitors"

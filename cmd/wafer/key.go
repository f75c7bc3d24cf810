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
)

// keyVariable is the environment variable that programs have their key in.
const keyVariable = "SECRET_KEY"

// maxFlaskKey bounds in bytes the text of a Flask program's key, which may be
// anything: a path given by mistake may name something endless.
const maxFlaskKey = 64 << 10

// A keyring is what can be checked or signed with.
type keyring struct {
	backend   session.Backend // nil if no key was given
	source    string          // where the key came from
	published bool            // tutorials show it, so that it proves nothing
}

// keySource is where a key is looked for.
type keySource struct {
	file  string
	given bool // --key-file was
}

func (s *keySource) addFlag(cmd *cobra.Command) {
	cmd.Flags().StringVar(&s.file, "key-file", "", "read the key from `FILE` instead of "+keyVariable)
}

// open returns the backend of the key. Where there is none, the error wraps
// secret.ErrNotSet.
func (s keySource) open(isFlask bool) (keyring, error) {
	if isFlask {
		text, err := s.text()
		if err != nil {
			return keyring{}, err
		}
		return s.openFlask(text)
	}
	var (
		key secret.Key
		err error
	)
	if s.given {
		key, err = secret.FromFile(s.file)
	} else {
		key, err = secret.FromEnv(keyVariable)
	}
	if err != nil {
		if !errors.Is(err, secret.ErrNotSet) {
			err = fmt.Errorf("%w (a Flask program's key may be any text: for its cookies add --flask)", err)
		}
		return keyring{}, err
	}
	return keyring{backend: session.Signed(key), source: s.name()}, nil
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
	return keyring{backend: backend, source: s.name(), published: refused != nil}, nil
}

// openOther returns the backend that the same key gives in the other format,
// for a hint. False where it gives none.
func (s keySource) openOther(isFlask bool) (session.Backend, bool) {
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
	if isFlask {
		key, err := secret.Parse(text)
		return session.Signed(key), err == nil
	}
	keys, err := s.openFlask(text)
	return keys.backend, err == nil
}

// bind opens a backend for a cookie's name. Tokens are read and made without
// regard to their age, so the lifetime has no part in it.
func bind(backend session.Backend, cookie string) (session.Keeper, error) {
	return backend.Open(session.Binding{CookieName: cookie, Lifetime: session.DefaultLifetime})
}

// publishedKey is what to know of a key that tutorials show.
const publishedKey = "the key stands in tutorials, so anybody can forge a cookie that holds under it; make another before the program meets visitors"

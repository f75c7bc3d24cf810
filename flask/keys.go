package flask

import (
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/wafer-go/wafer/secret"
)

// shortKey is the length in bytes under which a key is warned of: 16 random
// bytes are the least that Flask's documentation has ever advised.
const shortKey = 16

// makeKey is how to make a key for both programs.
const makeKey = "python3 -c 'import secrets; print(secrets.token_hex())'"

// checkKey refuses a guessable key and warns of a short one. name says which it
// is; the key itself is never shown.
func checkKey(name, key string, allowPublished bool, log *slog.Logger) error {
	if key == "" {
		return fmt.Errorf("flask: %s is empty; give it the SECRET_KEY of the Flask program (%s makes a good one)", name, makeKey)
	}
	if why, ok := secret.Guessable(key); ok {
		if allowPublished {
			return nil // a warning of its length would add nothing
		}
		return fmt.Errorf("flask: %s can be guessed: %s. Anyone can forge a session with it; make another (%s) for both programs, or set CookieOptions.AllowPublishedKey in a test", name, why, makeKey)
	}
	if len(key) < shortKey {
		log.Warn("flask: "+name+" is short, and short keys can be guessed from a single cookie",
			"bytes", len(key), "at_least", shortKey,
			"make_one", makeKey)
	}
	return nil
}

const redacted = "flask.CookieOptions(redacted)"

// Format writes "flask.CookieOptions(redacted)" for every verb that go vet accepts. fmt calls no
// method of a value in an unexported field, and shows the keys there.
func (CookieOptions) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (CookieOptions) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (CookieOptions) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (CookieOptions) GobEncode() ([]byte, error) {
	return nil, errors.New("flask: encoding/gob cannot encode CookieOptions, which hold secret keys")
}

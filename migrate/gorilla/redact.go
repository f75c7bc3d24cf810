package gorilla

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "gorilla.Keys(redacted)"

// Format writes "gorilla.Keys(redacted)" for every verb except %p and %w, for which fmt calls no
// method and shows an address.
func (Keys) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (Keys) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (Keys) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (Keys) GobEncode() ([]byte, error) {
	return nil, errors.New("gorilla: encoding/gob cannot encode Keys, which are secret")
}

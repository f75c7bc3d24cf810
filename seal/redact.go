package seal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const (
	redactedKey     = "seal.Key(redacted)"
	redactedOptions = "seal.Options(redacted)"
)

var errGob = errors.New("seal: encoding/gob cannot encode a Key, because it is secret")

// Format writes "seal.Key(redacted)" for every verb that go vet accepts. fmt calls no
// method of a value in an unexported field, and shows the key there.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedKey) }

// LogValue is the same for log/slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redactedKey) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (Key) MarshalText() ([]byte, error) { return []byte(redactedKey), nil }

// GobEncode fails.
func (Key) GobEncode() ([]byte, error) { return nil, errGob }

// Format writes "seal.Options(redacted)" for every verb, as that of [Key] does.
func (Options) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redactedOptions) }

// LogValue is the same for log/slog.
func (Options) LogValue() slog.Value { return slog.StringValue(redactedOptions) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (Options) MarshalText() ([]byte, error) { return []byte(redactedOptions), nil }

// GobEncode fails.
func (Options) GobEncode() ([]byte, error) { return nil, errGob }

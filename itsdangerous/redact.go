package itsdangerous

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// What holds Options, as SerializerOptions do, has these methods too.

const redacted = "itsdangerous.Options(redacted)"

// Format writes "itsdangerous.Options(redacted)" for every verb that go vet accepts. fmt calls no
// method of a value in an unexported field, and shows the keys there.
func (Options) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (Options) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (Options) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (Options) GobEncode() ([]byte, error) {
	return nil, errors.New("itsdangerous: encoding/gob cannot encode Options, which hold secret keys")
}

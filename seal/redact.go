package seal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
)

const redacted = "seal.Key(redacted)"

var errGob = errors.New("seal: encoding/gob cannot encode a Key, because it is secret")

// Format writes "seal.Key(redacted)" for every verb except %p and %w, for which fmt calls no method
// and shows the id and an address.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue is the same for log/slog.
func (Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText is the same for encoding/json, encoding/xml and others. It does not fail.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// GobEncode fails.
func (Key) GobEncode() ([]byte, error) { return nil, errGob }

package secret

import (
	"encoding"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what a Key shows of itself, whether it holds a key or is zero.
const redacted = "secret.Key(redacted)"

var (
	_ fmt.Formatter          = Key{}
	_ fmt.Stringer           = Key{}
	_ fmt.GoStringer         = Key{}
	_ slog.LogValuer         = Key{}
	_ json.Marshaler         = Key{}
	_ encoding.TextMarshaler = Key{}
)

// String returns "secret.Key(redacted)".
func (k Key) String() string { return redacted }

// GoString returns "secret.Key(redacted)".
func (k Key) GoString() string { return redacted }

// Format writes "secret.Key(redacted)" for every verb, flag and width. The
// verbs %T, %p and %w never get here: fmt answers them by itself, the last two
// with the address of a function.
func (k Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue returns "secret.Key(redacted)" for log/slog.
func (k Key) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON returns "secret.Key(redacted)" as a JSON string: a Key in a
// configuration that is printed does not show, and cannot be read back. The
// error is always nil.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText returns "secret.Key(redacted)", for encoding/xml and others. The
// error is always nil.
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

package driver

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// A ValueError says which value cannot be kept, and why. Nothing of the session was saved.
type ValueError struct {
	Key string
	Err error
}

// Error names the key, and why its value cannot be kept.
func (e *ValueError) Error() string {
	return fmt.Sprintf("session: the value of %s cannot be kept: %v", quoted(e.Key), e.Err)
}

// Unwrap returns Err.
func (e *ValueError) Unwrap() error { return e.Err }

// maxShownKey is how many bytes of a key an error shows.
const maxShownKey = 64

// QuoteKey returns a value's key as errors and logs show it: cut, and quoted unless it is plain, so
// that a key from a visitor cannot forge a line of the log.
func QuoteKey(key string) string {
	plain := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-.:/", r)
	}
	if key != "" && len(key) <= maxShownKey && strings.IndexFunc(key, func(r rune) bool { return !plain(r) }) < 0 {
		return key
	}
	return quoted(key)
}

func quoted(key string) string {
	if len(key) > maxShownKey {
		return strconv.QuoteToGraphic(strings.ToValidUTF8(key[:maxShownKey], "")) + "…"
	}
	return strconv.QuoteToGraphic(key)
}

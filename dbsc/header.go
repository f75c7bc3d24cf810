package dbsc

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// The names of the protocol's headers, in net/http's spelling.
const (
	headerRegistration = "Secure-Session-Registration"
	headerResponse     = "Secure-Session-Response"
	headerChallenge    = "Secure-Session-Challenge"
	headerSkipped      = "Secure-Session-Skipped"
	headerID           = "Sec-Secure-Session-Id"
)

var errNoHeader = errors.New("dbsc: a header of the protocol is missing")

// field returns the value of a header that the standard defines as a string (RFC 9651, section
// 3.3.3). Chromium 148 sends it without the quotes. Proofs and identifiers have no character that
// needs an escape, so one is refused, as are parameters and a second line.
func field(h http.Header, name string) (string, error) {
	lines := h[name]
	switch {
	case len(lines) == 0:
		return "", fmt.Errorf("%w: %s", errNoHeader, name)
	case len(lines) > 1:
		return "", fmt.Errorf("dbsc: %s came %d times", name, len(lines))
	}
	value := strings.Trim(lines[0], " \t")
	if inner, ok := strings.CutPrefix(value, `"`); ok {
		if value, ok = strings.CutSuffix(inner, `"`); !ok {
			return "", fmt.Errorf("dbsc: %s has a quotation mark without its second", name)
		}
	}
	if value == "" || strings.ContainsFunc(value, notPlain) {
		return "", fmt.Errorf("dbsc: %s is empty or has a character that no proof and no identifier has", name)
	}
	return value, nil
}

func notPlain(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// quote writes a string of characters that need no escape.
func quote(s string) string { return `"` + s + `"` }

// skipReasons are the reasons of Secure-Session-Skipped that are known.
var skipReasons = []string{"unreachable", "server_error", "quota_exceeded"}

// skipped returns why the browser sent a request without refreshing first, or nil. The header's
// word comes from outside, so only those that are known are told.
func skipped(h http.Header) error {
	lines := h[headerSkipped]
	if len(lines) == 0 {
		return nil
	}
	for _, reason := range skipReasons {
		if rest, ok := strings.CutPrefix(lines[0], reason); ok && (rest == "" || rest[0] == ';') {
			return errors.New("dbsc: the browser could not refresh: " + reason)
		}
	}
	return errors.New("dbsc: the browser could not refresh, and gave an unknown reason")
}

// registration returns the value of the header that offers to register a key.
func registration(path, challenge string) string {
	return "(" + es256 + " " + rs256 + ");path=" + strconv.Quote(path) + ";challenge=" + quote(challenge)
}

package secret

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The white space that editors, shells and echo leave around a key.
const space = " \t\r\n"

// maxText is the longest text that can be a key: MaxSize bytes in hex.
const maxText = 2 * MaxSize

// makeOne ends the errors whose cure is a new key.
const makeOne = "make one with `wafer keygen` or `openssl rand -hex 32`"

// Parse returns the key that text spells. Spaces, tabs and line ends around the
// text do not count. What is left is read as
//
//   - hex, upper or lower case, if it has only hex digits;
//   - else base64url (RFC 4648, section 5: A-Z a-z 0-9 - _), unpadded or with
//     the padding that its length asks for.
//
// So 63 hex digits are a hex key that lost one, and an error, though they could
// also be base64url. No key that [Key.Reveal] writes is misread that way.
//
// An error tells what is wrong, and never contains the text or a part of it:
// a character that is in neither alphabet (by its position), fewer bytes than
// [MinSize] or more than [MaxSize], bytes that no random source would give (a
// handful of values, a repeated pattern, a count), or a key that is
// [Guessable].
func Parse(text string) (Key, error) {
	key, err := parse(text)
	if err != nil {
		return Key{}, fmt.Errorf("secret: %w", err)
	}
	return key, nil
}

func parse(text string) (Key, error) {
	text = strings.Trim(text, space)
	material, err := decode(text)
	if err != nil {
		return Key{}, err
	}
	if pattern := patternIn(material); pattern != "" {
		return Key{}, fmt.Errorf("the key is not random: %s; %s", pattern, makeOne)
	}
	if why, ok := Guessable(text); ok {
		return Key{}, fmt.Errorf("the key can be guessed: %s; %s", why, makeOne)
	}
	return newKey(material), nil
}

// decode returns the bytes of a key, of which only the number is checked.
func decode(text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, errors.New("the key is empty; " + makeOne)
	case len(text) > maxText:
		return nil, fmt.Errorf("the key's text is %d bytes long, and the longest possible is %d; is this the right text?", len(text), maxText)
	}
	decode := decodeBase64url
	if onlyHexDigits(text) {
		decode = decodeHex
	}
	material, err := decode(text)
	if err != nil {
		return nil, err
	}
	return material, checkSize(len(material))
}

func checkSize(size int) error {
	switch {
	case size < MinSize:
		return fmt.Errorf("the key, decoded, is %d bytes long and must be at least %d; %s", size, MinSize, makeOne)
	case size > MaxSize:
		return fmt.Errorf("the key, decoded, is %d bytes long and must be at most %d; is this the right text?", size, MaxSize)
	}
	return nil
}

func decodeHex(text string) ([]byte, error) {
	if len(text)%2 != 0 {
		return nil, fmt.Errorf("the key is written in hex and has an odd number of digits, %d; one is missing or too many", len(text))
	}
	return hex.DecodeString(text)
}

func decodeBase64url(text string) ([]byte, error) {
	digits := strings.TrimRight(text, "=")
	if at := strings.IndexFunc(digits, notBase64url); at >= 0 {
		// The character is part of the key, and so is not shown.
		return nil, fmt.Errorf("character %d of the key is not a hex digit, and not in base64url (A-Z a-z 0-9 - _); "+
			"a key has no quotes or spaces in it, and plain base64 is turned into base64url by `tr '+/' '-_'`",
			utf8.RuneCountInString(digits[:at])+1)
	}
	// What is wrong with a password is its size, before its last character.
	if err := checkSize(base64.RawURLEncoding.DecodedLen(len(digits))); err != nil {
		return nil, err
	}
	if len(digits)%4 == 1 {
		return nil, fmt.Errorf("the key is written in base64url and cannot have %d characters; one is missing or too many", len(digits))
	}
	if padding := len(text) - len(digits); padding > 0 && (padding > 2 || len(text)%4 != 0) {
		return nil, fmt.Errorf("the key is written in base64url and ends in %d padding characters (=), which do not fit its %d characters; leave them out", padding, len(digits))
	}
	material, err := base64.RawURLEncoding.Strict().DecodeString(digits)
	if err != nil {
		// The alphabet and the length are right, so it is the bits of the
		// last character that belong to no byte: one key, one spelling.
		return nil, errors.New("the key is written in base64url and its last character is not one that an encoder writes there; part of it may be missing")
	}
	return material, nil
}

func onlyHexDigits(text string) bool {
	for i := range len(text) {
		c := text[i]
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
			return false
		}
	}
	return true
}

func notBase64url(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

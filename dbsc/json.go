package dbsc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// members returns the members of a JSON object. It is stricter than encoding/json: names are
// compared exactly, a name that comes twice is an error, and so is text that is not UTF-8 or that
// follows the object. What two readers could understand differently is refused.
func members(text []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(text) {
		return nil, errors.New("it is not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if start, _ := d.Token(); start != json.Delim('{') {
		return nil, errors.New("it is not a JSON object")
	}
	all := make(map[string]json.RawMessage)
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, errors.New("it is not JSON")
		}
		key, _ := name.(string)
		if _, twice := all[key]; twice {
			return nil, errors.New("it has a member twice")
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, errors.New("it is not JSON")
		}
		all[key] = value
	}
	if _, err := d.Token(); err != nil {
		return nil, errors.New("it is not JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows it")
	}
	return all, nil
}

// text returns a member that must be a string.
func text(all map[string]json.RawMessage, name string) (string, error) {
	raw, ok := all[name]
	if !ok {
		return "", fmt.Errorf("it has no %s", name)
	}
	var s *string
	if err := json.Unmarshal(raw, &s); err != nil || s == nil {
		return "", fmt.Errorf("its %s is not a string", name)
	}
	return *s, nil
}

// base64URL is base64 as JWS has it (RFC 7515, section 2), in one spelling.
var base64URL = base64.RawURLEncoding.Strict()

func decode(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") { // the decoder skips them
		return nil, errors.New("a part has a line break")
	}
	b, err := base64URL.DecodeString(text)
	if err != nil {
		return nil, errors.New("a part is not base64url, in the spelling without padding")
	}
	return b, nil
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

func newSign() *cobra.Command {
	var f cookieFlags
	cmd := command("sign")
	f.add(cmd, "make a Flask program's cookie", "sign as at")
	cmd.Args = atMostOne("JSON object", "put it in quotes")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		now, err := f.check(cmd)
		if err != nil {
			return err
		}
		return sign(cmd, &f, args, now)
	}
	return cmd
}

func sign(cmd *cobra.Command, f *cookieFlags, args []string, now time.Time) error {
	if f.name == "" {
		f.name = defaultCookie(f.flask)
	}
	if err := checkCookie(session.Options{Cookie: session.Cookie{Name: f.name}}); err != nil {
		return err
	}
	kind := kindSigned
	if f.flask {
		kind = kindFlask
	}
	keys, err := f.key.read(cmd, kind)
	if errors.Is(err, secret.ErrNotSet) {
		return fmt.Errorf("%w, or use --key-file", err)
	} else if err != nil && keys.isEmpty() {
		return err // one of the accepted keys, which do not sign, may be bad
	}
	keys.accepted = nil
	if len(args) == 0 && isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: type a JSON object, then press Ctrl-D")
	}
	text, err := readInput(args, cmd.InOrStdin())
	if err != nil {
		return err
	}
	d, err := keys.open(kind, f.config(kind, f.name))
	if err != nil {
		return err
	}
	payload, err := readObject(text, f.flask, codecOf(f.flask))
	if err != nil {
		return err
	}
	token, _, err := d.Save(context.Background(), nil, driver.Write{Payload: payload, At: now, Expires: now.Add(session.DefaultLifetime)})
	switch {
	case errors.Is(err, driver.ErrTooLarge):
		return fmt.Errorf("the JSON has %d bytes, and programs read at most %d from a cookie; see --max-cookie-size", len(payload), f.config(kind, f.name).MaxPayload())
	case err != nil:
		return err
	}
	// Whether programs accept it is best asked of one.
	if _, err := d.Load(context.Background(), string(token)); err != nil {
		return fmt.Errorf("the JSON is not a session: %w", err)
	}
	if keys.isPublished() {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: warning: "+publishedKey)
	}
	if size := len(f.name) + len(token); size > session.DefaultMaxCookieSize {
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: warning: name and value are %d bytes, and browsers reject a cookie of more than %d\n", size, session.DefaultMaxCookieSize)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", token)
	return err
}

// checkCookie has a Manager check a cookie's options.
func checkCookie(o session.Options) error {
	if _, err := session.New(session.Signed(secret.New()), &o); err != nil {
		return fmt.Errorf("no cookie can be called %s: %w", quote(o.Cookie.Name), err)
	}
	return nil
}

// readObject returns the payload that text means, as Save needs it.
func readObject(text string, isFlask bool, codec driver.Codec) ([]byte, error) {
	text = strings.Trim(text, " \t\r\n")
	switch {
	case text == "":
		return nil, errors.New("no JSON given; give an object as the argument or on standard input")
	case !utf8.ValidString(text):
		return nil, errors.New("the JSON is not valid UTF-8")
	case isFlask:
		return readFlaskObject(text, codec)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &values); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, fmt.Errorf("the JSON is broken at byte %d: %w (a shell needs quotes around it: '{\"username\": \"ada\"}')", syntax.Offset, syntax)
		}
	}
	if values == nil {
		return nil, notObject(text)
	}
	if key, ok := duplicateKey(text); ok {
		return nil, fmt.Errorf("the JSON has the key %s twice, and a session has one value for each", word(key))
	}
	// Save needs the keys in order, and every space would need a byte of the cookie.
	var payload bytes.Buffer
	for i, key := range slices.Sorted(maps.Keys(values)) {
		payload.WriteByte("{,"[min(i, 1)])
		payload.Write(codec.AppendKey(nil, key))
		payload.WriteByte(':')
		if err := json.Compact(&payload, values[key]); err != nil {
			return nil, fmt.Errorf("the value of %s: %w", word(key), err)
		}
	}
	if len(values) == 0 {
		payload.WriteByte('{')
	}
	payload.WriteByte('}')
	return payload.Bytes(), nil
}

// duplicateKey returns a key that an object has twice. encoding/json keeps the last silently.
func duplicateKey(text string) (string, bool) {
	decoder := json.NewDecoder(strings.NewReader(text))
	seen := make(map[string]bool)
	if _, err := decoder.Token(); err != nil { // the brace
		return "", false
	}
	for decoder.More() {
		token, err := decoder.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return "", false
		}
		if seen[key] {
			return key, true
		}
		seen[key] = true
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return "", false
		}
	}
	return "", false
}

// readFlaskObject checks that text is what Flask reads a dict from.
func readFlaskObject(text string, codec driver.Codec) ([]byte, error) {
	var document any
	if err := codec.DecodeValue(text, &document); err != nil {
		return nil, fmt.Errorf("the JSON is not Flask's: %w", err)
	}
	values, ok := document.(map[string]any)
	switch {
	case !ok && text[0] == '{':
		return nil, errors.New("the JSON is not a dict for Flask, because its only key is one of Flask's tags")
	case !ok:
		return nil, notObject(text)
	}
	// A dict whose only key is a tag is wrapped in another tag, in the token and in text. Save does
	// that itself, so it must not be there already.
	if plain, ok := unwrap(values, codec); ok {
		return plain, nil
	}
	return []byte(text), nil
}

// unwrap spells a dict that is wrapped, without what it is wrapped in.
func unwrap(values map[string]any, codec driver.Codec) ([]byte, bool) {
	if len(values) != 1 {
		return nil, false
	}
	for key, value := range values {
		payload := append(codec.AppendKey([]byte{'{'}, key), ':')
		// No tag holds an object of two members, so this shows what is a tag.
		if codec.DecodeValue(string(payload)+`{"a":0,"b":0}}`, new(any)) == nil {
			return nil, false
		}
		payload, err := codec.AppendValue(payload, value)
		return append(payload, '}'), err == nil
	}
	return nil, false
}

func notObject(text string) error {
	what := "a number, true or false"
	switch text[0] {
	case '[':
		what = "an array"
	case '"':
		what = "a string"
	case 'n':
		what = "null"
	}
	return fmt.Errorf("the JSON is %s, and a session is an object, such as {\"username\": \"ada\"}", what)
}

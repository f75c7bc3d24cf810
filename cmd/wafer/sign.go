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
		if err := f.check(cmd); err != nil {
			return err
		}
		return sign(cmd, &f, args, f.now.get())
	}
	return cmd
}

func sign(cmd *cobra.Command, f *cookieFlags, args []string, now time.Time) error {
	if f.name == "" {
		f.name = defaultCookie(f.flask)
	}
	if _, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: f.name}}); err != nil {
		return fmt.Errorf("no cookie can be called %s: %w", quote(f.name), err)
	}
	kind := kindSigned
	if f.flask {
		kind = kindFlask
	}
	keys, err := f.keys(cmd, kind)
	if errors.Is(err, secret.ErrNotSet) {
		return fmt.Errorf("%w, or use --key-file", err)
	} else if err != nil && keys.isEmpty() {
		return err // one of the accepted keys, which do not sign, may be bad
	}
	keys.accepted = nil
	text, err := readInput(cmd, args, "type a JSON object")
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
	fmt.Fprintf(cmd.OutOrStdout(), "%s\n", token)
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
	if err := json.Unmarshal([]byte(text), new(json.RawMessage)); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return nil, fmt.Errorf("the JSON is broken at byte %d: %w (a shell needs quotes around it: '{\"username\": \"ada\"}')", syntax.Offset, syntax)
		}
		return nil, err
	}
	if text[0] != '{' {
		return nil, notObject(text)
	}
	// Every space would need a byte of the cookie. What follows cannot fail, because the text is
	// valid JSON.
	var compact bytes.Buffer
	_ = json.Compact(&compact, []byte(text))
	members := make(map[string]string)
	decoder := json.NewDecoder(&compact)
	_, _ = decoder.Token() // the brace
	for decoder.More() {
		token, _ := decoder.Token()
		key, _ := token.(string)
		if members[key] != "" { // encoding/json would keep the last value silently
			return nil, fmt.Errorf("the JSON has the key %s twice, and a session has one value for each", word(key))
		}
		var value json.RawMessage
		_ = decoder.Decode(&value)
		members[key] = string(codec.AppendKey(nil, key)) + ":" + string(value)
	}
	// Save needs the keys in order.
	inOrder := make([]string, 0, len(members))
	for _, key := range slices.Sorted(maps.Keys(members)) {
		inOrder = append(inOrder, members[key])
	}
	return []byte("{" + strings.Join(inOrder, ",") + "}"), nil
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

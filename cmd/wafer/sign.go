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

type signOptions struct {
	flask   bool
	cookie  string
	purpose string
	now     int64
	key     keySource
}

func newSign() *cobra.Command {
	var o signOptions
	cmd := &cobra.Command{
		Use:   "sign [flags] [JSON]",
		Short: "Print a session cookie that holds a JSON object",
		Long: `Sign prints the value of a session cookie that holds JSON, an object of the
session's values. Without JSON, or with -, it is read from standard input.

The key is in SECRET_KEY, or in the file that --key-file names. A token of
Wafer's own is good for one cookie's name only, --cookie or ` + session.DefaultCookieName + `,
and for the purpose that the program gave session.Options, if any: --purpose.
With --flask the JSON is Flask's, taken as it stands: {"t":{" t":[1,2]}} is a
tuple, and NaN is allowed.

A cookie larger than browsers keep is printed with a warning on standard error.

Exit status: 0 if a token was printed, 2 if not.`,
		Example: `  wafer sign '{"username": "ada"}'
  wafer sign --flask --key-file flask.key '{"_permanent":true,"user_id":42}'
  curl -b "session=$(wafer sign --cookie session '{"username": "ada"}')" http://localhost:8080/`,
		Args: atMostOne("JSON object", "put it in quotes"),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.key.given = cmd.Flags().Changed("key-file")
			if err := checkPurpose(o.purpose, o.flask); err != nil {
				return err
			}
			now, err := moment(cmd, o.now)
			if err != nil {
				return err
			}
			return o.sign(cmd, args, now)
		},
	}
	cmd.Flags().BoolVar(&o.flask, "flask", false, "make a Flask program's cookie")
	cmd.Flags().StringVar(&o.cookie, "cookie", "", "the cookie's `NAME`")
	addPurpose(cmd, &o.purpose)
	addNow(cmd, &o.now, "sign as at")
	o.key.addFlag(cmd)
	return cmd
}

func (o *signOptions) sign(cmd *cobra.Command, args []string, now time.Time) error {
	if !cmd.Flags().Changed("cookie") {
		o.cookie = defaultCookie(o.flask)
	}
	if err := checkName(o.cookie); err != nil {
		return err
	}
	kind := kindSigned
	if o.flask {
		kind = kindFlask
	}
	keys, err := o.key.open(kind)
	if errors.Is(err, secret.ErrNotSet) {
		return fmt.Errorf("%w, or use --key-file", err)
	} else if err != nil {
		return err
	}
	if len(args) == 0 && isTerminal(cmd.InOrStdin()) {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: type a JSON object, then press Ctrl-D")
	}
	text, err := readInput(args, cmd.InOrStdin())
	if err != nil {
		return err
	}
	bound, err := bind(keys.signers[0].backend, o.cookie, o.purpose)
	if err != nil {
		return err
	}
	payload, err := readObject(text, o.flask, codecOf(o.flask))
	if err != nil {
		return err
	}
	token, _, err := bound.Save(context.Background(), nil, driver.Write{Payload: payload, At: now, Expires: now.Add(session.DefaultLifetime)})
	if err != nil {
		return err
	}
	// Whether programs will take it is best asked of one.
	if _, err := bound.Load(context.Background(), string(token)); err != nil {
		return fmt.Errorf("the JSON is no session: %w", err)
	}
	if keys.published {
		fmt.Fprintln(cmd.ErrOrStderr(), "wafer: warning: "+publishedKey)
	}
	if size := len(o.cookie) + len(token); size > session.DefaultMaxCookieSize {
		fmt.Fprintf(cmd.ErrOrStderr(), "wafer: warning: name and value are %d bytes, and browsers drop a cookie of more than %d\n", size, session.DefaultMaxCookieSize)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\n", token)
	return err
}

// checkName asks a Manager whether a cookie can have the name.
func checkName(name string) error {
	if name == "" {
		return usageError{errors.New("--cookie is empty")}
	}
	_, err := session.New(session.Signed(secret.New()), &session.Options{Cookie: session.Cookie{Name: name}})
	if err != nil {
		return fmt.Errorf("no cookie can be called %s: %w", quote(name), err)
	}
	return nil
}

// readObject returns the payload that text stands for, as Save wants it.
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
	// Save wants the keys in order, and every space would cost a cookie's byte.
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

// duplicateKey returns a key that an object has twice. encoding/json keeps the
// last of them without a word.
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
		return nil, errors.New("the JSON stands for something else than a dict, since its only key is one of Flask's tags")
	case !ok:
		return nil, notObject(text)
	}
	// A dict whose only key is a tag is wrapped in another tag, in the token
	// and in text. Save does that by itself, so it must not be there already.
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

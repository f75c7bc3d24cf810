package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session"
)

// What was found of a signature.
const (
	valid     = "valid"
	invalid   = "invalid"
	unchecked = "unchecked"
)

// A report is what inspect finds out about a token.
type report struct {
	flask   bool
	cookie  string // the name that the token is checked for
	assumed bool   // nobody said that name: it is the default
	token   string
	now     time.Time
	keys    keyring

	signature  string    // valid, invalid or unchecked
	mismatch   bool      // it is a token, and the key did not sign it
	reason     string    // why no program would take the token
	signedAt   time.Time // zero if the token does not say
	text       string    // the payload as it stands in the token
	payload    []byte    // the payload as JSON, nil if there is none
	payloadErr error     // why there is none
	format     session.Format
	document   any // the payload decoded, nil if it is not JSON
	notes      []string
}

// examine fills in the report, but for the notes. The error is one of the key,
// not of the token.
func (r *report) examine() error {
	var err error
	if r.format, err = formatOf(r.flask); err != nil {
		return err
	}
	var keeper session.Keeper
	if r.keys.backend != nil {
		if keeper, err = bind(r.keys.backend, r.cookie); err != nil {
			return err
		}
	}
	if r.reason = r.look(); r.reason != "" {
		r.signature = invalid
		return nil
	}
	noSession := r.noSession()
	if keeper == nil {
		r.signature, r.reason = unchecked, noSession
		if noSession != "" {
			r.signature = invalid // whatever the key
		}
		return nil
	}
	_, err = keeper.Load(context.Background(), r.token)
	switch {
	case err == nil:
		r.signature, r.reason = valid, noSession
	case errors.Is(err, session.ErrBadPayload):
		r.signature, r.reason = valid, noSession
		if noSession == "" {
			r.reason = "what it signs is no session: " + strings.TrimPrefix(err.Error(), session.ErrBadPayload.Error()+": ")
		}
	default:
		r.mismatch = true
		r.signature, r.reason = invalid, "the signature does not match: another key, another cookie name, or a changed token"
		if r.flask {
			r.reason = "the signature does not match: another key, or a changed token"
		}
	}
	return nil
}

// look reads what the token says of itself, without trusting it, and returns
// what is wrong with it if it is no token.
func (r *report) look() string {
	if r.token == "" {
		return "the cookie is empty; that is how a server deletes one"
	}
	signed, err := itsdangerous.LookUnsafe(r.token)
	r.signedAt, r.text = signed.SignedAt, signed.Value
	malformed, isMalformed := errors.AsType[*itsdangerous.Error](err)
	if isMalformed && errors.Is(err, itsdangerous.ErrBadTimeSignature) {
		r.text = malformed.Payload // the rest of it can still be shown
	}
	limit := itsdangerous.DefaultMaxPayload
	if r.flask {
		limit = flask.DefaultMaxPayload
	}
	if r.payload, r.payloadErr = itsdangerous.AppendDecodedURLSafe([]byte{}, r.text, limit); r.payloadErr != nil || r.text == "" {
		r.payload = nil
	}
	r.decode()

	if at := strings.IndexFunc(r.token, notInToken); at >= 0 {
		char, _ := utf8.DecodeRuneInString(r.token[at:])
		return fmt.Sprintf("it is no token: no token has the character %+q, which is at byte %d; was it padded, quoted or changed on its way?", char, at+1)
	}
	if id, ok := sealedWith(r.token); ok {
		return fmt.Sprintf("it is a sealed token, of the key with the id %s; inspect reads signed ones only", id)
	}
	if isMalformed {
		return "it is no token: " + malformed.Reason
	}
	return ""
}

// sealedWith returns the public id of the key that a sealed token was made
// with, if it looks like one: version 1, four bytes of id, and at least the rest
// of what docs/formats.md describes.
func sealedWith(token string) (id string, ok bool) {
	const version, smallest = 1, 1 + 4 + 24 + 32 + 12 + 20 + 16
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(raw) < smallest || raw[0] != version {
		return "", false
	}
	return hex.EncodeToString(raw[1:5]), true
}

func notInToken(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// noSession says why the payload can be no session, whoever signed it.
func (r *report) noSession() string {
	switch {
	case r.payloadErr != nil:
		return "its payload cannot be read: " + r.payloadErr.Error()
	case !bytes.HasPrefix(bytes.TrimLeft(r.payload, " \t\r\n"), []byte("{")):
		return "its payload is no session: it is not a JSON object"
	}
	return ""
}

// decode reads the payload as values to show: Flask's tags as what they stand
// for, numbers of our own backends as they are spelled.
func (r *report) decode() {
	switch {
	case r.payload == nil:
	case r.flask:
		var document any
		if err := r.format.DecodeValue(string(r.payload), &document); err == nil {
			r.document = document
		}
	case isJSON(r.payload):
		d := json.NewDecoder(bytes.NewReader(r.payload))
		d.UseNumber()
		var document any
		if err := d.Decode(&document); err == nil {
			r.document = document
		}
	}
}

// isJSON is json.Valid, which lets bytes pass that are not UTF-8.
func isJSON(text []byte) bool { return utf8.Valid(text) && json.Valid(text) }

// formatOf returns how a backend writes values. That does not depend on a key,
// so the one it is asked with is thrown away. Nor does it on the digest, which
// is here one that GODEBUG=fips140=only allows.
func formatOf(isFlask bool) (session.Format, error) {
	key := secret.New()
	backend := session.Signed(key)
	if isFlask {
		var err error
		if backend, err = flask.Cookies(key.Reveal(), &flask.CookieOptions{Digest: sha256.New}); err != nil {
			return nil, err
		}
	}
	keeper, err := bind(backend, session.DefaultCookieName)
	if err != nil {
		return nil, err
	}
	return keeper.Format(), nil
}

// size is the bytes that browsers count.
func (r *report) size() int { return len(r.cookie) + len(r.token) }

func (r *report) isCompressed() bool { return strings.HasPrefix(r.text, ".") }

// writeJSON writes the report as one JSON object on lines of its own.
func (r *report) writeJSON(w io.Writer) error {
	head := struct {
		Format     string   `json:"format"`
		Cookie     string   `json:"cookie"`
		Signature  string   `json:"signature"`
		Reason     *string  `json:"reason"`
		SignedAt   *string  `json:"signed_at"`
		Age        *int64   `json:"age_seconds"`
		Size       int      `json:"size"`
		Limit      int      `json:"limit"`
		Compressed bool     `json:"compressed"`
		Notes      []string `json:"notes"`
		Payload    *string  `json:"payload"`
	}{
		Format:     "signed",
		Cookie:     r.cookie,
		Signature:  r.signature,
		Size:       r.size(),
		Limit:      session.DefaultMaxCookieSize,
		Compressed: r.isCompressed(),
		Notes:      append([]string{}, r.notes...),
	}
	if r.flask {
		head.Format = "flask"
	}
	if r.reason != "" {
		head.Reason = &r.reason
	}
	if !r.signedAt.IsZero() {
		at, age := r.signedAt.Format(time.RFC3339), r.now.Unix()-r.signedAt.Unix()
		head.SignedAt, head.Age = &at, &age
	}
	// The values go in by hand: encoding/json would respell them.
	values := []byte("null")
	switch {
	case r.payload == nil:
	case isJSON(r.payload):
		values = bytes.TrimSpace(r.payload)
	default:
		text := string(r.payload)
		head.Payload = &text
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(head); err != nil {
		return err
	}
	out.Truncate(out.Len() - len("\n}\n"))
	out.WriteString(",\n  \"values\": ")
	out.Write(values)
	out.WriteString("\n}\n")
	_, err := w.Write(out.Bytes())
	return err
}

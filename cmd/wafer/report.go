package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// What was found of a signature, or of what seals a token.
const (
	valid     = "valid"
	invalid   = "invalid"
	unchecked = "unchecked"
	unsigned  = "none"
)

// A report is what inspect finds out about a token.
type report struct {
	kind    string
	cookie  string // the name that the token is checked for
	assumed bool   // nobody said that name: it is the default
	purpose string
	token   string
	now     time.Time
	keys    keyring
	keyErr  error // why not every key could be tried, or none

	signature  string    // valid, invalid, unchecked or unsigned
	mismatch   bool      // it is a token, and none of the keys made it
	reason     string    // why no program would take the token
	keyID      string    // of the key that made it; of a sealed one as it says
	by         signer    // that it holds under
	accepted   bool      // by is not the current key
	signedAt   time.Time // or sealed; zero if that is not known
	expiresAt  time.Time // zero if that is not known
	text       string    // the payload as it stands in the token
	payload    []byte    // the payload as JSON, nil if there is none
	payloadErr error     // why there is none
	codec      driver.Codec
	document   any // the payload decoded, nil if it is not JSON
	notes      []string
}

func (r *report) isFlask() bool { return r.kind == kindFlask }

// examine fills in the report, but for the notes. The error is one of the
// cookie's name, not of the token.
func (r *report) examine() error {
	r.codec = codecOf(r.isFlask())
	if r.kind == kindStored {
		r.signature, r.reason = unsigned, "it has the form of the id of a session in a store, and holds nothing itself"
		return nil
	}
	if r.kind == kindBound {
		return r.examineBound()
	}
	if r.reason = r.look(); r.reason != "" {
		r.signature = invalid
		return nil
	}
	for i, s := range r.keys.signers {
		bound, err := bind(s.backend, r.cookie, r.purpose)
		if err != nil {
			return err
		}
		loaded, err := bound.Load(context.Background(), r.token)
		if err == nil || errors.Is(err, session.ErrBadPayload) {
			r.by, r.keyID, r.accepted = s, s.id, i > 0
			r.hold(loaded, err)
			return nil
		}
	}
	r.mismatch = len(r.keys.signers) > 0
	switch noSession := r.noSession(); {
	case r.mismatch && r.keyErr == nil:
		r.signature, r.reason = invalid, r.describeMismatch()
	case noSession != "" && r.kind != kindSealed:
		r.signature, r.reason = invalid, noSession // whatever the key
	default:
		r.signature = unchecked
	}
	return nil
}

// hold notes that a key made the token. The error is one of what it holds.
func (r *report) hold(loaded driver.Snapshot, err error) {
	r.signature = valid
	if r.kind == kindSealed && err == nil {
		r.signedAt, r.expiresAt = loaded.SavedAt, loaded.ExpiresAt
		r.payload = []byte(loaded.Payload)
		r.decode()
	}
	r.reason = r.noSession()
	if r.reason == "" && err != nil {
		r.reason = "what it signs is no session: " + strings.TrimPrefix(err.Error(), session.ErrBadPayload.Error()+": ")
	}
}

// describeMismatch says why none of the keys may have made the token.
func (r *report) describeMismatch() string {
	switch r.kind {
	case kindFlask:
		return "the signature does not match: another key, or a changed token"
	case kindSigned:
		return "the signature does not match: another key, another cookie name or --purpose, or a changed token"
	}
	var ids []string
	for _, s := range r.keys.signers {
		if s.id == r.keyID {
			return "it does not open with its key, " + s.id + ": another cookie name or --purpose, or a changed token"
		}
		ids = append(ids, s.id)
	}
	return fmt.Sprintf("it was sealed with another key, %s, where there is %s", r.keyID, strings.Join(ids, ", "))
}

// look reads what the token says of itself, without trusting it, and returns
// what is wrong with it if it is no token.
func (r *report) look() string {
	if r.token == "" {
		return "the cookie is empty; that is how a server deletes one"
	}
	if r.kind == kindSealed {
		r.keyID, _ = sealedWith(r.token)
		return ""
	}
	signed, err := itsdangerous.LookUnsafe(r.token)
	r.signedAt, r.text = signed.SignedAt, signed.Value
	malformed, isMalformed := errors.AsType[*itsdangerous.Error](err)
	if isMalformed && errors.Is(err, itsdangerous.ErrBadTimeSignature) {
		r.text = malformed.Payload // the rest of it can still be shown
	}
	limit := itsdangerous.DefaultMaxPayload
	if r.isFlask() {
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
	if isMalformed {
		return "it is no token: " + malformed.Reason
	}
	return ""
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
	case r.isFlask():
		var document any
		if err := r.codec.DecodeValue(string(r.payload), &document); err == nil {
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

// size is the bytes that browsers count.
func (r *report) size() int { return len(r.cookie) + len(r.token) }

func (r *report) isCompressed() bool { return strings.HasPrefix(r.text, ".") }

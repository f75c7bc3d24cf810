package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha1" // #nosec G505 -- for the length of Flask's signatures
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/seal"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

// What a cookie's value can be, as the JSON of inspect names it.
const (
	kindSigned  = "signed"
	kindSealed  = "sealed"
	kindStored  = "stored" // the ID of a session in a store
	kindFlask   = "flask"
	kindBound   = "bound" // a cookie that binds a session to a device; see package dbsc
	kindUnknown = "unknown"
)

// What was found of a signature, or of what seals a token.
const (
	valid     = "valid"
	invalid   = "invalid"
	unchecked = "unchecked"
	unsigned  = "none"
)

// The lengths in characters of a signature, by which Flask's HMAC-SHA-1 and ours differ.
var (
	flaskSignature  = base64.RawURLEncoding.EncodedLen(sha1.Size)
	signedSignature = base64.RawURLEncoding.EncodedLen(sha256.Size)
)

// kindOf recognizes a value by its form, which needs no key. With isFlask, whatever is signed is
// Flask's, because a program may have another digest.
func kindOf(value string, isFlask bool) string {
	_, isSealed := seal.KeyID(value)
	switch {
	case isSealed:
		return kindSealed
	case driver.IsID(value):
		return kindStored
	case strings.HasPrefix(value, guard.CookiePrefix):
		return kindBound
	case strings.Count(value, ".") < 2:
		return kindUnknown
	case isFlask || signatureLength(value) == flaskSignature:
		return kindFlask
	}
	return kindSigned
}

// signatureLength is how many characters follow the last dot.
func signatureLength(token string) int { return len(token) - 1 - strings.LastIndexByte(token, '.') }

// A report is what inspect finds out about a token.
type report struct {
	kind    string
	cookie  string // the name that the token is checked for
	assumed bool   // no flag and no line had the name: it is the default
	config  driver.Config
	token   string
	now     time.Time
	keys    keyring
	keyErr  error // why not every key could be tried

	signature  string    // valid, invalid, unchecked or unsigned
	mismatch   bool      // it is a token, and no key made it
	reason     string    // why no program would accept the token
	keyID      string    // of the key under which it is valid, or that a sealed one names
	accepted   bool      // an accepted key made it, not the current one
	signedAt   time.Time // or sealed; zero if unknown
	expiresAt  time.Time // zero if unknown
	text       string    // the payload as the token has it
	payload    []byte    // the payload as JSON, nil if there is none
	payloadErr error     // why there is none
	document   any       // the payload decoded, nil if it is not JSON
	notes      []string
}

func (r *report) isFlask() bool { return r.kind == kindFlask }

// examine fills in the report, except the notes. The error is one of the cookie's name, not of the
// token.
func (r *report) examine() error {
	if r.kind == kindStored {
		r.signature, r.reason = unsigned, "it has the form of the ID of a session in a store, and contains no values"
		return nil
	}
	if r.reason = r.look(); r.reason != "" {
		r.signature = invalid
		return nil
	}
	if !r.keys.isEmpty() {
		loaded, err := r.load(r.keys, r.kind, r.config)
		switch {
		case err == nil || errors.Is(err, driver.ErrBadPayload):
			r.hold(loaded, err)
			return nil
		case !errors.Is(err, driver.ErrRefused):
			return err
		}
		r.mismatch = true
	}
	switch noSession := r.noSession(); {
	case r.mismatch && r.keyErr == nil:
		r.signature, r.reason = invalid, r.describeMismatch()
	case noSession != "" && r.kind != kindSealed:
		r.signature, r.reason = invalid, noSession // under any key
	default:
		r.signature = unchecked
	}
	return nil
}

// load has a driver read the token, as a program would.
func (r *report) load(keys keyring, kind string, c driver.Config) (driver.Snapshot, error) {
	if kind == kindBound {
		return keys.loadBound(r.token, c)
	}
	d, err := keys.open(kind, c)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return d.Load(context.Background(), r.token)
}

// hold notes that a key made the token. The error is about its payload.
func (r *report) hold(loaded driver.Snapshot, err error) {
	r.signature, r.accepted = valid, loaded.Accepted
	if id, ok := strings.CutPrefix(loaded.By, "key "); ok {
		r.keyID = id
	}
	if r.kind == kindSealed && err == nil {
		r.signedAt, r.expiresAt = loaded.SavedAt, loaded.ExpiresAt
		r.payload = []byte(loaded.Payload)
		r.decode()
	}
	r.reason = r.noSession()
	if r.reason == "" && err != nil {
		r.reason = "what it signs is not a session: " + strings.TrimPrefix(err.Error(), driver.ErrBadPayload.Error()+": ")
	}
}

// describeMismatch says why no key may have made the token.
func (r *report) describeMismatch() string {
	switch r.kind {
	case kindFlask:
		return "the signature does not match: another key, or a changed token"
	case kindSigned, kindBound:
		return "the signature does not match: another key, another cookie name or --purpose, or a changed token"
	}
	ids := append([]string{r.keys.current.ID()}, r.keys.acceptedIDs()...)
	if slices.Contains(ids, r.keyID) {
		return "its key, " + r.keyID + ", does not open it: another cookie name or --purpose, or a changed token"
	}
	return fmt.Sprintf("it was sealed with another key, %s; the keys here are %s", r.keyID, strings.Join(ids, ", "))
}

// look reads what the token says of itself, without trusting it. If the token has not the form of
// one, it returns what is wrong with it.
func (r *report) look() string {
	if r.token == "" {
		return "the cookie is empty; that is how a server deletes one"
	}
	if id, ok := seal.KeyID(r.token); ok {
		r.keyID = hex.EncodeToString(id[:])
		return ""
	}
	if r.kind == kindBound {
		return cmp.Or(badCharacter(r.token), r.lookBound())
	}
	signed, err := itsdangerous.LookUnsafe(r.token)
	r.signedAt, r.text = signed.SignedAt, signed.Value
	malformed, isMalformed := errors.AsType[*itsdangerous.Error](err)
	if isMalformed && errors.Is(err, itsdangerous.ErrBadTimeSignature) {
		r.text = malformed.Payload // the rest of it can still be shown
	}
	if r.payload, r.payloadErr = itsdangerous.AppendDecodedURLSafe([]byte{}, r.text, r.config.MaxPayload()); r.payloadErr != nil || r.text == "" {
		r.payload = nil
	}
	r.decode()

	reason := badCharacter(r.token)
	if reason == "" && isMalformed {
		reason = "it is not a token: " + malformed.Reason
	}
	return reason
}

// badCharacter names the first character that no token has, and is empty if there is none.
func badCharacter(token string) string {
	at := strings.IndexFunc(token, notInToken)
	if at < 0 {
		return ""
	}
	char, _ := utf8.DecodeRuneInString(token[at:])
	return fmt.Sprintf("it is not a token: no token has the character %+q, which is at byte %d; was it padded, quoted or changed on its way?", char, at+1)
}

func notInToken(r rune) bool {
	return !('A' <= r && r <= 'Z' || 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.')
}

// noSession says why the payload cannot be a session under any key.
func (r *report) noSession() string {
	switch {
	case r.payloadErr != nil:
		return "its payload cannot be read: " + r.payloadErr.Error()
	case !bytes.HasPrefix(bytes.TrimLeft(r.payload, " \t\r\n"), []byte("{")):
		return "its payload is not a session: it is not a JSON object"
	}
	return ""
}

// decode reads the payload as values to show: Flask's tags as what they mean, numbers of our own
// backends as they are spelled.
func (r *report) decode() {
	switch {
	case r.isFlask():
		if codecOf(true).DecodeValue(string(r.payload), &r.document) != nil {
			r.document = nil
		}
	case isJSON(r.payload):
		d := json.NewDecoder(bytes.NewReader(r.payload))
		d.UseNumber()
		_ = d.Decode(&r.document) // it is JSON
	}
}

// isJSON is json.Valid, which accepts bytes that are not UTF-8.
func isJSON(text []byte) bool { return utf8.Valid(text) && json.Valid(text) }

// size is the bytes that browsers count.
func (r *report) size() int { return len(r.cookie) + len(r.token) }

func (r *report) isCompressed() bool { return strings.HasPrefix(r.text, ".") }

// usualNames are cookie names to try a token with that is not valid under the given one.
func (r *report) usualNames() []string {
	suffix := ""
	if r.kind == kindBound {
		suffix = guard.CookieSuffix
	}
	return []string{session.DefaultCookieName + suffix, "__Secure-session" + suffix, "session" + suffix}
}

// addNotes adds what may help the operator further.
func (r *report) addNotes() {
	switch {
	case r.kind == kindStored:
		r.note("`wafer store show --cookie -` shows the session with this ID from the store")
	case r.kind == kindUnknown:
	case r.mismatch && !r.noteOther() || r.signature == unchecked:
		r.noteLength()
	}
	if r.keys.isPublished() {
		r.note(publishedKey)
	}
	if size := r.size(); size > session.DefaultMaxCookieSize {
		r.note("the cookie is %d bytes over the limit of browsers, which reject it", size-session.DefaultMaxCookieSize)
	}
	if !r.expiresAt.IsZero() && r.now.Unix() > r.expiresAt.Unix() {
		r.note("it has expired, so programs refuse it")
	}
	switch {
	case r.kind == kindBound:
		r.noteBound()
	case !r.signedAt.IsZero():
		switch age := r.now.Unix() - r.signedAt.Unix(); {
		case age < 0:
			r.note("it was %s in the future, so programs refuse it; the clock of the machine that made it may be ahead", r.verb())
		case r.expiresAt.IsZero() && age > int64(session.DefaultLifetime.Seconds()):
			r.note("it is older than %d days, so programs refuse it unless their Lifetime is longer", int(session.DefaultLifetime.Hours()/24))
		}
	}
	if r.payload != nil && r.document == nil && strings.HasPrefix(string(r.payload), "{") {
		r.note("the payload is not JSON, so it is shown unchanged")
	}
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// verb is what was done to the token.
func (r *report) verb() string {
	if r.kind == kindSealed {
		return "sealed"
	}
	return "signed"
}

// noteOther notes for what the token is valid, if not for what was asked, and reports whether there
// is such a thing.
func (r *report) noteOther() bool {
	usual := r.usualNames()
	named := append([]string{r.cookie}, usual...)
	if r.isFlask() {
		keys, ok := r.keys.asWafers()
		if !ok || signatureLength(r.token) == flaskSignature {
			return false
		}
		name, ok := r.validFor(keys, kindSigned, named, "")
		if ok {
			r.note("the signature is that of Wafer's own cookie %s: leave out --flask, and add --cookie %[1]s", word(name))
		}
		return ok
	}
	if name, ok := r.validFor(r.keys, r.kind, usual, r.config.Purpose); ok {
		r.note("it is valid for a cookie called %s, so the token was moved from there to %s; if only the name is wrong here, add --cookie %[1]s", word(name), word(r.cookie))
		return true
	}
	name, ok := r.validFor(r.keys, r.kind, named, "")
	if ok = ok && r.config.Purpose != ""; ok {
		r.note("it is valid without a purpose, as the cookie %s: leave out --purpose, and add --cookie %[1]s", word(name))
	}
	return ok
}

// validFor returns the first of names under which the token is valid.
func (r *report) validFor(keys keyring, kind string, names []string, purpose string) (string, bool) {
	for _, name := range names {
		c := r.config
		c.CookieName, c.Purpose = name, purpose
		if _, err := r.load(keys, kind, c); err == nil {
			return name, true
		}
	}
	return "", false
}

// noteLength notes whose a token may be that no key here can check.
func (r *report) noteLength() {
	length := signatureLength(r.token)
	switch {
	case r.kind == kindSealed, length == flaskSignature:
	case length == signedSignature && r.isFlask():
		r.note("the signature has the length of Wafer's own, not of Flask's: leave out --flask, unless the Flask program's digest_method is SHA-256")
	case length != signedSignature:
		r.note("the length of the signature is %d, where Flask's has %d and Wafer's own %d: the token may have been cut", length, flaskSignature, signedSignature)
	}
}

package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/session"
)

// The lengths in characters of a signature: HMAC-SHA-1 and HMAC-SHA-256 in
// base64 without padding.
const (
	flaskSignature  = 27
	signedSignature = 43
)

// usualNames are cookie names to try a token with that does not hold under the
// one given.
var usualNames = []string{session.DefaultCookieName, "__Secure-session", "session"}

// addNotes adds what may help the operator further.
func (r *report) addNotes(source keySource) {
	if isStoredID(r.token) {
		r.note("it has the form of the id of a session that is kept in a store: `wafer store show --cookie -` looks there")
	}
	if r.mismatch && !r.noteOther(source) || r.signature == unchecked {
		r.noteLength()
	}
	if r.keys.published {
		r.note(publishedKey)
	}
	if size := r.size(); size > session.DefaultMaxCookieSize {
		r.note("the cookie is %d bytes larger than browsers keep: they drop it", size-session.DefaultMaxCookieSize)
	}
	if !r.signedAt.IsZero() {
		switch age := r.now.Unix() - r.signedAt.Unix(); {
		case age < 0:
			r.note("it was signed in the future, so programs refuse it; the clock of the machine that signed it may be ahead")
		case age > int64(session.DefaultLifetime.Seconds()):
			r.note("it is older than %d days, so programs refuse it unless their Lifetime is longer", int(session.DefaultLifetime.Hours()/24))
		}
	}
	if r.payload != nil && r.document == nil && strings.HasPrefix(string(r.payload), "{") {
		r.note("the payload is not JSON, so it is shown as it stands")
	}
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// noteOther says in which other way the signature does hold under the key, and
// whether there is one.
func (r *report) noteOther(source keySource) bool {
	other, ok := source.openOther(r.flask)
	switch {
	case ok && r.flask:
		if name, ok := r.holds(other, append([]string{r.cookie}, usualNames...)); ok {
			r.note("the signature holds as one of Wafer's own, for the cookie %s: leave out --flask, and add --cookie %[1]s", word(name))
			return true
		}
	case ok:
		if _, ok := r.holds(other, usualNames[:1]); ok { // one will do: Flask's hold under all
			r.note("the signature holds as Flask's: add --flask")
			return true
		}
	}
	if r.flask {
		return false
	}
	name, ok := r.holds(r.keys.backend, usualNames)
	if ok {
		r.note("the signature holds for a cookie called %s, so the token was moved from there to %s; if only the name is wrong here, add --cookie %[1]s", word(name), word(r.cookie))
	}
	return ok
}

// holds returns the first of names under which the signature holds.
func (r *report) holds(backend session.Backend, names []string) (string, bool) {
	for _, name := range names {
		keeper, err := bind(backend, name)
		if err != nil {
			return "", false
		}
		if _, err := keeper.Load(context.Background(), r.token); err == nil {
			return name, true
		}
	}
	return "", false
}

// noteLength tells whose a token may be that nobody can check.
func (r *report) noteLength() {
	length := len(r.token) - 1 - strings.LastIndexByte(r.token, '.')
	switch {
	case length == flaskSignature && !r.flask:
		r.note("the signature has the length of Flask's: if a Flask program made the cookie, add --flask")
	case length == signedSignature && r.flask:
		r.note("the signature has the length of Wafer's own, not of Flask's: leave out --flask, unless the Flask program's digest_method is SHA-256")
	case length != flaskSignature && length != signedSignature:
		r.note("the length of the signature is %d, where that of Flask's is %d and of Wafer's own %d: the token may have been cut", length, flaskSignature, signedSignature)
	}
}

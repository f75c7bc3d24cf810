package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/session"
)

// usualNames are cookie names to try a token with that does not hold under the
// one given.
var usualNames = []string{session.DefaultCookieName, "__Secure-session", "session"}

// addNotes adds what may help the operator further.
func (r *report) addNotes(source keySource) {
	switch {
	case r.kind == kindStored:
		r.note("`wafer store show --cookie -` looks into the store for the session with this id")
	case r.kind == kindUnknown:
	case r.kind == kindBound:
		r.note("it proves when the browser had the device's key, and holds no session: that is in the cookie %s", word(sessionOf(r.cookie)))
	case r.mismatch && !r.noteOther(source) || r.signature == unchecked:
		r.noteLength()
	}
	if r.keys.published {
		r.note(publishedKey)
	}
	if size := r.size(); size > session.DefaultMaxCookieSize {
		r.note("the cookie is %d bytes larger than browsers keep: they drop it", size-session.DefaultMaxCookieSize)
	}
	if !r.expiresAt.IsZero() && r.now.Unix() > r.expiresAt.Unix() {
		r.note("it has expired, so programs refuse it")
	}
	if !r.signedAt.IsZero() {
		switch age := r.now.Unix() - r.signedAt.Unix(); {
		case age < 0:
			r.note("it was %s in the future, so programs refuse it; the clock of the machine that made it may be ahead", r.verb())
		case r.expiresAt.IsZero() && age > int64(session.DefaultLifetime.Seconds()):
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

// verb is what was done to the token.
func (r *report) verb() string {
	if r.kind == kindSealed {
		return "sealed"
	}
	return "signed"
}

// noteOther says in which other way the token does hold under the key, and
// whether there is one.
func (r *report) noteOther(source keySource) bool {
	if r.kind == kindFlask {
		other, ok := source.openWafers()
		if !ok || signatureLength(r.token) == flaskSignature {
			return false
		}
		name, ok := r.holds(other, append([]string{r.cookie}, usualNames...), "")
		if ok {
			r.note("the signature holds as one of Wafer's own, for the cookie %s: leave out --flask, and add --cookie %[1]s", word(name))
		}
		return ok
	}
	for _, s := range r.keys.signers {
		if name, ok := r.holds(s.backend, usualNames, r.purpose); ok {
			r.note("it holds for a cookie called %s, so the token was moved from there to %s; if only the name is wrong here, add --cookie %[1]s", word(name), word(r.cookie))
			return true
		}
		if name, ok := r.holds(s.backend, append([]string{r.cookie}, usualNames...), ""); ok && r.purpose != "" {
			r.note("it holds without a purpose, for the cookie %s: leave out --purpose, and add --cookie %[1]s", word(name))
			return true
		}
	}
	return false
}

// holds returns the first of names under which the token holds.
func (r *report) holds(backend session.Backend, names []string, purpose string) (string, bool) {
	for _, name := range names {
		bound, err := bind(backend, name, purpose)
		if err != nil {
			return "", false
		}
		if _, err := bound.Load(context.Background(), r.token); err == nil {
			return name, true
		}
	}
	return "", false
}

// noteLength tells whose a token may be that nobody can check.
func (r *report) noteLength() {
	length := signatureLength(r.token)
	switch {
	case r.kind == kindSealed, length == flaskSignature:
	case length == signedSignature && r.kind == kindFlask:
		r.note("the signature has the length of Wafer's own, not of Flask's: leave out --flask, unless the Flask program's digest_method is SHA-256")
	case length != signedSignature:
		r.note("the length of the signature is %d, where that of Flask's is %d and of Wafer's own %d: the token may have been cut", length, flaskSignature, signedSignature)
	}
}

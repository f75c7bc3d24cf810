package main

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/dbsc"
	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
)

// loadBound verifies a bound cookie as package dbsc does, except for its age.
func (k keyring) loadBound(value string, c driver.Config) (driver.Snapshot, error) {
	name, ok := strings.CutSuffix(c.CookieName, guard.CookieSuffix)
	if !ok { // no program reads a bound cookie under that name
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	c.CookieName = name
	signer, _, err := guard.Signers(c.Scope(), k.current, k.accepted)
	if err != nil {
		return driver.Snapshot{}, err
	}
	signed, err := signer.Open(value)
	if err != nil {
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	keys := append([]secret.Key{k.current}, k.accepted...)
	return driver.Snapshot{Accepted: signed.Key > 0, By: "key " + keys[signed.Key].ID()}, nil
}

// lookBound is look for a bound cookie. docs/formats.md describes its parts.
func (r *report) lookBound() string {
	signed, err := itsdangerous.LookUnsafe(r.token)
	parts := strings.Split(strings.TrimPrefix(signed.Value, guard.CookiePrefix), ".")
	inCookie := len(parts) == 6 // the session is kept in its cookie
	if err != nil || len(parts) != 2 && !inCookie {
		return "it begins like a bound cookie, but is not one: a part is missing or malformed"
	}
	values := map[string]string{"session_identifier": parts[0]}
	if inCookie {
		values["algorithm"], values["key"] = parts[2], parts[3]
		values["registered"], values["enforced"] = rfc3339(parts[4]), rfc3339(parts[5])
	}
	r.signedAt = signed.SignedAt
	r.payload, _ = json.Marshal(values) // strings have no error
	r.decode()
	return ""
}

// rfc3339 returns Unix seconds as RFC 3339, and other text unchanged.
func rfc3339(text string) string {
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return text
	}
	return time.Unix(seconds, 0).UTC().Format(time.RFC3339)
}

// noteBound adds what a bound cookie is for, and whether the browser should have a newer one.
func (r *report) noteBound() {
	r.note("a bound cookie proves when the browser had the device's key; the session is that of the cookie %s", word(strings.TrimSuffix(r.cookie, guard.CookieSuffix)))
	if r.signedAt.IsZero() {
		return
	}
	switch age := r.now.Unix() - r.signedAt.Unix(); {
	case age < 0:
		r.note("it was signed in the future, so programs may refuse it; the clock of the machine that made it may be ahead")
	case age > int64(dbsc.DefaultLifetime.Seconds()):
		r.note("it is older than %d minutes, the default of dbsc's Options.Lifetime: the browser should have refreshed it", int(dbsc.DefaultLifetime.Minutes()))
	}
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/secret"
	"github.com/wafer-go/wafer/session/driver"
)

// boundBackend reads the cookies that bind sessions to devices, as a backend reads those that
// contain sessions.
type boundBackend struct{ key secret.Key }

// Open returns a driver that only loads.
func (b boundBackend) Open(c driver.Config) (driver.Driver, error) {
	c.CookieName = sessionOf(c.CookieName)
	signer, err := itsdangerous.NewTimestampSigner(b.key.Bytes(), &itsdangerous.Options{
		Salt: guard.CookieSalt + c.Scope(), Digest: sha256.New, Derivation: itsdangerous.HMAC,
	})
	return boundDriver{signer: signer}, err
}

// sessionOf returns the name of the session's cookie beside a bound one.
func sessionOf(cookie string) string { return strings.TrimSuffix(cookie, guard.CookieSuffix) }

type boundDriver struct {
	driver.Driver // it does not save
	signer        *itsdangerous.TimestampSigner
}

// Load returns what the cookie says as a payload.
func (d boundDriver) Load(_ context.Context, value string) (driver.Snapshot, error) {
	token, err := d.signer.Open(value)
	if err != nil {
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	return driver.Snapshot{Payload: boundPayload(token.Value), SavedAt: token.SignedAt}, nil
}

// boundPayload returns what the signed part of a bound cookie says, as JSON.
func boundPayload(text string) string {
	parts := strings.Split(strings.TrimPrefix(text, guard.CookiePrefix), ".")
	said := map[string]any{"session_identifier": parts[0]}
	if len(parts) == 6 { // of a session that is kept in its cookie
		said["algorithm"], said["key"] = parts[2], parts[3]
		for name, at := range map[string]string{"registered": parts[4], "enforced": parts[5]} {
			if seconds, err := strconv.ParseInt(at, 10, 64); err == nil {
				said[name] = time.Unix(seconds, 0).UTC().Format(time.RFC3339)
			}
		}
	}
	payload, err := json.Marshal(said)
	if err != nil {
		return "{}" // it is made of strings
	}
	return string(payload)
}

// examineBound fills in the report of a bound cookie. The error is one of the cookie's name.
func (r *report) examineBound() error {
	signed, err := itsdangerous.LookUnsafe(r.token)
	if err != nil || strings.Count(signed.Value, ".") < 2 {
		r.signature, r.reason = invalid, "it begins as a bound cookie does, and is not one"
		return nil
	}
	r.signedAt, r.payload = signed.SignedAt, []byte(boundPayload(signed.Value))
	r.decode()
	r.signature = unchecked
	for i, s := range r.keys.signers {
		bound, err := bind(s.backend, r.cookie, r.purpose)
		if err != nil {
			return err
		}
		if _, err := bound.Load(context.Background(), r.token); err == nil {
			r.signature, r.by, r.keyID, r.accepted = valid, s, s.id, i > 0
			return nil
		}
	}
	if r.mismatch = len(r.keys.signers) > 0; r.mismatch && r.keyErr == nil {
		r.signature, r.reason = invalid, "the signature does not match: another key, another cookie name or --purpose, or a changed cookie"
	}
	return nil
}

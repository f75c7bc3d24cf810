package main

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/wafer-go/wafer/internal/guard"
	"github.com/wafer-go/wafer/session/driver"
)

// What a cookie's value can be, as the JSON of inspect names it.
const (
	kindSigned  = "signed"
	kindSealed  = "sealed"
	kindStored  = "stored" // the id of a session in a store
	kindFlask   = "flask"
	kindBound   = "bound" // the cookie that binds a session to a device; see package dbsc
	kindUnknown = "unknown"
)

// The lengths in characters of a signature: HMAC-SHA-1 and HMAC-SHA-256 in
// base64 without padding.
const (
	flaskSignature  = 27
	signedSignature = 43
)

// kindOf tells what a value is by its form, which shows without a key. With
// isFlask, what is signed at all is Flask's: a program may have another digest.
func kindOf(value string, isFlask bool) string {
	_, isSealed := sealedWith(value)
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
func signatureLength(token string) int {
	return len(token) - 1 - strings.LastIndexByte(token, '.')
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

package main

import "encoding/base64"

// storedIDBytes and storedIDLength are the size of the id in the cookie of a
// stored session, as it is and in base64url without padding.
const (
	storedIDBytes  = 32
	storedIDLength = 43
)

// isStoredID reports whether a cookie's value has the form of such an id, in
// its one spelling.
func isStoredID(value string) bool {
	if len(value) != storedIDLength {
		return false
	}
	id, err := base64.RawURLEncoding.Strict().DecodeString(value)
	return err == nil && len(id) == storedIDBytes
}

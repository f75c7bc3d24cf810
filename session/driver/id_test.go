package driver

import (
	"encoding/base64"
	"testing"
)

// FuzzID holds the cookie of a stored session to one spelling: what is taken
// for an id is 32 bytes, written in the one way in which they are.
func FuzzID(f *testing.F) {
	f.Add(NewID())
	f.Fuzz(func(t *testing.T, value string) {
		raw, err := base64.RawURLEncoding.DecodeString(value)
		want := err == nil && len(raw) == idSize && base64.RawURLEncoding.EncodeToString(raw) == value
		if got := IsID(value); got != want {
			t.Errorf("%q is an id: %v, want %v", value, got, want)
		}
	})
}

func TestIDsAreNeverAlike(t *testing.T) {
	seen := make(map[string]bool)
	for range 1000 {
		id := NewID()
		if !IsID(id) || seen[id] {
			t.Fatalf("%q came twice, or is no id", id)
		}
		seen[id] = true
	}
}

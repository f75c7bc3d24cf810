package driver

import (
	"encoding/base64"
	"strings"
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

func TestIsID_HasOneSpelling(t *testing.T) {
	good := strings.Repeat("aZ09-_", 7) + "A"
	for _, value := range []string{"", good[1:], good + "A", good[:42] + "B", "+" + good[1:], good[:20] + "=" + good[21:], good[:42] + "é"} {
		if IsID(value) {
			t.Errorf("%q is an ID", value)
		}
	}
	if !IsID(good) {
		t.Errorf("%q is not an ID", good)
	}
}

func TestParseRecord_WhatRecordsSayOfTheirSessions(t *testing.T) {
	for what, c := range map[string]struct {
		data    []byte
		state   RecordState
		payload string
	}{
		"nothing":                        {nil, Ended, ""},
		"superseded":                     {SupersededRecord([]byte(`{"n":1}`)), Superseded, `{"n":1}`},
		"superseded, nothing to be read": {SupersededRecord(nil), Superseded, `{}`},
	} {
		if state, payload := ParseRecord(c.data); state != c.state || string(payload) != c.payload {
			t.Errorf("%s: %v, %q", what, state, payload)
		}
	}
}

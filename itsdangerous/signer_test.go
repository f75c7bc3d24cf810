package itsdangerous

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// Python takes padding, the standard alphabet, spare bits, bytes that are not
// ASCII, and some stray bytes and newlines, depending on the length.
func TestASignatureHasOneSpelling(t *testing.T) {
	s, err := NewSigner([]byte("k"), nil)
	if err != nil {
		t.Fatal(err)
	}
	// A value whose signature has both characters in which the alphabets of
	// base64 differ.
	var value, signature string
	for n := 0; !strings.Contains(signature, "-") || !strings.Contains(signature, "_"); n++ {
		value = strings.Repeat("v", n)
		signature = strings.TrimPrefix(s.Sign(value), value+".")
	}
	if _, err := s.Unsign(value + "." + signature); err != nil {
		t.Fatal(err)
	}
	sum, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		t.Fatal(err)
	}
	// SHA-1 has 20 bytes: the last character holds two bits that count for
	// nothing.
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := len(signature) - 1
	spare := signature[:last] + string(alphabet[strings.IndexByte(alphabet, signature[last])|1])
	if again, _ := base64.RawURLEncoding.DecodeString(spare); spare == signature || string(again) != string(sum) {
		t.Fatalf("%s does not spell the bytes of %s", spare, signature)
	}
	for what, spelling := range map[string]string{
		"padding":            signature + "=",
		"too much padding":   signature + "==",
		"standard alphabet":  base64.RawStdEncoding.EncodeToString(sum),
		"spare bits":         spare,
		"newline at the end": signature + "\n",
		"newline instead":    signature[:last] + "\n",
		"newline within":     signature[:9] + "\r\n" + signature[9:],
		"stray byte":         signature[:9] + "!" + signature[9:],
		"space before":       " " + signature,
		"not ASCII":          signature + "é",
		"another case":       strings.ToLower(signature),
		"cut":                signature[:last],
		"empty":              "",
	} {
		if got, err := s.Unsign(value + "." + spelling); !errors.Is(err, ErrBadSignature) {
			t.Errorf("%s: taken as %q, %v", what, got, err)
		}
	}
}

//go:build !race

// The race detector drops pooled memory at random, so there is nothing to
// count under it.

package itsdangerous

import (
	"bytes"
	"crypto/sha256"
	"testing"
)

func TestSigningAndVerifyingAllocateNothing(t *testing.T) {
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New, Derivation: HMAC}, []byte("an older key"))
	plain, _ := NewSigner([]byte("a key"), &Options{Digest: sha256.New, Derivation: HMAC})
	token, dst := s.Sign("eyJhIjoxfQ"), append(make([]byte, 0, 2048), "eyJhIjoxfQ"...)
	forged, timeless, large := token[:len(token)-4]+"AAAA", plain.Sign("eyJhIjoxfQ"), bytes.Repeat([]byte("large "), 200)
	compressed := string(AppendURLSafe(nil, large, 0))
	for _, tt := range []struct {
		what string
		most float64
		call func()
	}{
		{"Open", 0, func() { _, _ = s.Open(token) }},
		{"Open of a forged token", 0, func() { _, _ = s.Open(forged) }},
		{"Open of a token without signature", 0, func() { _, _ = s.Open("eyJhIjoxfQ") }},
		{"Open of a token without timestamp", 0, func() { _, _ = s.Open(timeless) }},
		{"SignTail", 0, func() { s.SignTail(dst, 0, noon) }},
		{"AppendURLSafe", 0, func() { AppendURLSafe(dst, large, -1) }},
		{"AppendURLSafe that compresses", 0, func() { AppendURLSafe(dst, large, 0) }},
		{"AppendDecodedURLSafe", 0, func() { _, _ = AppendDecodedURLSafe(dst, "eyJhIjoxfQ", 100) }},
		{"AppendDecodedURLSafe that inflates", 1, // compress/flate's own table of long codes
			func() { _, _ = AppendDecodedURLSafe(dst, compressed, len(large)) }},
		{"Signer.Unsign", 0, func() { _, _ = plain.Unsign(timeless) }},
		{"Signer.Sign", 1, func() { plain.Sign("eyJhIjoxfQ") }},
		{"TimestampSigner.Sign", 1, func() { s.Sign("eyJhIjoxfQ") }},
	} {
		if n := testing.AllocsPerRun(200, tt.call); n > tt.most {
			t.Errorf("%s allocates %v times, want %v", tt.what, n, tt.most)
		}
	}
}

package itsdangerous

import (
	"crypto/sha256"
	"testing"
)

func BenchmarkOpen(b *testing.B) {
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New, Derivation: HMAC})
	token := s.Sign("eyJhIjoxfQ")
	for what, token := range map[string]string{"good": token, "forged": token[:len(token)-4] + "AAAA"} {
		b.Run(what, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = s.Open(token)
			}
		})
	}
}

func BenchmarkSignTail(b *testing.B) {
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New, Derivation: HMAC})
	dst := append(make([]byte, 0, 256), "eyJhIjoxfQ"...)
	b.ReportAllocs()
	for b.Loop() {
		s.SignTail(dst, 0, noon)
	}
}

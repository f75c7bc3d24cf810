package itsdangerous

import (
	"bytes"
	"crypto/sha256"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestNoChangedTokenIsTaken(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	s, _ := NewTimestampSigner([]byte("a key"), &Options{Digest: sha256.New}, []byte("an older key"))
	other, _ := NewTimestampSigner([]byte("another key"), &Options{Digest: sha256.New})
	one, two := s.Sign("eyJhIjoxfQ"), s.Sign("eyJhIjoyfQ.more")
	if one2, err := s.Open(one); err != nil || one2.Value != "eyJhIjoxfQ" {
		t.Fatal("the token itself is not taken")
	}
	parts1, parts2 := strings.Split(one, "."), strings.Split(two, ".")
	for i := range 20_000 {
		b := []byte(one)
		switch i % 7 {
		case 0:
			b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		case 1:
			b = b[:random.IntN(len(b))]
		case 2:
			n := random.IntN(len(b) + 1)
			b = bytes.Join([][]byte{b[:n], b[n:]}, []byte{byte(random.IntN(256))})
		case 3:
			n := random.IntN(len(b))
			b = append(b[:n], b[n+1:]...)
		case 4:
			n, m := random.IntN(len(b)), random.IntN(len(two))
			b = append(b[:n], two[m:]...)
		case 5:
			parts := append(append([]string(nil), parts1...), parts2...)
			random.Shuffle(len(parts), func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
			b = []byte(strings.Join(parts[:1+random.IntN(len(parts))], "."))
		case 6:
			b = []byte(other.Sign(parts1[0]))
		}
		if token := string(b); token != one && token != two {
			if signed, err := s.Open(token); err == nil {
				t.Fatalf("took %q, made of %q and %q, as %+v", token, one, two, signed)
			}
		}
	}
}

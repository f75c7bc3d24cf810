package interop

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"log/slog"
	"testing"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
)

// digests are those that both languages have, by their names in hashlib.
var digests = map[string]func() hash.Hash{
	"md5":      md5.New,
	"sha1":     sha1.New,
	"sha224":   sha256.New224,
	"sha256":   sha256.New,
	"sha384":   sha512.New384,
	"sha512":   sha512.New,
	"sha3_256": func() hash.Hash { return sha3.New256() },
}

// signing is how a case's tokens are signed. Its JSON form is what
// python/sessions.py and python/tokens.py take.
type signing struct {
	Keys       []key  `json:"keys"` // the current one, then those accepted, newest first
	Salt       string `json:"salt"`
	Digest     string `json:"digest"`
	Derivation string `json:"derivation"`
}

// key is a secret key, which Python takes as bytes or, where it is UTF-8, as
// text.
type key struct {
	Hex  string `json:"hex"`
	Text bool   `json:"text"`
}

func (k key) bytes() []byte {
	b, err := hex.DecodeString(k.Hex)
	if err != nil {
		panic(err) // randomKey wrote it
	}
	return b
}

func (r *random) key() key {
	b := r.bytes(1 + r.IntN(200))
	if r.in(2) {
		b = []byte(r.validText())
		if len(b) == 0 {
			b = []byte("k")
		}
	}
	return key{hex.EncodeToString(b), utf8.Valid(b) && r.in(2)}
}

// flaskSigning is Flask's own way to sign, most times, or another.
func (r *random) flaskSigning() signing {
	s := signing{Salt: "cookie-session", Digest: "sha1", Derivation: "hmac"}
	for range 1 + max(0, r.IntN(6)-2) {
		s.Keys = append(s.Keys, r.key())
	}
	if r.in(3) {
		s.Salt = "s" + r.validText()
	}
	if r.in(3) {
		s.Digest = pick(r, sortedKeys(digests)...)
	}
	if r.in(3) {
		s.Derivation = pick(r, "hmac", "concat", "django-concat", "none")
	}
	return s
}

// backend is the same way to sign in Go.
func (s signing) backend(t testing.TB) session.Backend {
	t.Helper()
	opts := &flask.CookieOptions{
		Salt:              s.Salt,
		Digest:            digests[s.Digest],
		Derivation:        itsdangerous.Derivation(s.Derivation),
		MaxPayload:        4 << 20,
		AllowPublishedKey: true,
		Logger:            slog.New(slog.DiscardHandler),
	}
	var fallbackKeys []string
	for _, key := range s.Keys[1:] {
		fallbackKeys = append(fallbackKeys, string(key.bytes()))
	}
	b, err := flask.Cookies(string(s.Keys[0].bytes()), opts, fallbackKeys...)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// rotated has the same keys with another as the current one.
func (s signing) rotated(r *random) signing {
	i := r.IntN(len(s.Keys))
	keys := append([]key(nil), s.Keys...)
	keys[0], keys[i] = keys[i], keys[0]
	s.Keys = keys
	return s
}

// keyThatSigned is the number of other's current key among s's.
func (s signing) keyThatSigned(other signing) int {
	for i, key := range s.Keys {
		if key.Hex == other.Keys[0].Hex {
			return i
		}
	}
	return -1
}

// randomTime is a Unix time: the bounds of what fits one byte, two and so on,
// those that other formats break at (2038, 2106), and any other.
func (r *random) time() int64 {
	return pick(r, 0, 1, 255, 256, 65535, 65536, 1<<24, 1<<31-1, 1<<31, 1<<32-1, 1<<32, 1<<33,
		253402300799, 1700000000, r.Int64N(1<<31), r.Int64N(1<<31), r.Int64N(1<<31), r.Int64N(1<<33), r.Int64N(253402300800))
}

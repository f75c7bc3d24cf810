package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
)

// A key's length in bytes. 32 bytes are 256 bits, the size of the keys of HMAC-SHA-256 and AES-256;
// New makes keys of just that size. The upper limit is there to catch a whole file given by
// mistake.
const (
	MinSize = 32
	MaxSize = 1024
)

// idLabel is what a key's id is the HMAC of. To change it changes every id.
const idLabel = "wafer/secret: key id, version 1"

// Key is a secret key of [MinSize] to [MaxSize] bytes.
//
// The zero Key is empty: [Key.IsZero] reports it, and code that accepts a Key must refuse it. A Key
// is immutable, may be copied, and is safe for concurrent use. Keys cannot be compared with ==,
// which would not run in constant time; use [Key.Equal].
type Key struct {
	// hidden returns the bytes, which must not be changed. They are behind a function because
	// printers do not call it: fmt shows the fields of a struct that it finds in an unexported
	// field without calling a method, and other printers follow pointers.
	hidden func() []byte
}

// newKey returns a Key that holds material, of which the caller keeps no copy.
func newKey(material []byte) Key {
	return Key{hidden: func() []byte { return material }}
}

// New returns a new key of 32 bytes from crypto/rand. It cannot fail: if the operating system has
// no randomness, crypto/rand ends the program.
func New() Key {
	material := make([]byte, MinSize)
	rand.Read(material)
	return newKey(material)
}

// IsZero reports whether k is the zero Key, which holds no key at all.
func (k Key) IsZero() bool { return k.hidden == nil }

// Bytes returns a copy of the key's bytes, for packages that compute with them.
// It returns nil for the zero Key.
func (k Key) Bytes() []byte {
	if k.IsZero() {
		return nil
	}
	return bytes.Clone(k.hidden())
}

// Reveal returns the key itself as text, in the clear. Only a program that makes a key and shows it
// to its owner needs it. Do not log it.
//
// The text is unpadded base64url. One key in about 2 to the power of 65 has a base64url text of
// only hex digits, which [Parse] would read as hex; that key is written in hex. Either way Parse
// returns the same key. Reveal returns "" for the zero Key, which Parse refuses.
func (k Key) Reveal() string {
	if k.IsZero() {
		return ""
	}
	text := base64.RawURLEncoding.EncodeToString(k.hidden())
	if onlyHexDigits(text) {
		return hex.EncodeToString(k.hidden())
	}
	return text
}

// ID returns 8 hex digits that name the key in logs and dashboards, the same
// ones in every process. It returns "" for the zero Key.
//
// The id is the start of an HMAC-SHA-256 under the key, so it tells nothing about the key to anyone
// who could not guess all of it. With 32 bits, two keys share an id by chance once in 4 billion
// pairs: people can recognize a key by its ID, which proves nothing.
func (k Key) ID() string {
	if k.IsZero() {
		return ""
	}
	mac := hmac.New(sha256.New, k.hidden())
	mac.Write([]byte(idLabel))
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// Equal reports whether k and other hold the same bytes. Its time depends on their lengths and not
// on their bytes. The zero Key equals no key, not even another zero Key.
func (k Key) Equal(other Key) bool {
	if k.IsZero() || other.IsZero() {
		return false
	}
	return subtle.ConstantTimeCompare(k.hidden(), other.hidden()) == 1
}

package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// The sizes of a token's parts, in bytes.
const (
	version        = 1
	idSize         = 4
	saltSize       = 24
	commitmentSize = 32
	nonceSize      = 12
	tagSize        = 16
	timesSize      = 20 // issued, expires, length
	paddedTo       = 32

	saltAt       = 1 + idSize
	commitmentAt = saltAt + saltSize
	headerSize   = commitmentAt + commitmentSize
	minSize      = headerSize + nonceSize + timesSize + tagSize
)

// MinKeySize is the smallest size of a key, in bytes.
const MinKeySize = 32

// encoding has one spelling a token, except the newlines that the decoder skips: see decode.
var encoding = base64.RawURLEncoding.Strict()

// ErrBadToken is the error of every token that is refused. It does not tell why: only an attacker
// could use that.
var ErrBadToken = errors.New("seal: the token was not sealed with an accepted key, or not for this purpose and name")

// A Key seals and opens tokens. It does not show its material, wherever a program keeps it and
// however it is printed. The zero Key is empty; New refuses it.
type Key struct {
	id [idSize]byte
	// hidden returns the material, which must not be changed. It is behind a function because
	// printers do not call it: fmt shows the fields of a struct that it finds in an unexported
	// field without calling a method.
	hidden func() []byte
}

// NewKey returns a Key of a copy of material, which must have MinKeySize random bytes or more. The
// id is public: each token contains it.
func NewKey(id [4]byte, material []byte) Key {
	material = slices.Clone(material)
	return Key{id, func() []byte { return material }}
}

// material returns the bytes, which must not be changed; nil for the zero Key.
func (k Key) material() []byte {
	if k.hidden == nil {
		return nil
	}
	return k.hidden()
}

// Options say what a token is for.
type Options struct {
	// Purpose tells one use of a key from another.
	Purpose string

	// Name tells apart tokens of one purpose, such as those of two cookies.
	Name string

	// Accept are keys with which tokens are opened and none is sealed.
	Accept []Key

	// Pad hides the payload's exact length: it is padded to a multiple of 32
	// bytes.
	Pad bool
}

// A Sealer makes tokens and opens them. It is safe for concurrent use by multiple goroutines.
type Sealer struct {
	keys []sealerKey
	pad  bool
}

// A sealerKey is a Key of a Sealer.
type sealerKey struct {
	Key
	info string // what the derivation is bound to
}

// Opened is what a token holds.
type Opened struct {
	Payload []byte
	Issued  time.Time // in whole seconds, UTC
	Expires time.Time // the zero time for never
	Key     int       // 0 if the current key sealed it, n if Accept[n-1] did
}

// New returns a Sealer that seals with current. The error says which key is
// too short, that two keys have one ID, or that a purpose or name is longer
// than 65,535 bytes.
func New(current Key, opts Options) (*Sealer, error) {
	s := &Sealer{pad: opts.Pad}
	if len(opts.Purpose) > math.MaxUint16 || len(opts.Name) > math.MaxUint16 {
		return nil, errors.New("seal: a purpose or name is longer than 65535 bytes")
	}
	for _, key := range append([]Key{current}, opts.Accept...) {
		if n := len(key.material()); n < MinKeySize {
			return nil, fmt.Errorf("seal: the key %x has %d bytes; it needs %d random ones", key.id, n, MinKeySize)
		}
		if slices.ContainsFunc(s.keys, func(k sealerKey) bool { return k.id == key.id }) {
			return nil, fmt.Errorf("seal: two keys have the id %x; each key may be given once", key.id)
		}
		var info []byte
		for _, field := range []string{"wafer/seal", string(rune(version)), opts.Purpose, opts.Name, string(key.id[:])} {
			info = binary.BigEndian.AppendUint16(info, uint16(len(field))) // #nosec G115 -- fits, as checked above
			info = append(info, field...)
		}
		s.keys = append(s.keys, sealerKey{key, string(info)})
	}
	return s, nil
}

// derive returns the cipher and the commitment of one token.
func (s *Sealer) derive(key int, salt []byte) (cipher.AEAD, []byte, error) {
	both, err := hkdf.Key(sha256.New, s.keys[key].material(), salt, s.keys[key].info, 32+commitmentSize)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(both[:32])
	if err != nil {
		return nil, nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return aead, both[32:], err
}

// Append appends a token that holds payload. The zero time for expires means
// never. The error is that of the cipher, or tells of a time before 1970 or a
// payload of more than 4 GiB.
func (s *Sealer) Append(dst, payload []byte, issued, expires time.Time) ([]byte, error) {
	var until int64
	if !expires.IsZero() {
		until = expires.Unix()
	}
	if issued.Unix() < 0 || until < 0 || !expires.IsZero() && until == 0 {
		return dst, errors.New("seal: a time before 1970 cannot be kept")
	}
	if uint64(len(payload)) > math.MaxUint32 {
		return dst, errors.New("seal: the payload is longer than 4 GiB")
	}
	header := make([]byte, headerSize, minSize+len(payload)+paddedTo)
	header[0] = version
	copy(header[1:], s.keys[0].id[:])
	if _, err := rand.Read(header[saltAt:commitmentAt]); err != nil {
		return dst, err
	}
	aead, commitment, err := s.derive(0, header[saltAt:commitmentAt])
	if err != nil {
		return dst, fmt.Errorf("seal: %w", err)
	}
	copy(header[commitmentAt:], commitment)

	plain := make([]byte, 0, timesSize+len(payload)+paddedTo)
	plain = binary.BigEndian.AppendUint64(plain, uint64(issued.Unix())) // #nosec G115 -- not negative, as checked above
	plain = binary.BigEndian.AppendUint64(plain, uint64(until))
	plain = binary.BigEndian.AppendUint32(plain, uint32(len(payload))) // #nosec G115 -- fits, as checked above
	plain = append(plain, payload...)
	if s.pad {
		for len(plain)%paddedTo != 0 {
			plain = append(plain, 0)
		}
	}
	return encoding.AppendEncode(dst, aead.Seal(header, nil, plain, header)), nil // #nosec G407 -- the AEAD makes its own random nonce, so it takes none
}

// Open returns what a token holds, without judging its times. The error is
// ErrBadToken.
func (s *Sealer) Open(token string) (Opened, error) {
	raw, ok := decode(token)
	if !ok {
		return Opened{}, ErrBadToken
	}
	key := slices.IndexFunc(s.keys, func(k sealerKey) bool { return string(k.id[:]) == string(raw[1:saltAt]) })
	if key < 0 {
		return Opened{}, ErrBadToken
	}
	aead, commitment, err := s.derive(key, raw[saltAt:commitmentAt])
	if err != nil || subtle.ConstantTimeCompare(commitment, raw[commitmentAt:headerSize]) != 1 {
		return Opened{}, ErrBadToken
	}
	plain, err := aead.Open(nil, nil, raw[headerSize:], raw[:headerSize])
	if err != nil {
		return Opened{}, ErrBadToken
	}
	return parse(plain, key)
}

// KeyID returns the ID of the key that a token says it was sealed with, without verifying it, and
// false if text does not have the form of a token.
func KeyID(text string) (id [idSize]byte, ok bool) {
	raw, ok := decode(text)
	if !ok {
		return id, false
	}
	return [idSize]byte(raw[1:saltAt]), true
}

func decode(token string) ([]byte, bool) {
	if strings.ContainsAny(token, "\r\n") { // which the decoder would skip
		return nil, false
	}
	raw, err := encoding.DecodeString(token)
	return raw, err == nil && len(raw) >= minSize && raw[0] == version
}

// parse reads a plaintext. Only a holder of the key can have made it, but it
// must still be in the one form that Append gives it.
func parse(plain []byte, key int) (Opened, error) {
	issued, until := binary.BigEndian.Uint64(plain), binary.BigEndian.Uint64(plain[8:])
	length := uint64(binary.BigEndian.Uint32(plain[16:]))
	rest := plain[timesSize:]
	if issued > math.MaxInt64 || until > math.MaxInt64 || length > uint64(len(rest)) {
		return Opened{}, ErrBadToken
	}
	padding := rest[length:]
	if len(padding) >= paddedTo || len(padding) > 0 && len(plain)%paddedTo != 0 || slices.ContainsFunc(padding, func(b byte) bool { return b != 0 }) {
		return Opened{}, ErrBadToken
	}
	o := Opened{Payload: rest[:length], Issued: time.Unix(int64(issued), 0).UTC(), Key: key}
	if until > 0 {
		o.Expires = time.Unix(int64(until), 0).UTC()
	}
	return o, nil
}

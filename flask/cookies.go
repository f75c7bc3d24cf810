package flask

import (
	"crypto/fips140"
	"crypto/sha1" // #nosec G505 -- Flask's digest; HMAC does not need the collision resistance that SHA-1 lost
	"fmt"
	"hash"
	"log/slog"
	"strconv"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const (
	// defaultSalt is what Flask derives its session key with
	// (SecureCookieSessionInterface.salt).
	defaultSalt = "cookie-session"

	// DefaultMaxPayload is how many bytes a cookie may contain once it is inflated: four times what
	// a browser keeps in one. JSON of this size needs at most 1 MB of memory and 2 ms to decode,
	// also if an attacker made it.
	DefaultMaxPayload = 16 << 10
)

// CookieOptions describe a Flask program whose cookies differ from the
// default. The zero value of each field is Flask's own default.
type CookieOptions struct {
	// Salt is the session interface's salt. Empty means "cookie-session".
	Salt string

	// Digest is the session interface's digest_method. It derives the key and signs. Nil means
	// SHA-1.
	Digest func() hash.Hash

	// Derivation is the session interface's key_derivation. Empty means
	// itsdangerous.HMAC.
	Derivation itsdangerous.Derivation

	// MaxPayload is how many bytes a session may have as JSON. Load refuses a
	// compressed cookie that would inflate to more, and Save returns an error.
	// Flask has no such bound: set more, a multiple of 4096, if the Flask
	// program's sessions compress to less than a quarter of their size. The
	// cost of a request grows with it, to 60 times as much memory.
	// Zero means DefaultMaxPayload, 16 KiB.
	MaxPayload int

	// AllowPublishedKey accepts a secret key that tutorials show, such as "dev". Anyone can forge a
	// session signed with it: use it in tests only.
	AllowPublishedKey bool

	// Logger is warned, when Cookies is called, of each key that is shorter
	// than 16 bytes. It is not given the key. Nil means slog.Default().
	Logger *slog.Logger
}

// Cookies keeps the session in a cookie that Flask reads and writes too. secretKey is the Flask
// program's SECRET_KEY: one string, or the bytes of one, used as it is. If opts is nil, Flask's
// defaults apply; opts is copied. fallbackKeys are the program's SECRET_KEY_FALLBACKS, newest
// first: former keys, whose cookies are still read. Nothing is signed with them; a session that one
// of them signed is signed with the current key at its next write.
//
// It fails if a key is empty or published in tutorials (see
// CookieOptions.AllowPublishedKey), if an option is impossible, and, with
// SHA-1, in a program that runs with GODEBUG=fips140=only.
//
// Give it to [session.New] together with [Defaults], or with options of the
// program's own that agree with the Flask program's SESSION_COOKIE_* settings.
func Cookies(secretKey string, opts *CookieOptions, fallbackKeys ...string) (session.Backend, error) {
	var o CookieOptions
	if opts != nil {
		o = *opts
	}
	log := o.Logger
	if log == nil {
		log = slog.Default()
	}
	if err := checkKey("the secret key", secretKey, o.AllowPublishedKey, log); err != nil {
		return nil, err
	}
	accept := make([][]byte, len(fallbackKeys))
	for i, key := range fallbackKeys {
		if err := checkKey("the fallback key "+strconv.Itoa(i+1), key, o.AllowPublishedKey, log); err != nil {
			return nil, err
		}
		accept[i] = []byte(key)
	}
	if o.MaxPayload < 0 {
		return nil, fmt.Errorf("flask: CookieOptions.MaxPayload is %d bytes; it must not be negative", o.MaxPayload)
	}
	if o.MaxPayload == 0 {
		o.MaxPayload = DefaultMaxPayload
	}
	if o.Salt == "" {
		o.Salt = defaultSalt
	}
	if o.Derivation == "" {
		o.Derivation = itsdangerous.HMAC
	}
	if o.Digest == nil {
		o.Digest = sha1.New
	}
	signer, err := itsdangerous.NewTimestampSigner([]byte(secretKey), &itsdangerous.Options{
		Salt:       o.Salt,
		Digest:     o.Digest,
		Derivation: o.Derivation,
	}, accept...)
	if err != nil && fips140.Enforced() {
		return nil, fmt.Errorf("flask: %w; agree with the Flask program on SHA-256, its session interface's digest_method and CookieOptions.Digest, and on keys of 14 bytes or more", err)
	}
	if err != nil {
		return nil, fmt.Errorf("flask: %w", err)
	}
	return &backend{signer, o.MaxPayload}, nil
}

// backend is also its own driver: Flask derives nothing from the cookie's name.
type backend struct {
	signer     *itsdangerous.TimestampSigner
	maxPayload int
}

var (
	_ driver.Backend = (*backend)(nil)
	_ driver.Driver  = (*backend)(nil)
)

// Open binds nothing: a Flask token is valid under any cookie's name. It fails if a purpose is set,
// because only another salt could separate Flask's cookies.
func (b *backend) Open(c driver.Config) (driver.Driver, error) {
	if c.Purpose != "" {
		return nil, fmt.Errorf("flask: Cookies: Flask's cookies have no purpose, and Options.Purpose is %q; set CookieOptions.Salt here and session_interface.salt in Python", c.Purpose)
	}
	return b, nil
}

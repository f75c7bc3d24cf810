package itsdangerous

import (
	"crypto/hmac"
	"crypto/sha1" // #nosec G505 -- Python's default; HMAC does not need the collision resistance that SHA-1 lost
	"errors"
	"fmt"
	"hash"
	"strings"
	"time"
)

// A Derivation says how the signing key is made of the secret and the salt.
// The names are Python's.
type Derivation string

// The derivations, with H the digest.
const (
	DjangoConcat Derivation = "django-concat" // H(salt + "signer" + secret), the default
	Concat       Derivation = "concat"        // H(salt + secret)
	HMAC         Derivation = "hmac"          // HMAC(secret, salt), as Flask uses
	None         Derivation = "none"          // the secret itself: no salt
)

// The salts that Python uses where none is given.
const (
	DefaultSignerSalt     = "itsdangerous.Signer" // of Signer and TimestampSigner
	DefaultSerializerSalt = "itsdangerous"        // of the serializers
)

// Options are what both sides of a token must agree on. The zero value is
// Python's defaults.
type Options struct {
	// Salt tells one use of a secret from another. It need not be secret.
	// Empty means DefaultSignerSalt or DefaultSerializerSalt.
	Salt string

	// EmptySalt makes the salt the empty string, as in a Python program with salt="". It is an
	// error beside a Salt. Tokens of all such uses are worth the same to each other.
	EmptySalt bool

	// Digest is the hash for both the derivation and the signature, such as
	// sha256.New. Nil means sha1.New.
	Digest func() hash.Hash

	// Derivation makes the signing key. Empty means DjangoConcat.
	Derivation Derivation

	// Separator is between the parts of a token. A character of base64's
	// alphabet, A-Z a-z 0-9 - _ =, anywhere in it is an error. Empty means ".".
	Separator string

	// Clock tells the time. Nil means time.Now.
	Clock func() time.Time

	// Skew is how far in the future a token may have been signed, since the
	// clocks of two machines differ. Whole seconds count. Zero means not at
	// all, as in Python.
	Skew time.Duration
}

const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="

// withDefaults returns a checked copy.
func (o *Options) withDefaults(salt string) (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.EmptySalt && c.Salt != "" {
		return c, fmt.Errorf("itsdangerous: Options has the Salt %q and EmptySalt; drop one of them", c.Salt)
	}
	if c.Salt == "" && !c.EmptySalt {
		c.Salt = salt
	}
	if c.Digest == nil {
		c.Digest = sha1.New
	}
	if c.Derivation == "" {
		c.Derivation = DjangoConcat
	}
	if c.Separator == "" {
		c.Separator = "."
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if strings.ContainsAny(c.Separator, base64Alphabet) {
		return c, fmt.Errorf("itsdangerous: Options.Separator %q has a character of base64's alphabet, so a token could not be split again; use one such as %q", c.Separator, ".")
	}
	if c.Skew < 0 {
		return c, fmt.Errorf("itsdangerous: Options.Skew is %v; it must not be negative", c.Skew)
	}
	return c, nil
}

// macs prepares one mac a secret, the current one first.
func (o *Options) macs(secret []byte, accept [][]byte) ([]*mac, error) {
	secrets := append([][]byte{secret}, accept...)
	macs := make([]*mac, len(secrets))
	for i, secret := range secrets {
		if len(secret) == 0 {
			return nil, errors.New("itsdangerous: a secret is empty, so anyone could sign with it")
		}
		m, err := newSecretMAC(o, secret)
		if err != nil {
			return nil, err
		}
		macs[i] = m
	}
	return macs, nil
}

func (o *Options) derive(secret []byte) ([]byte, error) {
	switch o.Derivation {
	case DjangoConcat, Concat:
		h := o.Digest()
		h.Write([]byte(o.Salt))
		if o.Derivation == DjangoConcat {
			h.Write([]byte("signer"))
		}
		h.Write(secret)
		return h.Sum(nil), nil
	case HMAC:
		h := hmac.New(o.Digest, secret)
		h.Write([]byte(o.Salt))
		return h.Sum(nil), nil
	case None:
		return append([]byte(nil), secret...), nil
	}
	return nil, fmt.Errorf("itsdangerous: Options.Derivation is %q; it must be django-concat, concat, hmac or none", o.Derivation)
}

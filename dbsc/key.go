package dbsc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
)

// The algorithms that are offered and accepted. The standard has "none" too, which proves nothing.
const (
	es256 = "ES256" // ECDSA on P-256 with SHA-256 (RFC 7518, section 3.4)
	rs256 = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518, section 3.3)
)

const (
	coordinate = 32 // bytes of a number on P-256

	minRSA, maxRSA = 2048, 4096 // bits
	exponent       = 65537
)

// A publicKey is a device's, with the algorithm that it is used with. Exactly one of the keys is
// set.
type publicKey struct {
	ec  *ecdsa.PublicKey
	rsa *rsa.PublicKey
}

func (k publicKey) algorithm() string {
	if k.ec != nil {
		return es256
	}
	return rs256
}

// String returns the key in the spelling that parseKey reads: x and y, or n, in base64url.
func (k publicKey) String() string {
	if k.ec == nil {
		return base64URL.EncodeToString(k.rsa.N.Bytes())
	}
	point, err := k.ec.Bytes()
	if err != nil {
		return "" // parseKey refuses it; a key that was parsed is on the curve
	}
	return base64URL.EncodeToString(point[1:])
}

// parseKey reads what String wrote.
func parseKey(algorithm, text string) (publicKey, error) {
	raw, err := decode(text)
	if err != nil {
		return publicKey{}, err
	}
	switch algorithm {
	case es256:
		return newEC(raw)
	case rs256:
		return newRSA(raw)
	}
	return publicKey{}, errors.New("the algorithm is not one that is offered")
}

// newEC returns the key of the point whose coordinates raw has.
func newEC(raw []byte) (publicKey, error) {
	const uncompressed = 4
	key, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append([]byte{uncompressed}, raw...))
	if err != nil {
		return publicKey{}, errors.New("it is not a point of the curve P-256")
	}
	return publicKey{ec: key}, nil
}

// newRSA returns the key of a modulus.
func newRSA(n []byte) (publicKey, error) {
	if len(n) == 0 || n[0] == 0 {
		return publicKey{}, errors.New("the modulus is empty or begins with a zero byte")
	}
	modulus := new(big.Int).SetBytes(n)
	switch bits := modulus.BitLen(); {
	case bits < minRSA || bits > maxRSA:
		return publicKey{}, fmt.Errorf("an RSA key must have %d to %d bits, and this one has %d", minRSA, maxRSA, bits)
	case modulus.Bit(0) == 0:
		return publicKey{}, errors.New("the modulus is even")
	}
	return publicKey{rsa: &rsa.PublicKey{N: modulus, E: exponent}}, nil
}

// parseJWK reads the key in the header of a registration (RFC 7517), for use with an algorithm.
func parseJWK(raw json.RawMessage, algorithm string) (publicKey, error) {
	all, err := members(raw)
	if err != nil {
		return publicKey{}, err
	}
	if _, ok := all["d"]; ok {
		return publicKey{}, errors.New("it is a private key")
	}
	if _, ok := all["alg"]; ok {
		if named, _ := text(all, "alg"); named != algorithm {
			return publicKey{}, errors.New("its alg is not that of the header")
		}
	}
	switch kind, _ := text(all, "kty"); {
	case algorithm == es256 && kind == "EC":
		return parseECJWK(all)
	case algorithm == rs256 && kind == "RSA":
		return parseRSAJWK(all)
	}
	return publicKey{}, errors.New("its kty does not fit the algorithm")
}

func parseECJWK(all map[string]json.RawMessage) (publicKey, error) {
	if curve, _ := text(all, "crv"); curve != "P-256" {
		return publicKey{}, errors.New("its crv is not P-256")
	}
	var point []byte
	for _, name := range []string{"x", "y"} {
		spelled, err := text(all, name)
		if err != nil {
			return publicKey{}, err
		}
		number, err := decode(spelled)
		if err != nil {
			return publicKey{}, err
		}
		if len(number) != coordinate {
			return publicKey{}, fmt.Errorf("its %s has %d bytes, and must have %d", name, len(number), coordinate)
		}
		point = append(point, number...)
	}
	return newEC(point)
}

func parseRSAJWK(all map[string]json.RawMessage) (publicKey, error) {
	if e, _ := text(all, "e"); e != "AQAB" {
		return publicKey{}, fmt.Errorf("its e is not %d, spelled AQAB", exponent)
	}
	spelled, err := text(all, "n")
	if err != nil {
		return publicKey{}, err
	}
	n, err := decode(spelled)
	if err != nil {
		return publicKey{}, err
	}
	return newRSA(n)
}

// verify reports whether the key made the signature, in the form that JWS has.
func (k publicKey) verify(signed string, signature []byte) bool {
	sum := sha256.Sum256([]byte(signed))
	if k.ec == nil {
		return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, sum[:], signature) == nil
	}
	if len(signature) != 2*coordinate {
		return false
	}
	r := new(big.Int).SetBytes(signature[:coordinate])
	s := new(big.Int).SetBytes(signature[coordinate:])
	return ecdsa.Verify(k.ec, sum[:], r, s)
}

package dbsc

import (
	"errors"
	"fmt"
	"strings"
)

// maxProof is how many bytes a proof may have. One with an RSA key of 4096 bits has some 1,800.
const maxProof = 4 << 10

// A proof is what a browser signed with a device's key.
type proof struct {
	key       publicKey
	challenge string
}

// openRegistration verifies the proof of a registration, whose header has the key itself.
func openRegistration(token string) (proof, error) { return openProof(token, nil) }

// openRefresh verifies the proof of a refresh against the key of the registration.
func openRefresh(token string, key publicKey) (proof, error) { return openProof(token, &key) }

// openProof verifies a JWT of the type dbsc+jwt, in compact form (RFC 7515, section 7.1). It has
// one spelling, except that ECDSA has two signatures for each that it makes. The error says what is
// wrong, and quotes nothing of the token.
func openProof(token string, registered *publicKey) (proof, error) {
	p, err := parseProof(token, registered)
	if err != nil {
		err = fmt.Errorf("dbsc: the proof is not valid: %w", err)
	}
	return p, err
}

func parseProof(token string, registered *publicKey) (proof, error) {
	if len(token) > maxProof {
		return proof{}, fmt.Errorf("it has %d bytes, and %d are allowed", len(token), maxProof)
	}
	if strings.Count(token, ".") != 2 {
		return proof{}, errors.New("it does not have three parts")
	}
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	key, err := parseHeader(header, registered)
	if err != nil {
		return proof{}, err
	}
	raw, err := decode(signature)
	if err != nil {
		return proof{}, err
	}
	if !key.verify(token[:len(header)+len(".")+len(payload)], raw) {
		return proof{}, errors.New("the key of the session did not make the signature")
	}
	claims, err := decode(payload)
	if err != nil {
		return proof{}, err
	}
	all, err := members(claims)
	if err != nil {
		return proof{}, fmt.Errorf("its payload: %w", err)
	}
	challenge, err := text(all, "jti")
	if err != nil {
		return proof{}, fmt.Errorf("its payload: %w", err)
	}
	return proof{key, challenge}, nil
}

// parseHeader returns the key that the proof has to be signed with. The algorithm is that of the
// registration: a header that could choose another one would choose how it is verified.
func parseHeader(part string, registered *publicKey) (publicKey, error) {
	raw, err := decode(part)
	if err != nil {
		return publicKey{}, err
	}
	all, err := members(raw)
	if err != nil {
		return publicKey{}, fmt.Errorf("its header: %w", err)
	}
	if kind, _ := text(all, "typ"); kind != "dbsc+jwt" {
		return publicKey{}, errors.New("its header: its typ is not dbsc+jwt")
	}
	if _, ok := all["crit"]; ok { // RFC 7515, section 4.1.11
		return publicKey{}, errors.New("its header: it has crit, of which nothing is known here")
	}
	algorithm, err := text(all, "alg")
	if err != nil {
		return publicKey{}, fmt.Errorf("its header: %w", err)
	}
	if algorithm != es256 && algorithm != rs256 {
		return publicKey{}, errors.New("its header: its alg is not one that is offered")
	}
	jwk, ok := all["jwk"]
	switch {
	case registered == nil && !ok:
		return publicKey{}, errors.New("its header: it has no jwk, which a registration must have")
	case registered == nil:
		key, err := parseJWK(jwk, algorithm)
		if err != nil {
			return publicKey{}, fmt.Errorf("its jwk: %w", err)
		}
		return key, nil
	case ok:
		return publicKey{}, errors.New("its header: it has a jwk, which a refresh must not have")
	case algorithm != registered.algorithm():
		return publicKey{}, errors.New("its header: its alg is not that of the registration")
	}
	return *registered, nil
}

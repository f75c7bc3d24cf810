package flasksession

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session/driver"
)

// Flask-Session's IDs are UUIDs in text up to 0.5, and from 0.6 on base64url of SESSION_ID_LENGTH
// bytes, 32 by default. These are the lengths that are accepted, in characters.
const minID, maxID = 16, 128

// ids reads and writes the cookie's value: an ID, or an ID with a signature.
type ids struct {
	signer *itsdangerous.Signer // nil: IDs are not signed
}

func signedIDs(secretKey string) (ids, error) {
	if secretKey == "" {
		return ids{}, errors.New("flasksession: NewSigned needs the program's SECRET_KEY, and it is empty; if IDs are not signed, call New")
	}
	signer, err := itsdangerous.NewSigner([]byte(secretKey), &itsdangerous.Options{
		Salt: "flask-session", Derivation: itsdangerous.HMAC,
	})
	if err != nil {
		return ids{}, fmt.Errorf("flasksession: NewSigned: %w", err)
	}
	return ids{signer}, nil
}

// read returns the ID in a cookie's value.
func (s ids) read(value string) (string, error) {
	if s.signer != nil {
		if strings.LastIndexByte(value, '.') < minID {
			return "", driver.ErrMalformed
		}
		id, err := s.signer.Unsign(value)
		if err != nil {
			return "", driver.ErrBadSignature
		}
		value = id
	}
	if len(value) < minID || len(value) > maxID {
		return "", driver.ErrMalformed
	}
	for i := range len(value) {
		switch c := value[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return "", driver.ErrMalformed
		}
	}
	return value, nil
}

// write returns the cookie's value of an ID.
func (s ids) write(id string) string {
	if s.signer == nil {
		return id
	}
	return s.signer.Sign(id)
}

package flask

import (
	"encoding/hex"
	"errors"
)

// Tuple is a Python tuple: {" t":[...]} in the cookie. A nil Tuple is written
// as null, an empty one as the empty tuple.
type Tuple []any

// UUID is a Python uuid.UUID: {" u":"..."} in the cookie. The UUID types of
// other packages, most of them [16]byte too, convert to and from it:
// flask.UUID(theirs).
type UUID [16]byte

// ParseUUID reads the 32 hexadecimal digits of a UUID, in either case, with
// hyphens in the usual four places or with none.
func ParseUUID(s string) (UUID, error) {
	var digits [32]byte
	switch len(s) {
	case 32:
		copy(digits[:], s)
	case 36:
		n := 0
		for i := range len(s) {
			if i == 8 || i == 13 || i == 18 || i == 23 {
				if s[i] != '-' {
					return UUID{}, errUUID
				}
				continue
			}
			digits[n] = s[i]
			n++
		}
	default:
		return UUID{}, errUUID
	}
	var u UUID
	if _, err := hex.Decode(u[:], digits[:]); err != nil {
		return UUID{}, errUUID
	}
	return u, nil
}

var errUUID = errors.New("it is not a UUID: give it 32 hexadecimal digits")

// String returns u with hyphens, in lower case.
func (u UUID) String() string {
	var out [36]byte
	hex.Encode(out[:8], u[:4])
	out[8] = '-'
	hex.Encode(out[9:13], u[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], u[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], u[8:10])
	out[23] = '-'
	hex.Encode(out[24:], u[10:])
	return string(out[:])
}

// MarshalText returns what String does; the error is always nil.
func (u UUID) MarshalText() ([]byte, error) { return []byte(u.String()), nil }

// UnmarshalText reads what [ParseUUID] reads.
func (u *UUID) UnmarshalText(text []byte) error {
	parsed, err := ParseUUID(string(text))
	if err != nil {
		return err
	}
	*u = parsed
	return nil
}

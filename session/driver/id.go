package driver

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/wafer-go/wafer/store"
)

const (
	// idSize is the size of a session ID in bytes: 256 bits, twice what OWASP ASVS 7.2.3 asks for.
	idSize = 32

	// IDLength is the length in bytes of a session ID in the cookie: idSize in base64.
	IDLength = 43

	base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" // RFC 4648, section 5

	recordSalt = "wafer.session:"
)

// NewID makes a session ID: 256 random bits, in the one spelling that [IsID] accepts.
func NewID() string {
	var random [idSize]byte
	_, _ = rand.Read(random[:]) // it never fails: it would end the program
	return base64.RawURLEncoding.EncodeToString(random[:])
}

// IsID reports whether a cookie's value has the form of a session ID: 43 letters of base64url, in
// the one spelling, because the last letter carries four bits only.
func IsID(value string) bool {
	if len(value) != IDLength {
		return false
	}
	for i := 0; i < len(value); i++ {
		if strings.IndexByte(base64URL, value[i]) < 0 {
			return false
		}
	}
	return strings.IndexByte(base64URL, value[IDLength-1])&3 == 0
}

// A Scope is what a session ID is hashed with to name its record: the cookie's name, the purpose,
// and the codec, so that no manager reads a record written for another cookie, purpose or format.
type Scope string

// RecordScope returns the scope of a manager's records.
func RecordScope(c Config, codec Codec) Scope {
	return Scope(recordSalt + c.Scope() + ":" + codec.Name() + ":")
}

// RecordID returns the name of the record that a session ID in a cookie has: the SHA-256 of the
// scope and the ID. Whoever reads a store finds no cookie in it.
func (s Scope) RecordID(id string) store.ID {
	var space [160]byte
	return sha256.Sum256(append(append(space[:0], s...), id...))
}

// RecordState is what a record's data says of its session.
type RecordState int

const (
	// Live: the data is the session's payload.
	Live RecordState = iota

	// Superseded: the session was renewed or has moved; the data after the mark may be read.
	Superseded

	// Ended: the session is over.
	Ended

	// Arriving: the data after the mark is the payload of a session that is moving here. It counts
	// once the record in the other place says Moved, and names the same move.
	Arriving

	// Moved: the session is in another place, under the same ID.
	Moved
)

// These begin the data of a record that is not live. JSON ignores them.
const (
	supersededMark = " "
	arrivingMark   = "\t"
	movedMark      = "\n"
)

// ParseRecord returns what a record's data says of its session, and the payload in it.
func ParseRecord(data []byte) (RecordState, []byte) {
	switch {
	case len(data) == 0:
		return Ended, nil
	case bytes.HasPrefix(data, []byte(supersededMark)):
		return Superseded, data[len(supersededMark):]
	case bytes.HasPrefix(data, []byte(arrivingMark)):
		_, payload, _ := bytes.Cut(data[len(arrivingMark):], []byte(arrivingMark))
		return Arriving, payload
	case bytes.HasPrefix(data, []byte(movedMark)):
		return Moved, nil
	}
	return Live, data
}

// EndedRecord is the data of a record whose session is over.
func EndedRecord() []byte { return nil }

// RecordMove returns the name of the move that a record's data is of, if it is arriving or has
// moved.
func RecordMove(data []byte) string {
	switch state, _ := ParseRecord(data); state {
	case Arriving:
		move, _, _ := bytes.Cut(data[len(arrivingMark):], []byte(arrivingMark))
		return string(move)
	case Moved:
		return string(data[len(movedMark):])
	case Live, Superseded, Ended:
	}
	return ""
}

// MovedRecord is the data of a record whose session is in another place under the same ID.
func MovedRecord(move string) []byte { return []byte(movedMark + move) }

// ArrivingRecord is the data of a record of a session that is moving here.
func ArrivingRecord(move string, payload []byte) []byte {
	return append([]byte(arrivingMark+move+arrivingMark), payload...)
}

// SupersededRecord is the data of a record whose session has moved on, and of which payload may
// still be read; nothing if it is nil.
func SupersededRecord(payload []byte) []byte {
	if payload == nil {
		payload = []byte("{}")
	}
	return append([]byte(supersededMark), payload...)
}

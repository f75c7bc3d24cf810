package gorilla

import (
	"bytes"
	"crypto/cipher"
	"crypto/hmac"
	"encoding/base64"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wafer-go/wafer/migrate/internal/gobstream"
	"github.com/wafer-go/wafer/session/driver"
)

// gorilla registers the type of its flashes, and a program that has moved does
// not import it any more.
func init() { gob.Register([]any{}) }

// flashKey is where gorilla keeps flashes that were given no key.
const flashKey = "_flash"

// reader reads what securecookie wrote.
type reader struct {
	o         Options
	pairs     []pair
	ownDecode bool // contents are not gob
}

// contents are what a text held, and which pair of keys made it, and when.
type contents[T any] struct {
	value T
	at    time.Time
	pair  int
}

// lastSecond is the end of the year 9999, the last that has an RFC 3339 text.
const lastSecond = 253402300799

// read returns what a text holds. decode is only given what has passed the MAC.
func (r *reader) read(text string, decode func([]byte) (map[any]any, error)) (contents[map[any]any], error) {
	return read(r, text, decode)
}

func read[T any](r *reader, text string, decode func([]byte) (T, error)) (contents[T], error) {
	var none contents[T]
	if len(text) > r.o.MaxLength {
		return none, fmt.Errorf("%w: it has %d bytes, and gorilla.Options.MaxLength is %d", driver.ErrMalformed, len(text), r.o.MaxLength)
	}
	signed, mac, ok := split(text)
	if !ok {
		return none, driver.ErrMalformed
	}
	made := r.makers(signed, mac)
	if len(made) == 0 {
		return none, driver.ErrBadSignature
	}
	stamp, encoded, _ := strings.Cut(signed, "|")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || seconds < 0 || seconds > lastSecond {
		return none, fmt.Errorf("%w: its time is none", driver.ErrBadPayload)
	}
	sealed, err := decodeBase64(encoded)
	if err != nil {
		return none, fmt.Errorf("%w: its contents are not base64", driver.ErrBadPayload)
	}
	// Pairs may share a hash key, and only decoding tells whose block key it was.
	var reasons []error
	for _, i := range made {
		plain, err := r.pairs[i].decrypt(sealed)
		if err == nil {
			var value T
			if value, err = decode(plain); err == nil {
				return contents[T]{value, time.Unix(seconds, 0), i}, nil
			}
		}
		reasons = append(reasons, err)
	}
	return none, fmt.Errorf("%w: %w", driver.ErrBadPayload, errors.Join(reasons...))
}

// split separates the MAC from what it is made of, except the name.
func split(text string) (signed string, mac []byte, ok bool) {
	b, err := decodeBase64(text)
	if err != nil {
		return "", nil, false
	}
	parts := bytes.SplitN(b, []byte("|"), 3) // the MAC may have the byte too
	if len(parts) != 3 {
		return "", nil, false
	}
	return string(b[:len(b)-len(parts[2])-1]), parts[2], true
}

// makers returns the pairs whose hash key made the MAC.
func (r *reader) makers(signed string, mac []byte) []int {
	var made []int
	for i, p := range r.pairs {
		h := hmac.New(r.o.Hash, p.keys.hash())
		h.Write([]byte(r.o.Name + "|" + signed))
		if hmac.Equal(h.Sum(nil), mac) {
			made = append(made, i)
		}
	}
	return made
}

// decrypt returns the plain contents, in bytes of its own.
func (p *pair) decrypt(sealed []byte) ([]byte, error) {
	if p.block == nil {
		return sealed, nil
	}
	block := p.block()
	size := block.BlockSize()
	if len(sealed) <= size {
		return nil, errors.New("it is too short to be encrypted")
	}
	plain := make([]byte, len(sealed)-size)
	cipher.NewCTR(block, sealed[:size]).XORKeyStream(plain, sealed[size:])
	return plain, nil
}

// expiry is when gorilla would no longer accept what was written at a time.
func (r *reader) expiry(at time.Time) time.Time {
	if r.o.MaxAge < 0 {
		return time.Time{}
	}
	return at.Add(r.o.MaxAge)
}

// decodeBase64 accepts only one spelling; encoding/base64 ignores line ends.
func decodeBase64(text string) ([]byte, error) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, errors.New("a line ends in it")
	}
	return base64.URLEncoding.Strict().DecodeString(text)
}

func decodeGob(b []byte) (map[any]any, error) {
	checked, err := gobstream.Check(b)
	if err != nil {
		return nil, err
	}
	var values map[any]any
	if err := gob.NewDecoder(bytes.NewReader(checked)).Decode(&values); err != nil {
		return nil, explain(err)
	}
	return values, nil
}

// explain adds to gob's error what to do about the one that a move brings.
func explain(err error) error {
	if strings.Contains(err.Error(), "name not registered") {
		return fmt.Errorf("%w; give the type to gob.Register, or to gob.RegisterName under this name, before the first request", err)
	}
	return err
}

// DecodeJSON reads contents that are a JSON object, for [Options.Decode].
// Integers stay json.Number, so that none loses digits.
func DecodeJSON(contents []byte) (map[any]any, error) {
	d := json.NewDecoder(bytes.NewReader(contents))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return nil, err
	}
	values := make(map[any]any, len(object))
	for key, value := range object {
		values[key] = value
	}
	return values, nil
}

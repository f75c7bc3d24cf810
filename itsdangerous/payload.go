package itsdangerous

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A payloadFormat is how values are written in tokens.
type payloadFormat struct {
	urlSafe bool
	limit   int
}

func newPayloadFormat(opts *SerializerOptions, urlSafe bool) (payloadFormat, error) {
	f := payloadFormat{urlSafe, DefaultMaxPayload}
	if opts == nil || opts.MaxPayload == 0 {
		return f, nil
	}
	if f.limit = opts.MaxPayload; f.limit < 0 {
		return f, fmt.Errorf("itsdangerous: SerializerOptions.MaxPayload is %d bytes; it must not be negative", f.limit)
	}
	return f, nil
}

// appendJSON appends v as JSON, encoded for a token.
func (f payloadFormat) appendJSON(dst []byte, v any) ([]byte, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return dst, fmt.Errorf("itsdangerous: the value cannot be encoded: %w", err)
	}
	if f.urlSafe {
		return f.appendBytes(dst, urlSafeStyle.append(nil, text)), nil
	}
	return plainStyle.append(dst, text), nil
}

// appendBytes appends a payload, encoded for a token.
func (f payloadFormat) appendBytes(dst, payload []byte) []byte {
	if f.urlSafe {
		return AppendURLSafe(dst, payload, 0)
	}
	return append(dst, payload...)
}

// bytes returns the payload that a token's value encodes. The error is an
// [*Error] of the kind ErrBadPayload.
func (f payloadFormat) bytes(value string, at time.Time) ([]byte, error) {
	if !f.urlSafe {
		return []byte(value), nil
	}
	payload, err := AppendDecodedURLSafe(nil, value, f.limit)
	if err != nil {
		return nil, &Error{Kind: ErrBadPayload, Reason: "it cannot be decoded", Payload: value, SignedAt: at, Err: err}
	}
	return payload, nil
}

// json decodes the JSON of a token's value into v.
func (f payloadFormat) json(value string, at time.Time, v any) error {
	payload, err := f.bytes(value, at)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(payload, v); err != nil {
		return &Error{Kind: ErrBadPayload, Reason: "it is not the JSON that was asked for", Payload: value, SignedAt: at, Err: err}
	}
	return nil
}

var errNotJSON = errors.New("it is not JSON")

// look returns what can be said of a value whose token Load would refuse for
// that reason, nil if it would not.
func (f payloadFormat) look(value string, at time.Time, refusal error) Look {
	payload, err := f.bytes(value, at)
	if err == nil && refusal == nil && !json.Valid(payload) {
		err = &Error{Kind: ErrBadPayload, Reason: "it cannot be decoded", Payload: value, SignedAt: at, Err: errNotJSON}
	}
	if refusal == nil {
		refusal = err
	}
	return Look{Payload: payload, SignedAt: at, Refusal: refusal}
}

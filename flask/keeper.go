package flask

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session"
)

// compressFrom: Flask tries to compress whatever the size.
const compressFrom = 0

// buffers hold payloads while they are decoded. One that has grown past what a
// session commonly needs, keptBuffer bytes, is let go.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const keptBuffer = 16 << 10

// Format is Flask's tagged JSON.
func (*backend) Format() session.Format { return format{} }

// String names the backend.
func (*backend) String() string { return "Flask" }

// FirstCookie is true: so does Flask.
func (*backend) FirstCookie() bool { return true }

// Load reads a token. The Manager judges its age.
func (b *backend) Load(_ context.Context, value string) (session.Loaded, error) {
	token, err := b.signer.Open(value)
	switch {
	case err == nil:
	case strings.Count(value, ".") < 2, errors.Is(err, itsdangerous.ErrBadTimeSignature):
		return session.Loaded{}, session.ErrMalformed
	default:
		return session.Loaded{}, session.ErrBadSignature
	}
	buf := buffers.Get().(*[]byte)
	defer func() {
		poison(*buf)
		if cap(*buf) <= keptBuffer {
			buffers.Put(buf)
		}
	}()
	*buf, err = itsdangerous.AppendDecodedURLSafe((*buf)[:0], token.Value, b.maxPayload)
	if err != nil {
		return session.Loaded{}, fmt.Errorf("%w: %w", session.ErrBadPayload, err)
	}
	payload, err := openPayload(string(*buf))
	if err != nil {
		return session.Loaded{}, fmt.Errorf("%w: %w", session.ErrBadPayload, err)
	}
	by := "the current key"
	if token.Key > 0 {
		by = fmt.Sprintf("fallback key %d", token.Key)
	}
	return session.Loaded{Payload: payload, WrittenAt: token.SignedAt, Accepted: token.Key > 0, By: by}, nil
}

// Save makes a token with the current key. A payload that Load would refuse for
// its size is an error that wraps session.ErrTooLarge.
func (b *backend) Save(_ context.Context, dst []byte, c session.Change) ([]byte, session.Record, error) {
	payload := closePayload(c.Payload)
	if len(payload) > b.maxPayload {
		return dst, nil, fmt.Errorf("%w: its values take %d bytes, and no more than %d are read again (CookieOptions.MaxPayload)", session.ErrTooLarge, len(payload), b.maxPayload)
	}
	start := len(dst)
	dst = itsdangerous.AppendURLSafe(dst, payload, compressFrom)
	return b.signer.SignTail(dst, start, c.At), nil, nil
}

// Drop has nothing to do: the session is in the cookie.
func (*backend) Drop(context.Context, session.Loaded) error { return nil }

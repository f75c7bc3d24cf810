package flask

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/wafer-go/wafer/itsdangerous"
	"github.com/wafer-go/wafer/session/driver"
)

// compressFrom: Flask tries to compress whatever the size.
const compressFrom = 0

// buffers hold payloads while they are decoded. One that has grown past what a
// session commonly needs, keptBuffer bytes, is let go.
var buffers = sync.Pool{New: func() any { return new([]byte) }}

const keptBuffer = 16 << 10

// Info describes the driver. The first of several cookies counts, as in Flask.
func (*backend) Info() driver.Info {
	return driver.Info{Name: "Flask", Codec: Codec, FirstCookie: true}
}

// Load reads a token. The Manager judges its age.
func (b *backend) Load(_ context.Context, value string) (driver.Snapshot, error) {
	token, err := b.signer.Open(value)
	switch {
	case err == nil:
	case strings.Count(value, ".") < 2, errors.Is(err, itsdangerous.ErrBadTimeSignature):
		return driver.Snapshot{}, driver.ErrMalformed
	default:
		return driver.Snapshot{}, driver.ErrBadSignature
	}
	buf := buffers.Get().(*[]byte)
	defer func() {
		poison(*buf)
		if cap(*buf) <= keptBuffer {
			buffers.Put(buf)
		}
	}()
	found := driver.Snapshot{SavedAt: token.SignedAt, Accepted: token.Key > 0, By: "the current key"}
	if token.Key > 0 {
		found.By = fmt.Sprintf("fallback key %d", token.Key)
	}
	*buf, err = itsdangerous.AppendDecodedURLSafe((*buf)[:0], token.Value, b.maxPayload)
	if err == nil {
		found.Payload, err = openPayload(string(*buf))
	}
	if err != nil {
		return found, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	return found, nil
}

// Save makes a token with the current key. A payload that Load would refuse for
// its size is an error that wraps driver.ErrTooLarge.
func (b *backend) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	payload := closePayload(w.Payload)
	if len(payload) > b.maxPayload {
		return dst, nil, fmt.Errorf("%w: its values have %d bytes, and at most %d are read again (CookieOptions.MaxPayload)", driver.ErrTooLarge, len(payload), b.maxPayload)
	}
	start := len(dst)
	dst = itsdangerous.AppendURLSafe(dst, payload, compressFrom)
	return b.signer.SignTail(dst, start, w.At), nil, nil
}

// Delete has nothing to do: the session is in the cookie.
func (*backend) Delete(context.Context, driver.Snapshot) error { return nil }

package drivertest_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session/driver"
)

// This file is a driver written with package driver alone, the way any program may write one: the cookies
// of Django's session backend signed_cookies (SESSION_ENGINE, SECRET_KEY and defaults otherwise).

// djangoCookies is what a program gives to session.New.
func djangoCookies(secretKey string) driver.Backend {
	return djangoBackend{newDjangoSigner(secretKey, "django.contrib.sessions.backends.signed_cookies")}
}

type djangoBackend struct{ signer *djangoSigner }

// Open has nothing to derive from the cookie's name, which does not count in Django's format.
func (b djangoBackend) Open(c driver.Config) (driver.Driver, error) {
	if c.Purpose != "" {
		return nil, fmt.Errorf("django: its cookies have no purpose, and Options.Purpose is %q", c.Purpose)
	}
	return &djangoCookieDriver{b.signer}, nil
}

// djangoCookieDriver keeps the session in its cookie.
type djangoCookieDriver struct{ signer *djangoSigner }

var _ driver.Driver = (*djangoCookieDriver)(nil)

func (*djangoCookieDriver) Info() driver.Info {
	return driver.Info{Name: "Django's cookies", Codec: djangoCodec{driver.JSON}}
}

func (d *djangoCookieDriver) Load(_ context.Context, value string) (driver.Snapshot, error) {
	payload, at, err := d.signer.open(value)
	if err != nil {
		return driver.Snapshot{}, err
	}
	return driver.Snapshot{Payload: payload, SavedAt: at}, nil
}

func (d *djangoCookieDriver) Save(_ context.Context, dst []byte, w driver.Write) ([]byte, driver.Record, error) {
	out, err := d.signer.append(dst, w.Payload, w.At)
	return out, nil, err
}

// Delete has nothing to do: the session is in the cookie.
func (*djangoCookieDriver) Delete(context.Context, driver.Snapshot) error { return nil }

// A djangoCodec is driver.JSON in ASCII: Django reads the payload as Latin-1.
type djangoCodec struct{ json driver.Codec }

var _ driver.Codec = djangoCodec{}

func (djangoCodec) Name() string { return "django" }

func (c djangoCodec) AppendKey(dst []byte, key string) []byte {
	return appendASCII(dst, c.json.AppendKey(nil, key))
}

func (c djangoCodec) AppendValue(dst []byte, v any) ([]byte, error) {
	text, err := c.json.AppendValue(nil, v)
	if err != nil {
		return dst, err
	}
	return appendASCII(dst, text), nil
}

func (c djangoCodec) DecodeValue(raw string, into any) error { return c.json.DecodeValue(raw, into) }

func (c djangoCodec) AppendMessage(dst []byte, m driver.Message) ([]byte, error) {
	text, err := c.json.AppendMessage(nil, m)
	if err != nil {
		return dst, err
	}
	return appendASCII(dst, text), nil
}

func (c djangoCodec) DecodeMessage(raw string) (driver.Message, error) {
	return c.json.DecodeMessage(raw)
}

// appendASCII appends JSON with all else than ASCII escaped.
func appendASCII(dst, text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r < utf8.RuneSelf:
			dst = append(dst, text[0])
		case r > 0xffff:
			first, second := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, first, second)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
		text = text[n:]
	}
	return dst
}

// A djangoSigner writes what django.core.signing.dumps does: payload:timestamp:signature.
type djangoSigner struct{ key []byte }

func newDjangoSigner(secretKey, salt string) *djangoSigner {
	key := sha256.Sum256([]byte(salt + "signer" + secretKey))
	return &djangoSigner{key[:]}
}

const (
	base62     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	maxPayload = 64 << 10 // bytes that are read of a compressed payload, and written
)

func (s *djangoSigner) signature(signed []byte) []byte {
	mac := hmac.New(sha256.New, s.key)
	mac.Write(signed)
	return base64.RawURLEncoding.AppendEncode(nil, mac.Sum(nil))
}

// zlibWriter is used again, because it has a megabyte of tables. The race detector would have a
// sync.Pool forget every fourth.
var zlibWriter = struct {
	sync.Mutex
	*zlib.Writer
}{Writer: zlib.NewWriter(nil)}

// deflate returns data as zlib compresses it.
func deflate(data []byte) []byte {
	zlibWriter.Lock()
	defer zlibWriter.Unlock()
	var short bytes.Buffer
	zlibWriter.Reset(&short)
	_, _ = zlibWriter.Write(data) // a bytes.Buffer takes everything
	_ = zlibWriter.Close()
	return short.Bytes()
}

// append fails with ErrTooLarge for what open would refuse.
func (s *djangoSigner) append(dst, payload []byte, at time.Time) ([]byte, error) {
	if len(payload) > maxPayload {
		return dst, fmt.Errorf("%w: its values take %d bytes, and a cookie is read up to %d", driver.ErrTooLarge, len(payload), maxPayload)
	}
	start := len(dst)
	if short := deflate(payload); len(short) < len(payload)-1 {
		dst, payload = append(dst, '.'), short
	}
	dst = append(base64.RawURLEncoding.AppendEncode(dst, payload), ':')
	var digits []byte
	for n := max(at.Unix(), 0); n > 0 || len(digits) == 0; n /= 62 {
		digits = append([]byte{base62[n%62]}, digits...)
	}
	dst = append(dst, digits...)
	return append(append(dst, ':'), s.signature(dst[start:])...), nil
}

// open checks the signature before it looks at what was signed.
func (s *djangoSigner) open(token string) (payload string, at time.Time, err error) {
	end := strings.LastIndexByte(token, ':')
	if end < 0 {
		return "", at, driver.ErrMalformed
	}
	signed := token[:end]
	if !hmac.Equal([]byte(token[end+1:]), s.signature([]byte(signed))) {
		return "", at, driver.ErrBadSignature
	}
	text, stamp, _ := strings.Cut(signed, ":")
	var seconds int64
	for _, c := range []byte(stamp) {
		n := strings.IndexByte(base62, c)
		if n < 0 || len(stamp) > 7 {
			return "", at, driver.ErrBadPayload
		}
		seconds = seconds*62 + int64(n)
	}
	text, compressed := strings.CutPrefix(text, ".")
	data, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil && compressed {
		data, err = inflate(data)
	}
	if err != nil {
		return "", at, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	if len(data) == 0 || data[0] != '{' || bytes.ContainsFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return "", at, driver.ErrBadPayload // pickle, for one
	}
	return string(data), time.Unix(seconds, 0), nil
}

// inflate returns no more than maxPayload bytes, so that a cookie cannot become a megabyte.
func inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out, err := io.ReadAll(io.LimitReader(z, maxPayload+1))
	if err == nil && len(out) > maxPayload {
		err = fmt.Errorf("it inflates to more than %d bytes", maxPayload)
	}
	return out, err
}

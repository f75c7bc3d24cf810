package itsdangerous

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// compressedMark begins the text of a payload that was compressed.
const compressedMark = '.'

// AppendURLSafe appends payload in base64, as Python's URL-safe serializers write it: compressed
// with zlib, and marked by a leading dot, if the payload has compressFrom bytes or more and that
// saves more than one. Python has no such bound: 0 is what it does. A negative one never
// compresses. What cannot become shorter is not tried.
func AppendURLSafe(dst, payload []byte, compressFrom int) []byte {
	if compressFrom >= 0 && len(payload) >= compressFrom && !hopeless(payload) {
		c := compressors.Get().(*compressor)
		defer c.free()
		if small := c.compress(payload); len(small) < len(payload)-1 {
			return encoding.AppendEncode(append(dst, compressedMark), small)
		}
	}
	return encoding.AppendEncode(dst, payload)
}

// AppendDecodedURLSafe appends the payload that text holds, as AppendURLSafe
// wrote it. It fails, saying why, and returns dst as it was, on text in any
// other spelling of base64, on a compressed payload that is damaged or followed
// by anything, and on a payload of more than limit bytes, of which it appends
// none and inflates no more than zlib's window of 32 KiB past the limit.
func AppendDecodedURLSafe(dst []byte, text string, limit int) ([]byte, error) {
	if limit < 0 {
		return dst, tooLong(limit)
	}
	if len(text) > 0 && text[0] == compressedMark {
		c := decompressors.Get().(*decompressor)
		defer c.free()
		var err error
		if c.in, err = appendBase64(c.in[:0], text[1:]); err != nil {
			return dst, err
		}
		return c.decompress(dst, limit)
	}
	if encoding.DecodedLen(len(text)) > limit {
		return dst, tooLong(limit)
	}
	return appendBase64(dst, text)
}

func tooLong(limit int) error { return fmt.Errorf("the payload is longer than %d bytes", limit) }

var errBase64 = errors.New("not base64url without padding")

// appendBase64 appends what text encodes. The text is copied behind the place
// of what it decodes to, which spares an allocation.
func appendBase64(dst []byte, text string) ([]byte, error) {
	if strings.IndexByte(text, '\n') >= 0 || strings.IndexByte(text, '\r') >= 0 { // which the decoder would skip
		return dst, errBase64
	}
	start, n := len(dst), encoding.DecodedLen(len(text))
	grown := slices.Grow(dst, n+len(text))[:start+n+len(text)]
	copy(grown[start+n:], text)
	n, err := encoding.Decode(grown[start:start+n], grown[start+n:])
	if err != nil {
		return dst, errBase64
	}
	return grown[:start+n], nil
}

// zlib's tables are large, so writers and readers are used again.

type compressor struct {
	out bytes.Buffer
	w   *zlib.Writer
}

var compressors = sync.Pool{New: func() any {
	c := new(compressor)
	c.w = zlib.NewWriter(&c.out)
	return c
}}

// compress returns payload compressed, valid until the next call.
func (c *compressor) compress(payload []byte) []byte {
	c.out.Reset()
	c.w.Reset(&c.out)
	_, _ = c.w.Write(payload) // a bytes.Buffer does not fail
	_ = c.w.Close()
	return c.out.Bytes()
}

func (c *compressor) free() {
	if c.out.Cap() > maxKept {
		c.out = bytes.Buffer{}
	}
	compressors.Put(c)
}

type decompressor struct {
	in  []byte
	src bytes.Reader
	r   io.ReadCloser
}

var decompressors = sync.Pool{New: func() any { return new(decompressor) }}

func (c *decompressor) free() {
	if cap(c.in) > maxKept {
		c.in = nil
	}
	decompressors.Put(c)
}

// decompress appends what c.in inflates to.
func (c *decompressor) decompress(dst []byte, limit int) ([]byte, error) {
	c.src.Reset(c.in)
	var err error
	if c.r == nil {
		c.r, err = zlib.NewReader(&c.src)
	} else {
		err = c.r.(zlib.Resetter).Reset(&c.src, nil)
	}
	if err != nil {
		return dst, fmt.Errorf("the compressed payload is damaged: %w", err)
	}
	start := len(dst)
	for {
		if len(dst) == cap(dst) {
			dst = slices.Grow(dst, max(512, len(dst))) // append would grow it in smaller steps, and copy more
		}
		room := dst[len(dst):cap(dst)]
		if left := limit - (len(dst) - start); left < len(room) {
			room = room[:left+1] // one more, to see that it is too long
		}
		n, err := c.r.Read(room)
		dst = dst[:len(dst)+n]
		switch {
		case len(dst)-start > limit:
			return dst[:start], tooLong(limit)
		case err == io.EOF && c.src.Len() == 0:
			return dst, nil
		case err == io.EOF:
			return dst[:start], errors.New("something follows the compressed payload")
		case err != nil:
			return dst[:start], fmt.Errorf("the compressed payload is damaged: %w", err)
		}
	}
}

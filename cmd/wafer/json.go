package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
)

// writeJSON writes the report as one JSON object on lines of its own.
func (r *report) writeJSON(w io.Writer) {
	head := struct {
		Format     string   `json:"format"`
		Cookie     string   `json:"cookie"`
		Signature  string   `json:"signature"`
		Key        any      `json:"key"`
		Accepted   bool     `json:"accepted"`
		Reason     any      `json:"reason"`
		SignedAt   any      `json:"signed_at"`
		Age        any      `json:"age_seconds"`
		Expires    any      `json:"expires_at"`
		Size       int      `json:"size"`
		Limit      int      `json:"limit"`
		Compressed bool     `json:"compressed"`
		Notes      []string `json:"notes"`
		Payload    any      `json:"payload"`
	}{
		Format: r.kind, Cookie: r.cookie, Signature: r.signature, Accepted: r.accepted,
		Key: orNull(r.keyID), Reason: orNull(r.reason), SignedAt: stampOrNull(r.signedAt), Expires: stampOrNull(r.expiresAt),
		Size: r.size(), Limit: session.DefaultMaxCookieSize, Compressed: r.isCompressed(), Notes: append([]string{}, r.notes...),
	}
	if r.keyErr != nil {
		head.Notes = append(head.Notes, message(r.keyErr))
	}
	if !r.signedAt.IsZero() {
		head.Age = r.now.Unix() - r.signedAt.Unix()
	}
	// The values go in by hand: encoding/json would respell them.
	values := []byte("null")
	switch {
	case r.payload == nil:
	case isJSON(r.payload):
		values = bytes.ReplaceAll(bytes.TrimSpace(r.payload), []byte("\r"), []byte(" "))
	default:
		head.Payload = orNull(string(r.payload))
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	_ = enc.Encode(head) // strings and numbers have no error
	out.Truncate(out.Len() - len("\n}\n"))
	fmt.Fprintf(&out, ",\n  \"values\": %s\n}\n", values)
	_, _ = w.Write(printable(out.Bytes()))
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

func stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// writeJSONLine writes v on a line.
func writeJSONLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err == nil {
		_, err = w.Write(append(printable(line), '\n'))
	}
	return err
}

// printable escapes, in JSON or an error's text, what a terminal would act on (C0, DEL and C1
// controls), and what is invisible or changes the direction of text. JSON means the same after it.
func printable(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == '\n', r == '\t', unicode.IsPrint(r) && (r != utf8.RuneError || n > 1):
			out = append(out, text[:n]...)
		case r > 0xFFFF:
			high, low := utf16.EncodeRune(r)
			out = fmt.Appendf(out, `\u%04x\u%04x`, high, low)
		case r == utf8.RuneError && isHalf(text):
			r, n = 0xD000|rune(text[1]&0x3F)<<6|rune(text[2]&0x3F), 3
			out = fmt.Appendf(out, `\u%04x`, r)
		default:
			out = fmt.Appendf(out, `\u%04x`, r)
		}
		text = text[n:]
	}
	return out
}

// isHalf reports whether text begins with half of a character, a lone surrogate, which Python's
// strings may have and driver.Codec keeps in three bytes.
func isHalf(text []byte) bool {
	return len(text) >= 3 && text[0] == 0xED && text[1]&0xE0 == 0xA0 && text[2]&0xC0 == 0x80
}

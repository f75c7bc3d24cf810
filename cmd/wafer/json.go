package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
)

// writeJSON writes the report as one JSON object on lines of its own.
func (r *report) writeJSON(w io.Writer) error {
	head := struct {
		Format     string   `json:"format"`
		Cookie     string   `json:"cookie"`
		Signature  string   `json:"signature"`
		Key        *string  `json:"key"`
		Accepted   bool     `json:"accepted"`
		Reason     *string  `json:"reason"`
		SignedAt   *string  `json:"signed_at"`
		Age        *int64   `json:"age_seconds"`
		Expires    *string  `json:"expires_at"`
		Size       int      `json:"size"`
		Limit      int      `json:"limit"`
		Compressed bool     `json:"compressed"`
		Notes      []string `json:"notes"`
		Payload    *string  `json:"payload"`
	}{
		Format: r.kind, Cookie: r.cookie, Signature: r.signature, Accepted: r.accepted,
		Key: orNull(r.keyID), Reason: orNull(r.reason), SignedAt: timeOrNull(r.signedAt), Expires: timeOrNull(r.expiresAt),
		Size: r.size(), Limit: session.DefaultMaxCookieSize, Compressed: r.isCompressed(), Notes: append([]string{}, r.notes...),
	}
	if r.keyErr != nil {
		head.Notes = append(head.Notes, message(r.keyErr))
	}
	if !r.signedAt.IsZero() {
		age := r.now.Unix() - r.signedAt.Unix()
		head.Age = &age
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
	if err := enc.Encode(head); err != nil {
		return err
	}
	out.Truncate(out.Len() - len("\n}\n"))
	fmt.Fprintf(&out, ",\n  \"values\": %s\n}\n", values)
	_, err := w.Write(printable(out.Bytes()))
	return err
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func timeOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	return orNull(t.Format(time.RFC3339))
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
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r == '\n' || r == '\t' {
			out = append(out, byte(r))
		} else {
			out = appendRune(out, r, n)
		}
		i += n
	}
	return out
}

// appendRune appends a character of n bytes, escaped as in JSON unless it can be printed.
func appendRune(b []byte, r rune, n int) []byte {
	switch {
	case unicode.IsPrint(r) && (r != utf8.RuneError || n > 1):
		return utf8.AppendRune(b, r)
	case r > 0xFFFF:
		r -= 0x10000
		return fmt.Appendf(b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
	}
	return fmt.Appendf(b, `\u%04x`, r)
}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

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
		Format:     r.kind,
		Cookie:     r.cookie,
		Signature:  r.signature,
		Accepted:   r.accepted,
		Size:       r.size(),
		Limit:      session.DefaultMaxCookieSize,
		Compressed: r.isCompressed(),
		Notes:      append([]string{}, r.notes...),
	}
	if r.keyID != "" {
		head.Key = &r.keyID
	}
	if r.keyErr != nil {
		head.Notes = append(head.Notes, message(r.keyErr))
	}
	if r.reason != "" {
		head.Reason = &r.reason
	}
	if !r.signedAt.IsZero() {
		at, age := r.signedAt.Format(time.RFC3339), r.now.Unix()-r.signedAt.Unix()
		head.SignedAt, head.Age = &at, &age
	}
	if !r.expiresAt.IsZero() {
		at := r.expiresAt.Format(time.RFC3339)
		head.Expires = &at
	}
	// The values go in by hand: encoding/json would respell them.
	values := []byte("null")
	switch {
	case r.payload == nil:
	case isJSON(r.payload):
		values = bytes.TrimSpace(r.payload)
	default:
		text := string(r.payload)
		head.Payload = &text
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(head); err != nil {
		return err
	}
	out.Truncate(out.Len() - len("\n}\n"))
	out.WriteString(",\n  \"values\": ")
	out.Write(values)
	out.WriteString("\n}\n")
	_, err := w.Write(out.Bytes())
	return err
}

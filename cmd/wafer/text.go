package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/wafer-go/wafer/session"
	"github.com/wafer-go/wafer/session/driver"
)

const timeLayout = "2006-01-02 15:04:05 MST"

// writeText writes the report for people.
func (r *report) writeText(out io.Writer) {
	proof := "signature"
	if r.kind == kindSealed {
		proof = "seal"
	}
	rows := []row{{"format", r.describeFormat()}, {"cookie", r.describeCookie()}, {proof, r.describeSignature()}}
	if r.kind != kindStored {
		rows = append(rows, row{r.verb(), r.describeTime()})
	}
	if !r.expiresAt.IsZero() {
		rows = append(rows, row{"expires", aged(r.expiresAt, r.now)})
	}
	rows = append(rows,
		row{"size", fmt.Sprintf("%d of the %d bytes that browsers allow for name and value", r.size(), session.DefaultMaxCookieSize)},
		row{"payload", r.describePayload()})
	writeRows(out, "", rows)
	r.writeContents(out)
	for i, note := range r.notes {
		fmt.Fprintf(out, "%snote: %s\n", []string{"\n", ""}[min(i, 1)], note)
	}
}

var formats = map[string]string{
	kindSealed:  "sealed (Wafer's own, AES-256-GCM)",
	kindStored:  "stored (an ID; the session is in a store)",
	kindBound:   "bound (binds a session to a device, HMAC-SHA-256)",
	kindFlask:   "flask",
	kindSigned:  "signed (Wafer's own, HMAC-SHA-256)",
	kindUnknown: "unknown",
}

func (r *report) describeFormat() string {
	if r.isFlask() && signatureLength(r.token) == flaskSignature {
		return "flask (HMAC-SHA-1)"
	}
	return formats[r.kind]
}

func (r *report) describeCookie() string {
	text := word(r.cookie)
	if r.config.Purpose != "" {
		text += ", with the purpose " + word(r.config.Purpose)
	}
	switch {
	case r.assumed:
		return text + " (assumed; --cookie names another)"
	case r.isFlask():
		return text + " (a Flask signature is valid under any name)"
	}
	return text
}

func (r *report) describeSignature() string {
	switch {
	case r.signature == unsigned:
		return "none: " + r.reason
	case r.signature == invalid:
		return "INVALID: " + r.reason
	case r.signature == unchecked && r.keyErr != nil:
		return "unchecked: " + message(r.keyErr)
	case r.signature == unchecked:
		return "unchecked: no key was given (set " + keyVariable + ", or use --key-file)"
	}
	text := "valid under " + r.keys.source
	if r.accepted {
		text = "valid under " + acceptedVariable
	}
	if r.keyID != "" {
		text += " (key " + r.keyID + ")"
	}
	if r.accepted {
		text += ", an accepted key, not the current one"
	}
	if r.reason != "" {
		text += ", but programs refuse it: " + r.reason
	}
	return text
}

func (r *report) describeTime() string {
	if r.signedAt.IsZero() {
		if r.kind == kindSealed {
			return "shown with the key"
		}
		return "the token does not say when"
	}
	text := aged(r.signedAt, r.now)
	if r.signature != valid {
		text += ", according to the token"
	}
	return text
}

func (r *report) describePayload() string {
	switch {
	case r.kind == kindStored:
		return "in the store"
	case r.kind == kindSealed && r.payload == nil:
		return "encrypted, with the key " + r.keyID + " according to the token"
	case r.kind == kindSealed:
		return fmt.Sprintf("%d bytes, encrypted", len(r.payload))
	case r.payload == nil && r.payloadErr != nil && r.text != "":
		return "cannot be read: " + r.payloadErr.Error()
	case r.payload == nil:
		return "none"
	case r.kind == kindBound:
		return "what it says of the device"
	case r.isCompressed():
		return fmt.Sprintf("%d bytes, compressed to %d characters", len(r.payload), len(r.text))
	}
	return fmt.Sprintf("%d bytes, not compressed", len(r.payload))
}

// writeContents writes the values and the messages, under a heading that says whether they can be
// trusted.
func (r *report) writeContents(out io.Writer) {
	if r.payload == nil {
		return
	}
	trust := ""
	switch r.signature {
	case invalid:
		trust = " (UNTRUSTED: anyone may have written them)"
	case unchecked:
		trust = " (not verified)"
	}
	values, ok := r.document.(map[string]any)
	if !ok {
		fmt.Fprintf(out, "\npayload%s\n  %s\n", trust, quote(string(r.payload)))
		return
	}
	writeValues(out, renderer{codecOf(r.isFlask())}, values, trust)
}

// writeValues writes a session's values, and then its messages. trust follows the headings.
func writeValues(out io.Writer, spell renderer, values map[string]any, trust string) {
	messages, haveMessages := spell.messages(values[driver.FlashesKey])
	var rows []row
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if key != driver.FlashesKey || !haveMessages {
			rows = append(rows, row{word(key), spell.lines(values[key], 0)})
		}
	}
	if len(rows) == 0 {
		rows = []row{{"none", ""}}
	}
	fmt.Fprintf(out, "\nvalues%s\n", trust)
	writeRows(out, "  ", rows)
	if len(messages) == 0 {
		return
	}
	rows = nil
	for _, m := range messages {
		text := quote(m.Text)
		if m.Markup {
			text = "Markup(" + text + ")"
		}
		rows = append(rows, row{word(m.Category), text})
	}
	fmt.Fprintf(out, "\nflashes%s\n", trust)
	writeRows(out, "  ", rows)
}

// A row is a name and a text beside it, on one line or several.
type row struct{ name, text string }

// maxColumn is how wide the column of names grows at most, in characters: a long name must not push
// everything else off the screen.
const maxColumn = 24

// writeRows writes the texts in a column.
func writeRows(out io.Writer, indent string, rows []row) {
	width := 0
	for _, r := range rows {
		if n := utf8.RuneCountInString(r.name); n <= maxColumn {
			width = max(width, n)
		}
	}
	for _, r := range rows {
		space := max(width-utf8.RuneCountInString(r.name), 0) + 2
		below := "\n" + indent + strings.Repeat(" ", width+2)
		line := indent + r.name + strings.Repeat(" ", space) + strings.ReplaceAll(r.text, "\n", below)
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// ago says how long ago something was, in the largest unit that fits. It accepts seconds, because a
// time.Duration ends after 292 years.
func ago(seconds int64) string {
	if seconds == 0 {
		return "just now"
	}
	format, n := "%s ago", seconds
	if seconds < 0 {
		format, n = "%s from now", -seconds
	}
	text := count(n, "second")
	for _, unit := range []struct {
		name    string
		seconds int64
	}{{"minute", 60}, {"hour", 3600}, {"day", 86400}, {"year", 365 * 86400}} {
		if n >= unit.seconds {
			text = count(n/unit.seconds, unit.name)
		}
	}
	return fmt.Sprintf(format, text)
}

func count(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

package flask

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// appendQuoted appends s as Python's json.dumps writes a string: ASCII, with everything outside
// space to tilde escaped in lower-case hex. A lone surrogate, three bytes in s (WTF-8), keeps its
// own escape. Other bytes that are not UTF-8 become \ufffd, and valid is false.
func appendQuoted(dst []byte, s string) (out []byte, valid bool) {
	valid = true
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		if c < utf8.RuneSelf {
			dst = appendEscape(dst, c)
			i++
			start = i
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r != utf8.RuneError || n > 1:
			if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
				dst = appendUnit(dst, high)
				r = low
			}
		case isSurrogate(s[i:]):
			r, n = rune(c&0xF)<<12|rune(s[i+1]&0x3F)<<6|rune(s[i+2]&0x3F), 3
		default:
			valid = false
		}
		dst = appendUnit(dst, r)
		i += n
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"'), valid
}

// appendEscape appends an ASCII character that must be escaped.
func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	case '\f':
		return append(dst, '\\', 'f')
	case '\b':
		return append(dst, '\\', 'b')
	}
	return appendUnit(dst, rune(c))
}

// appendUnit appends one unit of UTF-16 as \u and four digits.
func appendUnit(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&0xF], hexDigits[r>>8&0xF], hexDigits[r>>4&0xF], hexDigits[r&0xF])
}

// isSurrogate reports whether s begins with a surrogate in three bytes.
func isSurrogate(s string) bool {
	return len(s) >= 3 && s[0] == 0xED && s[1] >= 0xA0 && s[1] <= 0xBF && s[2]&0xC0 == 0x80
}

// string reads the string at d.i. Without escapes it is a part of d.s.
func (d *decoder) string() (string, error) {
	start := d.i + 1
	i := start
	for {
		if i >= len(d.s) {
			return "", d.syntax(i)
		}
		c := d.s[i]
		if c == '"' {
			break
		}
		if c == '\\' {
			return d.escapedString(start)
		}
		if c < ' ' {
			return "", d.syntax(i)
		}
		i++
	}
	s := d.s[start:i]
	if !utf8.ValidString(s) {
		return "", d.syntax(start)
	}
	d.i = i + 1
	return s, nil
}

// escapedString reads the string whose content begins at start. Lone surrogates are not UTF-8, so
// that is checked run by run.
func (d *decoder) escapedString(start int) (string, error) {
	out := make([]byte, 0, 64)
	i := start
	for i < len(d.s) {
		switch c := d.s[i]; {
		case c == '"' && d.verbatim && !utf8.Valid(out):
			return "", errLoneSurrogate
		case c == '"':
			d.i = i + 1
			return string(out), nil
		case c < ' ':
			return "", d.syntax(i)
		case c != '\\':
			n := strings.IndexAny(d.s[i:], "\"\\")
			if n < 0 {
				return "", d.syntax(len(d.s))
			}
			run := d.s[i : i+n]
			if bad := invalidAt(run); bad >= 0 {
				return "", d.syntax(i + bad)
			}
			out = append(out, run...)
			i += n
		case i+1 == len(d.s):
			return "", d.syntax(i)
		case d.s[i+1] == 'u':
			r, n := d.unicodeEscape(i)
			if n == 0 {
				return "", d.syntax(i)
			}
			if utf16.IsSurrogate(r) {
				out = append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F) // #nosec G115 -- the lower bits are what is meant
			} else {
				out = utf8.AppendRune(out, r)
			}
			i += n
		default:
			escape := strings.IndexByte(`"\/bfnrt`, d.s[i+1])
			if escape < 0 {
				return "", d.syntax(i)
			}
			out = append(out, "\"\\/\b\f\n\r\t"[escape])
			i += 2
		}
	}
	return "", d.syntax(i)
}

// invalidAt returns where s has a control character or no UTF-8, or -1.
func invalidAt(s string) int {
	for i, r := range s {
		if r < ' ' {
			return i
		}
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				return i
			}
		}
	}
	return -1
}

// unicodeEscape reads \u and four digits at i, and the low half behind a high one. n is its length,
// 0 if it is not an escape.
func (d *decoder) unicodeEscape(i int) (r rune, n int) {
	r, ok := hex4(d.s[i+2:])
	if !ok {
		return 0, 0
	}
	if rest := d.s[i+6:]; strings.HasPrefix(rest, `\u`) {
		if low, ok := hex4(rest[2:]); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 12
			}
		}
	}
	return r, 6
}

func hex4(s string) (rune, bool) {
	if len(s) < 4 {
		return 0, false
	}
	var r rune
	for i := range 4 {
		digit := strings.IndexByte(hexDigits, s[i]|0x20)
		if digit < 0 || s[i] < '0' {
			return 0, false
		}
		r = r<<4 | rune(digit) // #nosec G115 -- a digit is below 16
	}
	return r, true
}

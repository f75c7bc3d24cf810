package jsonvalue

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// The characters that an escape of two bytes may have, and what each means.
const (
	shortEscapes = `"\/bfnrt`
	shortMeaning = "\"\\/\b\f\n\r\t"
)

// escapeLen returns the length of the escape that s begins with: 6 for \u, 0 if it is not one.
func escapeLen(s string) int {
	switch {
	case len(s) < 2:
	case s[1] == 'u':
		if _, ok := hex4(s[2:]); ok {
			return 6
		}
	case strings.IndexByte(shortEscapes, s[1]) >= 0:
		return 2
	}
	return 0
}

// Unquote returns what a valid JSON string has between its quotes. A lone surrogate becomes U+FFFD.
func Unquote(quoted string) string {
	content := quoted[1 : len(quoted)-1]
	if strings.IndexByte(content, '\\') < 0 {
		return content
	}
	return unescape(content, false)
}

// unescape returns what a string means whose escapes are valid. A lone surrogate becomes U+FFFD, as
// in encoding/json, or three bytes if wtf8 is set.
func unescape(s string, wtf8 bool) string {
	var out strings.Builder
	out.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			out.WriteString(s)
			return out.String()
		}
		out.WriteString(s[:i])
		if s[i+1] != 'u' {
			out.WriteByte(shortMeaning[strings.IndexByte(shortEscapes, s[i+1])])
			s = s[i+2:]
			continue
		}
		r, _ := hex4(s[i+2:])
		s = s[i+6:]
		if utf16.IsSurrogate(r) && strings.HasPrefix(s, `\u`) {
			low, _ := hex4(s[2:])
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				r, s = pair, s[6:]
			}
		}
		if wtf8 && utf16.IsSurrogate(r) {
			out.Write([]byte{0xE0 | byte(r>>12), 0x80 | byte(r>>6)&0x3F, 0x80 | byte(r)&0x3F}) // #nosec G115 -- the lower bits are what is meant
		} else {
			out.WriteRune(r) // a surrogate as U+FFFD
		}
	}
}

// hex4 returns the number of the four hexadecimal digits that s begins with.
func hex4(s string) (r rune, ok bool) {
	if len(s) < 4 {
		return 0, false
	}
	for _, c := range []byte(s[:4]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

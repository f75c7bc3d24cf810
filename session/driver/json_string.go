package driver

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// appendString appends s as a JSON string in UTF-8. Bytes that are not UTF-8 become U+FFFD and
// valid is false. So it is for lone surrogates in three bytes (see Codec.AppendKey), but these keep
// their escape.
func appendString(dst []byte, s string) (out []byte, valid bool) {
	valid = true
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			valid = false
			dst = append(dst, s[start:i]...)
			if i+2 < len(s) && c == 0xED && s[i+1] >= 0xA0 && s[i+1] <= 0xBF && s[i+2]&0xC0 == 0x80 {
				dst = append(dst, '\\', 'u', 'd', hexDigits[s[i+1]>>2&0xF], hexDigits[s[i+1]<<2&0xC|s[i+2]>>4&3], hexDigits[s[i+2]&0xF])
				i += 3
			} else {
				dst = append(dst, "\uFFFD"...)
				i++
			}
			start = i
			continue
		}
		if c >= 0x20 && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&0xF])
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"'), valid
}

// plainString returns the content of a JSON string without escapes.
func plainString(raw string) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return "", false
	}
	s := raw[1 : len(raw)-1]
	ascii := true
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] == '"' || s[i] == '\\' {
			return "", false
		}
		ascii = ascii && s[i] < utf8.RuneSelf
	}
	return s, ascii || utf8.ValidString(s)
}

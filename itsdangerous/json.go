package itsdangerous

import (
	"unicode/utf16"
	"unicode/utf8"
)

// A jsonStyle is how one of Python's serializers spells JSON.
type jsonStyle struct {
	item, key string // the separators
	ascii     bool   // escapes all that is not ASCII
}

var (
	plainStyle   = jsonStyle{", ", ": ", true} // of Serializer and TimedSerializer
	urlSafeStyle = jsonStyle{",", ":", false}  // of the URL-safe ones
)

// append appends JSON that encoding/json wrote as Python would spell it.
func (style jsonStyle) append(dst, text []byte) []byte {
	quoted := false
	for i := 0; i < len(text); {
		c := text[i]
		if !quoted {
			switch c {
			case ',':
				dst = append(dst, style.item...)
			case ':':
				dst = append(dst, style.key...)
			default:
				quoted = c == '"'
				dst = append(dst, c)
			}
			i++
			continue
		}
		switch {
		case c == '"':
			quoted = false
			dst = append(dst, c)
			i++
		case c == '\\' && text[i+1] == 'u':
			dst = style.appendEscape(dst, text[i:i+6])
			i += 6
		case c == '\\':
			dst = append(dst, c, text[i+1])
			i += 2
		default:
			r, n := utf8.DecodeRune(text[i:])
			dst = style.appendRune(dst, r)
			i += n
		}
	}
	return dst
}

// appendEscape undoes the escapes that encoding/json makes and Python does
// not. All others stay as they are: to undo that of a quote would end the string
// early, and turn the text of a json.RawMessage into structure.
func (style jsonStyle) appendEscape(dst, escape []byte) []byte {
	switch string(escape) {
	case `\u003c`:
		return append(dst, '<')
	case `\u003e`:
		return append(dst, '>')
	case `\u0026`:
		return append(dst, '&')
	case `\u2028`:
		return style.appendRune(dst, '\u2028')
	case `\u2029`:
		return style.appendRune(dst, '\u2029')
	}
	return append(dst, escape...)
}

func (style jsonStyle) appendRune(dst []byte, r rune) []byte {
	switch {
	case r >= 0x20 && r < 0x7F, r >= 0x7F && !style.ascii:
		return utf8.AppendRune(dst, r)
	case r >= 0x10000:
		high, low := utf16.EncodeRune(r)
		return appendEscaped(appendEscaped(dst, high), low)
	}
	return appendEscaped(dst, r)
}

func appendEscaped(dst []byte, r rune) []byte {
	const digits = "0123456789abcdef"
	return append(dst, '\\', 'u', digits[r>>12&0xF], digits[r>>8&0xF], digits[r>>4&0xF], digits[r&0xF])
}

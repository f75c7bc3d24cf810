package flasklogin

import (
	"net/http"
	"strings"

	"github.com/wafer-go/wafer/internal/cookieheader"
)

// Werkzeug writes a cookie's value in double quotes if a byte of it is not plain, and such a byte
// as a backslash and three octal digits. net/http does not read or write that.

// plain are the bytes, beside letters and digits, that every Werkzeug leaves as they are. Werkzeug
// 2.2 quotes more than 3.x does; each reads what the other wrote.
const plain = "!#$%&'*+-./:=^_`|~"

func isPlain(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte(plain, c) >= 0
}

// quote returns a cookie's value as Werkzeug 2.2 writes it.
func quote(value string) string {
	all := true
	for i := range len(value) {
		all = all && isPlain(value[i])
	}
	if all {
		return value
	}
	b := make([]byte, 0, len(value)+16)
	b = append(b, '"')
	for i := range len(value) {
		switch c := value[i]; {
		case c == '"', c == '\\':
			b = append(b, '\\', c)
		case c < ' ', c >= 0x7f, c == ',', c == ';':
			b = append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
		default:
			b = append(b, c)
		}
	}
	return string(append(b, '"'))
}

// unquote returns what quote was given.
func unquote(text string) string {
	if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
		return text
	}
	text = text[1 : len(text)-1]
	if !strings.Contains(text, `\`) {
		return text
	}
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\' || i+1 == len(text):
			b = append(b, text[i])
		case i+3 < len(text) && '0' <= text[i+1] && text[i+1] <= '3' && isOctal(text[i+2]) && isOctal(text[i+3]):
			b = append(b, (text[i+1]-'0')<<6|(text[i+2]-'0')<<3|(text[i+3]-'0'))
			i += 3
		default:
			b = append(b, text[i+1])
			i++
		}
	}
	return string(b)
}

func isOctal(c byte) bool { return '0' <= c && c <= '7' }

// cookieValue returns the first value of a cookie in the request, as it was sent, and whether there
// is one.
func cookieValue(h http.Header, name string) (string, bool) {
	for value := range cookieheader.Values(h, name) {
		return value, true
	}
	return "", false
}

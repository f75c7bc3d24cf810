package flasklogin

import (
	"crypto/sha512"
	"encoding/hex"
	"net"
	"net/http"
	"strings"
)

// Identifier returns what Flask-Login keeps at "_id": a hash of the visitor's address and browser.
//
// For releases up to 0.6.3 the address is the first element of X-Forwarded-For, which a visitor can
// write, or else that of the connection; for Main it is always that of the connection, which is
// what [Options.RemoteAddr] returns.
func (l *Logins) Identifier(r *http.Request) string {
	agents := r.Header.Values("User-Agent")
	agent := latin1(strings.Join(agents, ","))
	address := l.o.RemoteAddr(r)
	var text []byte
	if l.o.Release == Main {
		text = append(append(append(text, latin1(address)...), '|'), agent...)
	} else {
		if forwarded := r.Header.Values("X-Forwarded-For"); len(forwarded) > 0 {
			address, _, _ = strings.Cut(strings.Join(forwarded, ","), ",")
			address = strings.Trim(address, " \t\n\r\v\f")
		}
		text = append(appendRepr(text, latin1(address)), '|')
		if len(agents) == 0 {
			text = append(text, "None"...)
		} else {
			text = appendRepr(text, agent)
		}
	}
	sum := sha512.Sum512(text)
	return hex.EncodeToString(sum[:])
}

// connection is the default of Options.RemoteAddr.
func connection(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// latin1 returns the UTF-8 of a header's bytes as Python has them: WSGI makes a character of each
// (PEP 3333).
func latin1(s string) string {
	ascii := true
	for i := range len(s) {
		ascii = ascii && s[i] < 0x80
	}
	if ascii {
		return s
	}
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// appendRepr appends what Python's repr writes of bytes: b'...', in double quotes if there are
// single ones in it and no double ones.
func appendRepr(dst []byte, s string) []byte {
	const digits = "0123456789abcdef"
	quote := byte('\'')
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	dst = append(dst, 'b', quote)
	for i := range len(s) {
		switch c := s[i]; {
		case c == quote, c == '\\':
			dst = append(dst, '\\', c)
		case c == '\t':
			dst = append(dst, `\t`...)
		case c == '\n':
			dst = append(dst, `\n`...)
		case c == '\r':
			dst = append(dst, `\r`...)
		case c < ' ', c >= 0x7f:
			dst = append(dst, '\\', 'x', digits[c>>4], digits[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, quote)
}

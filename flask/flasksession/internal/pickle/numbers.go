package pickle

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxDigits is the longest integer that Python reads as text (sys.get_int_max_str_digits), and
// maxLong as many bytes.
const maxDigits, maxLong = 4300, 1786

var errLongInteger = fmt.Errorf("it has an integer of more than %d digits", maxDigits)

// tooManyDigits reports whether an integer is longer than Python reads; the sign does not count.
func tooManyDigits(text string) bool { return len(strings.TrimPrefix(text, "-")) > maxDigits }

// long pushes an integer of little-endian bytes in two's complement.
func (m *machine) long(text string) error {
	if len(text) > maxLong {
		return errLongInteger
	}
	bytes := []byte(text)
	slices.Reverse(bytes)
	n := new(big.Int).SetBytes(bytes)
	if len(bytes) > 0 && bytes[0] >= 0x80 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(len(bytes))*8)) // #nosec G115 -- at most maxLong
	}
	m.pushBig(n)
	return nil
}

func (m *machine) pushBig(n *big.Int) {
	if n.IsInt64() {
		m.number(n.Int64(), nil)
		return
	}
	m.pushNode(node{kind: bigNumber, text: n.String()})
}

// longBytes is the inverse of long.
func longBytes(n *big.Int) []byte {
	length := n.BitLen()/8 + 1 // room for the sign
	if n.Sign() < 0 {
		n = new(big.Int).Add(n, new(big.Int).Lsh(big.NewInt(1), uint(length)*8)) // #nosec G115 -- not negative
	}
	bytes := n.FillBytes(make([]byte, length))
	slices.Reverse(bytes)
	return bytes
}

// written pushes what protocol 0 writes in a line.
func (m *machine) written(op byte, line string) error {
	switch op {
	case 'V':
		text, ok := unescapeText(line)
		if !ok {
			return errors.New("it has text with a broken escape")
		}
		return m.text(text)
	case 'F':
		f, err := strconv.ParseFloat(line, 64)
		if err != nil || strings.ContainsAny(line, "_xX") { // which Python refuses
			return errors.New("it has a float that is not a number")
		}
		var text [8]byte
		binary.BigEndian.PutUint64(text[:], math.Float64bits(f))
		m.pushNode(node{kind: float, text: string(text[:])})
		return nil
	}
	switch {
	case op == 'L':
		line = strings.TrimSuffix(line, "L")
	case line == "01":
		m.push(atTrue)
		return nil
	case line == "00":
		m.push(atFalse)
		return nil
	}
	if tooManyDigits(line) {
		return errLongInteger
	}
	n, ok := new(big.Int).SetString(line, 10)
	if !ok || n.String() != line { // Python reads a leading zero as octal, and writes none
		return errors.New("it has an integer that is not a number")
	}
	m.pushBig(n)
	return nil
}

// unescapeText decodes Python's raw-unicode-escape: Latin-1, with \uXXXX and \UXXXXXXXX. Two
// backslashes stay two. If an escape has too few digits or no code point, ok is false.
func unescapeText(line string) (text string, ok bool) {
	out := make([]byte, 0, len(line))
	for line != "" {
		r, size := rune(line[0]), 1
		switch line[:min(2, len(line))] {
		case `\\`: // the second does not begin an escape
			out, size = append(out, '\\'), 2
		case `\u`:
			size = 6
		case `\U`:
			size = 10
		}
		if size > len(line) {
			return "", false
		}
		if size > 2 {
			code, err := strconv.ParseUint(line[2:size], 16, 32)
			if err != nil || code > utf8.MaxRune {
				return "", false
			}
			r = rune(code)
		}
		out, line = appendRune(out, r), line[size:]
	}
	return string(out), true
}

// appendRune is utf8.AppendRune, with lone surrogates in three bytes.
func appendRune(dst []byte, r rune) []byte {
	if r >= 0xD800 && r <= 0xDFFF {
		return append(dst, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F) // #nosec G115 -- the lower bits are what is meant
	}
	return utf8.AppendRune(dst, r)
}

// validText reports whether s is UTF-8, or would be without lone surrogates in three bytes.
func validText(s string) bool {
	for !utf8.ValidString(s) {
		i := 0
		for {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && n <= 1 {
				break
			}
			i += n
		}
		if s = s[i:]; len(s) < 3 || s[0] != 0xED || s[1] < 0xA0 || s[1] > 0xBF || s[2]&0xC0 != 0x80 {
			return false
		}
		s = s[3:]
	}
	return true
}

package jsonvalue

import (
	"math"
	"strconv"
)

// appendFloat appends f, a finite number, as Python's repr does: the shortest digits that read back
// as f, always with a point or an exponent, which tells it from an integer.
func appendFloat(dst []byte, f float64, bits int) []byte {
	// Python turns to an exponent below 1e-4 and from 1e16.
	if size := math.Abs(f); size != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, bits)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, bits)
	for _, c := range dst[start:] {
		if c == '.' {
			return dst
		}
	}
	return append(dst, '.', '0')
}

// ScanNumber returns the end of the JSON number at s[i:], i if there is none, and whether it has a
// fraction or an exponent.
func ScanNumber(s string, i int) (end int, float bool) {
	start := i
	if i < len(s) && s[i] == '-' {
		i++
	}
	switch n := digitsAt(s, i); {
	case n == 0:
		return start, false
	case s[i] == '0':
		i++
	default:
		i += n
	}
	if i < len(s) && s[i] == '.' {
		if n := digitsAt(s, i+1); n > 0 {
			i, float = i+1+n, true
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		j := i + 1
		if j < len(s) && (s[j] == '+' || s[j] == '-') {
			j++
		}
		if n := digitsAt(s, j); n > 0 {
			i, float = j+n, true
		}
	}
	return i, float
}

func digitsAt(s string, i int) int {
	n := 0
	for i+n < len(s) && '0' <= s[i+n] && s[i+n] <= '9' {
		n++
	}
	return n
}

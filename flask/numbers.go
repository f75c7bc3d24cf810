package flask

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// maxDigits is the longest integer that Python reads
// (sys.get_int_max_str_digits).
const maxDigits = 4300

// appendFloat appends f as Python's repr does: the shortest digits that read
// back as f, always with a point or an exponent, which tells it from an int.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...)
	}
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

// appendInteger appends the decimal digits of an integer of any size.
func appendInteger(dst []byte, digits string) ([]byte, error) {
	if len(strings.TrimPrefix(digits, "-")) > maxDigits {
		return dst, fmt.Errorf("it is an integer of more than %d digits, which Python refuses to read", maxDigits)
	}
	return append(dst, digits...), nil
}

// appendNumber appends n verbatim; the empty one is 0, as in encoding/json.
func appendNumber(dst []byte, n json.Number) ([]byte, error) {
	if n == "" {
		return append(dst, '0'), nil
	}
	end, float := scanNumber(string(n), 0)
	if end != len(n) {
		return dst, fmt.Errorf("the json.Number %.40q is not a number", string(n))
	}
	if !float {
		return appendInteger(dst, string(n))
	}
	return append(dst, n...), nil
}

// scanNumber returns the end of the JSON number at s[i:], i where there is
// none, and whether it has a fraction or an exponent.
func scanNumber(s string, i int) (end int, float bool) {
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

// number reads the number at d.i, also Python's NaN and infinities.
func (d *decoder) number() (any, error) {
	if f, ok := d.specialFloat(); ok {
		return f, nil
	}
	text, float, err := d.numberText()
	if err != nil {
		return nil, err
	}
	if d.verbatim {
		return json.Number(text), nil
	}
	if float {
		return parseFloat(text), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, nil
	}
	return json.Number(text), nil
}

// numberText reads a finite number.
func (d *decoder) numberText() (text string, float bool, err error) {
	end, float := scanNumber(d.s, d.i)
	if end == d.i {
		return "", false, d.syntax(d.i)
	}
	text = d.s[d.i:end]
	d.i = end
	return text, float, nil
}

// specialFloat reads NaN, Infinity or -Infinity, if one of them is at d.i.
func (d *decoder) specialFloat() (float64, bool) {
	switch {
	case d.word("NaN"):
		return math.NaN(), true
	case d.word("Infinity"):
		return math.Inf(1), true
	case d.word("-Infinity"):
		return math.Inf(-1), true
	}
	return 0, false
}

// parseFloat is for text that scanNumber approved. Past the largest float it
// gives an infinity, as Python does.
func parseFloat(text string) float64 {
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

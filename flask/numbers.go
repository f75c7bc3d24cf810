package flask

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// maxDigits is the longest integer that Python reads
// (sys.get_int_max_str_digits).
const maxDigits = 4300

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
	end, float := jsonvalue.ScanNumber(string(n), 0)
	if end != len(n) {
		return dst, errors.New("it is a json.Number that is not a number")
	}
	if !float {
		return appendInteger(dst, string(n))
	}
	return append(dst, n...), nil
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
	end, float := jsonvalue.ScanNumber(d.s, d.i)
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

// parseFloat is for text that jsonvalue.ScanNumber approved. Past the largest float it
// gives an infinity, as Python does.
func parseFloat(text string) float64 {
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

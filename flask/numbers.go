package flask

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// maxDigits is the longest integer that Python reads
// (sys.get_int_max_str_digits).
const maxDigits = 4300

// tooManyDigits reports whether an integer is longer than Python reads; the sign does not count.
func tooManyDigits(digits string) bool { return len(strings.TrimPrefix(digits, "-")) > maxDigits }

// appendInteger appends the decimal digits of an integer of any size.
func appendInteger(dst []byte, digits string) ([]byte, error) {
	if tooManyDigits(digits) {
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

// parseFloat is for text that jsonvalue.ScanNumber approved. Past the largest float it
// gives an infinity, as Python does.
func parseFloat(text string) float64 {
	f, _ := strconv.ParseFloat(text, 64)
	return f
}

package jsonvalue

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

var errTooSoon = errors.New("its JSON ends too soon")

// A Reader reads JSON, and checks what it steps over: its syntax, that strings are UTF-8, that at
// most [MaxDepth] arrays and objects are in one another. Its errors never quote the text.
type Reader struct {
	Text  string
	At    int // the offset of what is next
	Depth int // how many arrays and objects are open

	// Python makes it read what Python's json module writes beyond JSON, and as Python does: NaN
	// and infinities, a float past the largest as an infinity, -0 as the integer 0, and a lone
	// surrogate, encoded in three bytes as if it were a code point (WTF-8). Without it -0 is a
	// float, and a lone surrogate is U+FFFD.
	Python bool
}

// Syntax is the error for what is at a byte of the text.
func (r *Reader) Syntax(at int) error {
	if at >= len(r.Text) {
		return errTooSoon
	}
	return fmt.Errorf("its JSON is broken at byte %d", at)
}

// Peek skips space and returns the byte that follows, 0 at the end.
func (r *Reader) Peek() byte {
	for ; r.At < len(r.Text); r.At++ {
		switch c := r.Text[r.At]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// Expect skips space and then c.
func (r *Reader) Expect(c byte) error {
	if r.Peek() != c {
		return r.Syntax(r.At)
	}
	r.At++
	return nil
}

// End says whether anything is left.
func (r *Reader) End() error {
	if r.Peek() != 0 || r.At != len(r.Text) {
		return r.Syntax(r.At)
	}
	return nil
}

// Word skips w if it is next.
func (r *Reader) Word(w string) bool {
	if !strings.HasPrefix(r.Text[r.At:], w) {
		return false
	}
	r.At += len(w)
	return true
}

// Elements reads the array that is next; element reads its element i.
func (r *Reader) Elements(element func(i int) error) error {
	i := -1
	return r.items(']', func() error {
		i++
		return InElement(element(i), i)
	})
}

// Members reads the object that is next; value reads the value of the key that it gets.
func (r *Reader) Members(value func(key string) error) error {
	return r.items('}', func() error {
		key, err := r.Key()
		if err != nil {
			return err
		}
		return value(key)
	})
}

// Key reads the key of a member, and its colon.
func (r *Reader) Key() (string, error) {
	if r.Peek() != '"' {
		return "", r.Syntax(r.At)
	}
	key, err := r.String()
	if err != nil {
		return "", err
	}
	return key, r.Expect(':')
}

// items reads the array or object that is next, up to its closing bracket; item reads what is
// between two commas.
func (r *Reader) items(closing byte, item func() error) error {
	if r.Depth == MaxDepth {
		return ErrTooDeepToRead
	}
	r.Depth++
	r.At++
	if r.Peek() != closing {
		for {
			if err := item(); err != nil {
				return err
			}
			if r.Peek() != ',' {
				break
			}
			r.At++
		}
	}
	r.Depth--
	return r.Expect(closing)
}

// Scalar reads the next value, which is not an array or object: nil, a bool, a string, or what
// [Reader.Number] returns.
func (r *Reader) Scalar() (any, error) {
	switch r.Peek() {
	case '"':
		return r.String()
	case 't':
		if r.Word("true") {
			return true, nil
		}
	case 'f':
		if r.Word("false") {
			return false, nil
		}
	case 'n':
		if r.Word("null") {
			return nil, nil
		}
	default:
		return r.Number()
	}
	return nil, r.Syntax(r.At)
}

// Number reads a number: an int64, a float64, or a json.Number for one that neither can hold,
// because a float64 would change its digits.
func (r *Reader) Number() (any, error) {
	if f, ok := r.SpecialFloat(); ok {
		return f, nil
	}
	text, float, err := r.NumberText()
	switch {
	case err != nil:
		return nil, err
	case float || text == "-0" && !r.Python:
		if f, err := strconv.ParseFloat(text, 64); err == nil || r.Python {
			return f, nil
		}
	default:
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return n, nil
		}
	}
	return json.Number(text), nil
}

// NumberText reads a number that is finite.
func (r *Reader) NumberText() (text string, float bool, err error) {
	start := r.At
	end, float := ScanNumber(r.Text, start)
	if end == start {
		return "", false, r.Syntax(start)
	}
	r.At = end
	return r.Text[start:end], float, nil
}

// SpecialFloat reads NaN, Infinity or -Infinity, if one of them is next and Python is set.
func (r *Reader) SpecialFloat() (float64, bool) {
	if !r.Python || r.At == len(r.Text) {
		return 0, false
	}
	switch c := r.Text[r.At]; {
	case c == 'N' && r.Word("NaN"):
		return math.NaN(), true
	case c == 'I' && r.Word("Infinity"):
		return math.Inf(1), true
	case c == '-' && r.Word("-Infinity"):
		return math.Inf(-1), true
	}
	return 0, false
}

// skip steps over the next value, which is not an array or object.
func (r *Reader) skip() (err error) {
	switch r.Peek() {
	case '"':
		_, _, err = r.quoted()
	case 't', 'f', 'n':
		_, err = r.Scalar()
	default:
		if _, special := r.SpecialFloat(); !special {
			_, _, err = r.NumberText()
		}
	}
	return err
}

// String reads the string that is next. Without escapes it is a part of Text.
func (r *Reader) String() (string, error) {
	content, escaped, err := r.quoted()
	if escaped && err == nil {
		content = unescape(content, r.Python)
	}
	return content, err
}

// quoted steps over the string that is next, and returns what is between its quotes.
func (r *Reader) quoted() (content string, escaped bool, err error) {
	start, ascii := r.At+1, true
	for i := start; i < len(r.Text); i++ {
		switch c := r.Text[i]; {
		case c == '"':
			content = r.Text[start:i]
			if !ascii && !utf8.ValidString(content) {
				return "", false, r.Syntax(start)
			}
			r.At = i + 1
			return content, escaped, nil
		case c == '\\':
			n := escapeLen(r.Text[i:])
			if n == 0 {
				return "", false, r.Syntax(i)
			}
			escaped = true
			i += n - 1
		case c < ' ':
			return "", false, r.Syntax(i)
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return "", false, errTooSoon
}

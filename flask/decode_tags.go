package flask

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math/big"
	"reflect"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// tag looks whether the object at d.At is a tag. If so, d.At is at its content, which a brace must
// follow; if not, d.At stays.
func (d *decoder) tag() (tag string, ok bool) {
	if d.Peek() != '{' {
		return "", false
	}
	start := d.At
	d.At++
	if d.Peek() == '"' {
		tag, err := d.String()
		if err == nil && isTag(tag) && d.Expect(':') == nil && d.isLone(start) {
			d.Peek()
			return tag, true
		}
	}
	d.At = start
	return "", false
}

// openTag is tag for one tag only.
func (d *decoder) openTag(want string) bool {
	start := d.At
	if tag, ok := d.tag(); ok && tag == want {
		return true
	}
	d.At = start
	return false
}

// isLone reports whether the object that begins at i has one member. The first call goes through
// all of Text, once, because objects that look like tags can be nested. It stops where brackets are
// nested too deeply, so that no object around such a place is a tag.
func (d *decoder) isLone(i int) bool {
	if d.lone == nil {
		d.lone = make([]uint64, len(d.Text)/64+1)
		var open []int // the begin of each open array and object; -1 if it has a comma
		for at := 0; at < len(d.Text) && len(open) <= jsonvalue.MaxDepth; at++ {
			switch d.Text[at] {
			case '"':
				at = d.afterString(at) - 1
			case '{', '[':
				open = append(open, at)
			case ',':
				if len(open) > 0 {
					open[len(open)-1] = -1
				}
			case '}', ']':
				if len(open) == 0 {
					continue
				}
				if start := open[len(open)-1]; start >= 0 {
					d.lone[start/64] |= 1 << (start % 64)
				}
				open = open[:len(open)-1]
			}
		}
	}
	return d.lone[i/64]>>(i%64)&1 == 1
}

// afterString returns the end of the string that begins at i; it need not be valid.
func (d *decoder) afterString(i int) int {
	for i++; i < len(d.Text) && d.Text[i] != '"'; i++ {
		if d.Text[i] == '\\' {
			i++
		}
	}
	return min(i+1, len(d.Text))
}

// skip steps over a value by its brackets and quotes; it need not be valid.
func (d *decoder) skip() bool {
	for depth := 0; d.At < len(d.Text); {
		switch d.Text[d.At] {
		case '"':
			d.At = d.afterString(d.At)
			if depth == 0 {
				return true
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth < 0 {
				return true // the value was a word or a number
			}
			if depth == 0 {
				d.At++
				return true
			}
		case ',':
			if depth == 0 {
				return true
			}
		}
		d.At++
	}
	return false
}

// tagged reads a tag that contains a string, and needs a t.
func (d *decoder) tagged(tag string, t reflect.Type) (string, error) {
	if !d.openTag(tag) {
		return "", d.mismatch(t)
	}
	if d.Peek() != '"' {
		return "", badTag(tag)
	}
	text, err := d.String()
	if err != nil {
		return "", err
	}
	return text, d.Expect('}')
}

// taggedOrText reads a value that has a tag, whose content read reads, or a plain string, which
// plain reads: as that another backend keeps the value, from which the session may have moved here.
func (d *decoder) taggedOrText(tag string, t reflect.Type, read, plain func(text string) error) error {
	if d.Peek() != '"' {
		text, err := d.tagged(tag, t)
		if err == nil {
			err = read(text)
		}
		return err
	}
	start := d.At
	text, err := d.String()
	if err == nil && plain(text) != nil {
		d.At = start
		err = d.mismatch(t)
	}
	return err
}

// native reads a value of a type that has a form of its own.
func (d *decoder) native(v reflect.Value) (err error) {
	t := v.Type()
	var text string
	switch p := v.Addr().Interface().(type) {
	case *Tuple:
		list := []any{}
		err = d.sequence(t, func(int) error {
			element, err := d.value()
			list = append(list, element)
			return err
		})
		*p = list
	case *template.HTML:
		// A plain string is refused: it would reach the page unescaped.
		if text, err = d.tagged(tagMarkup, t); err == nil {
			*p = template.HTML(text) // #nosec G203 -- only a program with the key can have written the tag
		}
	case *UUID:
		parse := func(text string) error { return p.UnmarshalText([]byte(text)) }
		err = d.taggedOrText(tagUUID, t, parse, parse)
	case *time.Time:
		err = d.taggedOrText(tagDate, t, func(text string) (err error) {
			*p, err = readDate(text)
			return err
		}, func(text string) error { return p.UnmarshalText([]byte(text)) })
	case *json.Number:
		if c := d.Peek(); c != '-' && (c < '0' || c > '9') {
			return d.mismatch(t)
		}
		text, _, err = d.NumberText()
		*p = json.Number(text)
	case *big.Int:
		if text, err = d.integerText(t); err == nil {
			if tooManyDigits(text) {
				return fmt.Errorf("it is an integer of more than %d digits", maxDigits)
			}
			p.SetString(text, 10)
		}
	}
	return err
}

package flask

import (
	"encoding/json"
	"errors"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var errLoneSurrogate = errors.New("a string in it has a lone surrogate, which methods of Go types cannot read")

// decoder reads Flask's tagged JSON. Of a key that is there twice the last counts, as in Python.
type decoder struct {
	jsonvalue.Reader
	hops int // pointers followed without reading on

	lone []uint64 // a bit for each byte of Text, set where an object begins that has one member; see isLone

	lean     bool // an object is a list of members, not a map, which needs ten times the memory
	untagged bool // objects that look like a tag are objects
	verbatim bool // finite numbers stay json.Number, and strings are UTF-8
}

func newDecoder(text string) decoder {
	return decoder{Reader: jsonvalue.Reader{Text: text, Python: true}}
}

// document reads Text as one value.
func (d *decoder) document() (any, error) {
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	return v, d.End()
}

// value reads the next value into the type that Python's has in Go.
func (d *decoder) value() (any, error) {
	switch c := d.Peek(); {
	case c == '{':
		return d.dict()
	case c == '[':
		return d.list()
	case !d.verbatim:
	case c == '"':
		s, err := d.String()
		if err == nil {
			err = d.checkString(s)
		}
		return s, err
	case c == '-' || '0' <= c && c <= '9':
		if f, ok := d.SpecialFloat(); ok {
			return f, nil
		}
		text, _, err := d.NumberText()
		return json.Number(text), err
	}
	return d.Scalar()
}

// checkString says whether verbatim allows a string.
func (d *decoder) checkString(s string) error {
	if d.verbatim && !utf8.ValidString(s) {
		return errLoneSurrogate
	}
	return nil
}

func (d *decoder) list() ([]any, error) {
	list := []any{}
	err := d.Elements(func(int) error {
		if len(list) == cap(list) {
			list = jsonvalue.GrowList(list, d.Text[d.At:])
		}
		v, err := d.value()
		list = append(list, v)
		return err
	})
	return list, err
}

// dict reads an object, and the value that it means if it is a tag.
func (d *decoder) dict() (any, error) {
	if d.lean {
		return d.memberList()
	}
	// Most objects with one member are tags: they get no map.
	var (
		dict  map[string]any
		n     int
		key   string
		value any
	)
	err := d.Members(func(k string) (err error) {
		if err := d.checkString(k); err != nil {
			return err
		}
		if n == 1 {
			dict = map[string]any{key: value}
		}
		key = k
		if value, err = d.value(); err != nil {
			return jsonvalue.InMember(err)
		}
		if n++; n > 1 {
			dict[key] = value
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return map[string]any{}, nil
	case len(dict) > 1:
		return dict, nil
	case isTag(key) && !d.untagged:
		return untag(key, value)
	}
	return map[string]any{key: value}, nil
}

// members are an object for those who only look through it, in the order of the keys.
type members []jsonvalue.Member[any]

// memberList is dict with members for a map.
func (d *decoder) memberList() (any, error) {
	list := members{}
	err := d.Members(func(key string) error {
		v, err := d.value()
		list = append(list, jsonvalue.Member[any]{Key: key, Value: v})
		return jsonvalue.InMember(err)
	})
	if err != nil {
		return nil, err
	}
	if list = jsonvalue.Sorted(list); len(list) == 1 && isTag(list[0].Key) && !d.untagged {
		return untag(list[0].Key, list[0].Value)
	}
	return list, nil
}

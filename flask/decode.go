package flask

import (
	"errors"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var (
	errTooSoon       = errors.New("its JSON ends too soon")
	errLoneSurrogate = errors.New("a string in it has a lone surrogate, which methods of Go types cannot read")
)

// decoder reads Flask's tagged JSON: JSON as Python's json module accepts it, which is the
// standard's and NaN, Infinity, -Infinity, integers of any size and lone surrogates. Of a key that
// is there twice the last counts, as there.
type decoder struct {
	s     string
	i     int
	depth int
	hops  int // pointers followed without reading on

	lone []uint64 // a bit for each byte of s, set where an object begins that has one member; see isLone

	trees    bool // an object is a jsonvalue.Object, not a map
	untagged bool // objects that look like a tag are objects
	verbatim bool // finite numbers stay json.Number, and strings are UTF-8
}

// document reads s as one value.
func (d *decoder) document() (any, error) {
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	return v, d.end()
}

// end says whether anything is left.
func (d *decoder) end() error {
	if d.peek() != 0 || d.i != len(d.s) {
		return d.syntax(d.i)
	}
	return nil
}

// peek skips space and returns the byte that follows, 0 at the end.
func (d *decoder) peek() byte {
	for ; d.i < len(d.s); d.i++ {
		switch c := d.s[d.i]; c {
		case ' ', '\t', '\n', '\r':
		default:
			return c
		}
	}
	return 0
}

// expect skips space and then c.
func (d *decoder) expect(c byte) error {
	if d.peek() != c {
		return d.syntax(d.i)
	}
	d.i++
	return nil
}

// word skips w if it is at d.i.
func (d *decoder) word(w string) bool {
	if !strings.HasPrefix(d.s[d.i:], w) {
		return false
	}
	d.i += len(w)
	return true
}

func (d *decoder) syntax(at int) error {
	if at >= len(d.s) {
		return errTooSoon
	}
	return fmt.Errorf("its JSON is broken at byte %d", at)
}

// value reads the next value into the type that Python's has in Go.
func (d *decoder) value() (any, error) {
	switch d.peek() {
	case '{':
		return d.dict()
	case '[':
		return d.list()
	case '"':
		return d.string()
	case 't':
		if d.word("true") {
			return true, nil
		}
	case 'f':
		if d.word("false") {
			return false, nil
		}
	case 'n':
		if d.word("null") {
			return nil, nil
		}
	default:
		return d.number()
	}
	return nil, d.syntax(d.i)
}

func (d *decoder) list() ([]any, error) {
	list := []any{}
	err := d.elements(func(int) error {
		if len(list) == cap(list) {
			list = jsonvalue.GrowList(list, d.s[d.i:])
		}
		v, err := d.value()
		list = append(list, v)
		return err
	})
	return list, err
}

// dict reads an object, and the value that it means if it is a tag.
func (d *decoder) dict() (any, error) {
	if d.trees {
		return d.tree()
	}
	// Most objects with one member are tags: they get no map.
	var (
		dict  map[string]any
		n     int
		key   string
		value any
	)
	err := d.members(func(k string) (err error) {
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
	case n > 1 && len(dict) > 1:
		return dict, nil
	case isTag(key) && !d.untagged:
		return untag(key, value)
	}
	return map[string]any{key: value}, nil
}

// tree is dict with a jsonvalue.Object for a map.
func (d *decoder) tree() (any, error) {
	object := jsonvalue.Object{}
	err := d.members(func(key string) error {
		v, err := d.value()
		object = append(object, jsonvalue.Member{Key: key, Value: v})
		return jsonvalue.InMember(err)
	})
	if err != nil {
		return nil, err
	}
	if object = object.Sorted(); len(object) == 1 && isTag(object[0].Key) && !d.untagged {
		return untag(object[0].Key, object[0].Value)
	}
	return object, nil
}

// elements reads the array at d.i; element reads its element i.
func (d *decoder) elements(element func(i int) error) error {
	if err := d.enter(); err != nil {
		return err
	}
	if d.peek() == ']' {
		d.i++
		d.depth--
		return nil
	}
	for i := 0; ; i++ {
		if err := element(i); err != nil {
			return jsonvalue.InElement(err, i)
		}
		switch d.peek() {
		case ',':
			d.i++
		case ']':
			d.i++
			d.depth--
			return nil
		default:
			return d.syntax(d.i)
		}
	}
}

// members reads the object at d.i; value reads the value of the key it gets.
func (d *decoder) members(value func(key string) error) error {
	if err := d.enter(); err != nil {
		return err
	}
	if d.peek() == '}' {
		d.i++
		d.depth--
		return nil
	}
	for {
		if d.peek() != '"' {
			return d.syntax(d.i)
		}
		key, err := d.string()
		if err != nil {
			return err
		}
		if err := d.expect(':'); err != nil {
			return err
		}
		if err := value(key); err != nil {
			return err
		}
		switch d.peek() {
		case ',':
			d.i++
		case '}':
			d.i++
			d.depth--
			return nil
		default:
			return d.syntax(d.i)
		}
	}
}

// enter steps over an opening bracket.
func (d *decoder) enter() error {
	if d.depth == jsonvalue.MaxDepth {
		return jsonvalue.ErrTooDeepToRead
	}
	d.depth++
	d.i++
	return nil
}

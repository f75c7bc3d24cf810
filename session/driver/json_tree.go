package driver

import (
	"encoding/json"
	"unicode/utf8"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

var _ jsonvalue.TreeCodec = jsonCodec{}

// DecodeTree reads raw for a codec that it moves to.
func (c jsonCodec) DecodeTree(raw string) (any, error) {
	v, ok := decodeAny(raw, true)
	if ok {
		return v, nil
	}
	err := c.DecodeValue(raw, &v) // says why
	return v, err
}

// decodeAny reads raw into the types that an any has, without the many small pieces of memory that
// encoding/json needs: a stranger's cookie may have thousands of values. If trees is set, objects
// are a jsonvalue.Object. It is not ok if DecodeValue must say what is wrong with raw.
func decodeAny(raw string, trees bool) (v any, ok bool) {
	if deeperThan(raw, jsonvalue.MaxDepth) || !utf8.ValidString(raw) || !json.Valid([]byte(raw)) {
		return nil, false
	}
	r := reader{s: raw}
	return r.any(trees), true
}

// any reads the next value of valid JSON.
func (r *reader) any(trees bool) any {
	switch r.peek() {
	case '{':
		if trees {
			object := jsonvalue.Object{}
			r.members(func(key string) {
				object = append(object, jsonvalue.Member{Key: key, Value: r.any(trees)})
			})
			return object.Sorted()
		}
		object := map[string]any{}
		r.members(func(key string) { object[key] = r.any(trees) })
		return object
	case '[':
		return r.list(trees)
	case '"':
		return unquote(r.value())
	case 't':
		r.value()
		return true
	case 'f':
		r.value()
		return false
	case 'n':
		r.value()
		return nil
	}
	return typedNumber(r.value())
}

func (r *reader) list(trees bool) []any {
	list := []any{}
	for r.i++; r.peek() != ']'; {
		if len(list) == cap(list) {
			list = jsonvalue.GrowList(list, r.s[r.i:])
		}
		list = append(list, r.any(trees))
		r.comma()
	}
	r.i++
	return list
}

// members reads an object; value reads the value of the key that it gets.
func (r *reader) members(value func(key string)) {
	for r.i++; r.peek() != '}'; {
		key := unquote(r.value())
		r.peek()
		r.i++ // the colon
		value(key)
		r.comma()
	}
	r.i++
}

// comma skips a comma, if there is one.
func (r *reader) comma() {
	if r.peek() == ',' {
		r.i++
	}
}

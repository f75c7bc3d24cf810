package flask

import (
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math/big"
	"slices"
	"strconv"
	"time"
)

// encoder writes Flask's tagged JSON, byte for byte as Flask does: compact,
// ASCII, keys in the order of their code points.
type encoder struct {
	buf   []byte
	depth int
}

// value appends v. The types that are met most go without reflection.
func (e *encoder) value(v any) error {
	switch v := v.(type) {
	case nil:
		e.buf = append(e.buf, "null"...)
	case bool:
		e.buf = strconv.AppendBool(e.buf, v)
	case string:
		return e.string(v)
	case int:
		e.buf = strconv.AppendInt(e.buf, int64(v), 10)
	case int64:
		e.buf = strconv.AppendInt(e.buf, v, 10)
	case float64:
		e.buf = appendFloat(e.buf, v, 64)
	case []any:
		return e.list(v)
	case map[string]any:
		return e.dict(v)
	default:
		if done, err := e.native(v); done {
			return err
		}
		return e.reflected(v)
	}
	return nil
}

// native appends v if it is of a type that has a form of its own in Flask's
// JSON. Those come before any MarshalJSON they may have.
func (e *encoder) native(v any) (done bool, err error) {
	switch v := v.(type) {
	case Tuple:
		if v == nil {
			e.buf = append(e.buf, "null"...)
			return true, nil
		}
		err = e.tagged(tagTuple, func() error { return e.list(v) })
	case template.HTML:
		err = e.tagged(tagMarkup, func() error { return e.string(string(v)) })
	case UUID:
		err = e.tagged(tagUUID, func() error {
			e.buf = append(e.buf, '"')
			for _, b := range v {
				e.buf = append(e.buf, hexDigits[b>>4], hexDigits[b&0xF])
			}
			e.buf = append(e.buf, '"')
			return nil
		})
	case time.Time:
		err = e.tagged(tagDate, func() (err error) {
			e.buf = append(e.buf, '"')
			e.buf, err = appendDate(e.buf, v)
			e.buf = append(e.buf, '"')
			return err
		})
	case json.Number:
		e.buf, err = appendNumber(e.buf, v)
	case big.Int:
		e.buf, err = appendInteger(e.buf, v.String())
	default:
		return false, nil
	}
	return true, err
}

func (e *encoder) tagged(tag string, content func() error) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = append(e.buf, `{"`...)
	e.buf = append(e.buf, tag...)
	e.buf = append(e.buf, `":`...)
	if err := content(); err != nil {
		return err
	}
	e.buf = append(e.buf, '}')
	e.depth--
	return nil
}

func (e *encoder) bytes(b []byte) error {
	return e.tagged(tagBytes, func() error {
		e.buf = append(e.buf, '"')
		e.buf = base64.StdEncoding.AppendEncode(e.buf, b)
		e.buf = append(e.buf, '"')
		return nil
	})
}

func (e *encoder) string(s string) error {
	var valid bool
	if e.buf, valid = appendQuoted(e.buf, s); !valid {
		return errInvalidUTF8
	}
	return nil
}

func (e *encoder) list(v []any) error {
	if v == nil {
		e.buf = append(e.buf, "null"...)
		return nil
	}
	return e.array(len(v), func(i int) error { return e.value(v[i]) })
}

func (e *encoder) dict(v map[string]any) error {
	if v == nil {
		e.buf = append(e.buf, "null"...)
		return nil
	}
	keys := make([]string, 0, len(v))
	for key := range v {
		keys = append(keys, key)
	}
	// UTF-8, and WTF-8, sort as their code points do.
	slices.Sort(keys)
	return e.object(len(keys), func(i int) string { return keys[i] }, func(i int) error { return e.value(v[keys[i]]) })
}

// array appends n elements; element appends the one at i.
func (e *encoder) array(n int, element func(i int) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = append(e.buf, '[')
	for i := range n {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if err := element(i); err != nil {
			return inElement(err, i)
		}
	}
	e.buf = append(e.buf, ']')
	e.depth--
	return nil
}

// object appends n members whose keys ascend; value appends the value at i.
func (e *encoder) object(n int, key func(i int) string, value func(i int) error) error {
	if n == 1 && isTag(key(0)) {
		return e.tagged(tagDict, func() error {
			return e.members(1, func(int) string { return key(0) + tagSuffix }, value)
		})
	}
	return e.members(n, key, value)
}

func (e *encoder) members(n int, key func(i int) string, value func(i int) error) error {
	if err := e.enter(); err != nil {
		return err
	}
	e.buf = append(e.buf, '{')
	for i := range n {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		if err := e.string(key(i)); err != nil {
			return inKey(err, key(i))
		}
		e.buf = append(e.buf, ':')
		if err := value(i); err != nil {
			return inKey(err, key(i))
		}
	}
	e.buf = append(e.buf, '}')
	e.depth--
	return nil
}

func (e *encoder) enter() error {
	if e.depth == maxDepth {
		return errTooDeepToWrite
	}
	e.depth++
	return nil
}

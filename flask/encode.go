package flask

import (
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math"
	"math/big"
	"reflect"
	"time"

	"github.com/wafer-go/wafer/internal/jsonvalue"
)

// A dialect spells values as Flask does, byte for byte: its tags, ASCII only.
type dialect struct{}

var _ jsonvalue.Dialect = dialect{}

func (dialect) AppendString(dst []byte, s string) ([]byte, bool) { return appendQuoted(dst, s) }

func (dialect) Bytes(e *jsonvalue.Encoder, b []byte) error {
	return tagged(e, tagBytes, func() error {
		e.Buf = append(e.Buf, '"')
		e.Buf = base64.StdEncoding.AppendEncode(e.Buf, b)
		e.Buf = append(e.Buf, '"')
		return nil
	})
}

func (dialect) AppendSpecial(dst []byte, f float64) ([]byte, error) {
	switch {
	case math.IsInf(f, 1):
		return append(dst, "Infinity"...), nil
	case math.IsInf(f, -1):
		return append(dst, "-Infinity"...), nil
	}
	return append(dst, "NaN"...), nil
}

func (dialect) IsNative(t reflect.Type) bool { return isNative(t) }

// isNative reports whether t has a form of its own in Flask's JSON.
func isNative(t reflect.Type) bool {
	switch t {
	case tupleType, htmlType, uuidType, timeType, numberType, bigIntType:
		return true
	}
	return false
}

var (
	tupleType  = reflect.TypeFor[Tuple]()
	htmlType   = reflect.TypeFor[template.HTML]()
	uuidType   = reflect.TypeFor[UUID]()
	timeType   = reflect.TypeFor[time.Time]()
	numberType = reflect.TypeFor[json.Number]()
	bigIntType = reflect.TypeFor[big.Int]()
)

// Native appends v if it is of a type that has a form of its own in Flask's JSON. Those come before
// any MarshalJSON they may have.
func (dialect) Native(e *jsonvalue.Encoder, v any) (done bool, err error) {
	switch v := v.(type) {
	case Tuple:
		if v == nil {
			e.Buf = append(e.Buf, "null"...)
			return true, nil
		}
		err = tagged(e, tagTuple, func() error { return e.List(v) })
	case template.HTML:
		err = tagged(e, tagMarkup, func() error { return e.String(string(v)) })
	case UUID:
		err = tagged(e, tagUUID, func() error {
			e.Buf = append(e.Buf, '"')
			for _, b := range v {
				e.Buf = append(e.Buf, hexDigits[b>>4], hexDigits[b&0xF])
			}
			e.Buf = append(e.Buf, '"')
			return nil
		})
	case time.Time:
		err = tagged(e, tagDate, func() (err error) {
			e.Buf = append(e.Buf, '"')
			e.Buf, err = appendDate(e.Buf, v)
			e.Buf = append(e.Buf, '"')
			return err
		})
	case json.Number:
		e.Buf, err = appendNumber(e.Buf, v)
	case big.Int:
		e.Buf, err = appendInteger(e.Buf, v.String())
	default:
		return false, nil
	}
	return true, err
}

func tagged(e *jsonvalue.Encoder, tag string, content func() error) error {
	if err := e.Open(`{"` + tag + `":`); err != nil {
		return err
	}
	if err := content(); err != nil {
		return err
	}
	e.Close("}")
	return nil
}

// Lone escapes an object whose only key is a tag.
func (dialect) Lone(key string) (tag, suffix string) {
	if !isTag(key) {
		return "", ""
	}
	return tagDict, tagSuffix
}

// Marshaled appends JSON, not Flask's: an object in it that looks like a tag is an object.
func (dialect) Marshaled(e *jsonvalue.Encoder, text []byte) error {
	d := newDecoder(string(text))
	d.untagged, d.verbatim = true, true
	tree, err := d.document()
	if err != nil {
		return err
	}
	return e.Value(tree)
}

func (dialect) Decode(raw string, into any) error { return Codec.DecodeValue(raw, into) }

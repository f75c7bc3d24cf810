package flask

import (
	"fmt"
	"reflect"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
)

// Codec writes and reads single values and messages as Flask does. See the package's documentation
// for the types, and for what a message loses if Flask writes it again.
var Codec driver.Codec = codec{}

type codec struct{}

// Name is "flask".
func (codec) Name() string { return "flask" }

// AppendKey writes bytes that are not UTF-8 as U+FFFD.
func (codec) AppendKey(dst []byte, key string) []byte {
	dst, _ = appendQuoted(dst, key)
	return dst
}

func (codec) AppendValue(dst []byte, v any) ([]byte, error) {
	return jsonvalue.Append(dialect{}, dst, v)
}

func (codec) DecodeValue(raw string, into any) error {
	d := newDecoder(raw)
	switch p := into.(type) {
	case *any:
		if p == nil {
			break
		}
		v, err := d.document()
		if err == nil {
			*p = v
		}
		return err
	case *string:
		if p != nil && d.Peek() == '"' {
			s, err := d.String()
			if err == nil {
				if err = d.End(); err == nil {
					*p = s
				}
			}
			return err
		}
	}
	target := reflect.ValueOf(into)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("a value is decoded into a pointer that is not nil, and this is a %T", into)
	}
	// Decoded apart, so that an error leaves the target as it was.
	v := reflect.New(target.Type().Elem()).Elem()
	err := d.into(v)
	if err == nil {
		if err = d.End(); err == nil {
			target.Elem().Set(v)
		}
	}
	return err
}

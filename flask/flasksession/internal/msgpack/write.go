package msgpack

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// What msgspec's MessagePack has no form for.
var (
	errMarkup  = errors.New("it is template.HTML, and Flask-Session's MessagePack has no Markup; set a string")
	errUUID    = errors.New("it is a flask.UUID, and Flask-Session's MessagePack has no UUIDs; set its String")
	errInteger = errors.New("it is an integer of more than 64 bits, which Flask-Session's MessagePack cannot hold; set a string")
)

// AppendMap appends the header of a map of n members.
func AppendMap(dst []byte, n int) []byte {
	return msgp.AppendMapHeader(dst, uint32(n)) // #nosec G115 -- of a session's size
}

// AppendKey appends the key of a member.
func AppendKey(dst []byte, key string) ([]byte, error) { return AppendValue(dst, key) }

// AppendValue appends a value that package flask's codec has decoded. On an error dst's own bytes
// are unchanged.
func AppendValue(dst []byte, v any) ([]byte, error) { return appendValue(dst, v, 1) }

func appendValue(dst []byte, v any, depth int) ([]byte, error) {
	if depth > tagged.MaxDepth {
		return dst, tagged.ErrTooDeep
	}
	switch v := v.(type) {
	case nil:
		return msgp.AppendNil(dst), nil
	case bool:
		return msgp.AppendBool(dst, v), nil
	case int64:
		return msgp.AppendInt64(dst, v), nil
	case json.Number:
		n, err := strconv.ParseUint(string(v), 10, 64)
		if err != nil {
			return dst, errInteger
		}
		return msgp.AppendUint64(dst, n), nil
	case float64:
		return msgp.AppendFloat64(dst, v), nil
	case string:
		if !utf8.ValidString(v) {
			return dst, tagged.ErrNotUTF8
		}
		return msgp.AppendString(dst, v), nil
	case []byte:
		return msgp.AppendBytes(dst, v), nil
	case time.Time:
		return msgp.AppendTimeExt(dst, v), nil
	case []any:
		return appendList(dst, v, depth)
	case flask.Tuple:
		return appendList(dst, v, depth)
	case map[string]any:
		return appendMap(dst, v, depth)
	case template.HTML:
		return dst, errMarkup
	case flask.UUID:
		return dst, errUUID
	}
	return dst, fmt.Errorf("it is a %T", v)
}

func appendList(dst []byte, list []any, depth int) ([]byte, error) {
	out := msgp.AppendArrayHeader(dst, uint32(len(list))) // #nosec G115 -- of a session's size
	for _, v := range list {
		var err error
		if out, err = appendValue(out, v, depth+1); err != nil {
			return dst, err
		}
	}
	return out, nil
}

func appendMap(dst []byte, dict map[string]any, depth int) ([]byte, error) {
	out := AppendMap(dst, len(dict))
	for _, key := range slices.Sorted(maps.Keys(dict)) {
		var err error
		if out, err = AppendKey(out, key); err != nil {
			return dst, err
		}
		if out, err = appendValue(out, dict[key], depth+1); err != nil {
			return dst, err
		}
	}
	return out, nil
}

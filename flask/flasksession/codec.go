package flasksession

import (
	"errors"
	"strings"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/msgpack"
	"github.com/wafer-go/wafer/flask/flasksession/internal/pickle"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
	"github.com/wafer-go/wafer/session/driver"
)

// The codecs of the formats. Values are Flask's tagged JSON, or plain JSON where that is the format
// itself. Messages are written as Flask's cookie has them, because a codec must return what it was
// given; the formats make pairs of category and text of them.
var (
	msgpackCodec driver.Codec = valueCodec{flask.Codec, "flask-session-msgpack", func(v any) error {
		_, err := msgpack.AppendValue(nil, v)
		return err
	}}
	pickleCodec driver.Codec = valueCodec{flask.Codec, "flask-session-pickle", func(v any) error {
		return new(pickle.Writer).Value("", v)
	}}
	jsonCodec driver.Codec = valueCodec{driver.JSON, "flask-session-json", func(any) error { return nil }}
)

// A valueCodec refuses what its format cannot hold.
type valueCodec struct {
	driver.Codec
	name  string
	check func(v any) error // v is what Codec decodes
}

func (c valueCodec) Name() string { return c.name }

func (c valueCodec) AppendValue(dst []byte, v any) ([]byte, error) {
	out, err := c.Codec.AppendValue(dst, v)
	if err != nil {
		return dst, err
	}
	var plain any
	if err := c.DecodeValue(string(out[len(dst):]), &plain); err != nil {
		return dst, err
	}
	if err := c.check(plain); err != nil {
		return dst, err
	}
	return out, nil
}

var errUnreadable = errors.New("it has a value of a type that Go has no form for; it stays as Python wrote it until it is set or deleted")

func (c valueCodec) DecodeValue(raw string, into any) error {
	err := c.Codec.DecodeValue(raw, into)
	if err != nil && strings.Contains(raw, tagged.Unreadable) {
		return errUnreadable
	}
	return err
}

// AppendMessage refuses Data, for which Flask-Session's records have no place.
func (valueCodec) AppendMessage(dst []byte, m driver.Message) ([]byte, error) {
	if m.Data != nil {
		return dst, errors.New("Flask-Session's records have no place for the Data of a flash message")
	}
	return flask.Codec.AppendMessage(dst, m)
}

func (valueCodec) DecodeMessage(raw string) (driver.Message, error) {
	return flask.Codec.DecodeMessage(raw)
}

// messages returns the values of a list of messages as Flask keeps them: a tuple of category and
// text each. What cannot be read is left out, since it could not be shown.
func messages(list []string) []any {
	all := make([]any, 0, len(list))
	for _, one := range list {
		var v any
		if flask.Codec.DecodeValue(one, &v) == nil { // of a title, the text that Flask shows
			all = append(all, v)
		}
	}
	return all
}

// plainText makes str of the Markup in messages, for formats without it. A template shows the tags.
func plainText(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = plainText(v[i])
		}
	case flask.Tuple:
		return plainText([]any(v))
	case map[string]any:
		for key := range v {
			v[key] = plainText(v[key])
		}
	default:
		if text, ok := asText(v); ok {
			return text
		}
	}
	return v
}

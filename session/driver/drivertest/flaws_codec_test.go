package drivertest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// A codecFlaw is a codec that gets one thing wrong.
type codecFlaw struct {
	name   string
	breaks string
	codec  driver.Codec
}

// hookedCodec is a good codec of which a flaw can replace each method.
type hookedCodec struct {
	driver.Codec
	name          func() string
	appendKey     func(dst []byte, key string) []byte
	appendValue   func(dst []byte, v any) ([]byte, error)
	decodeValue   func(raw string, into any) error
	appendMessage func(dst []byte, m driver.Message) ([]byte, error)
	decodeMessage func(raw string) (driver.Message, error)
}

func (c hookedCodec) Name() string {
	if c.name != nil {
		return c.name()
	}
	return c.Codec.Name()
}

func (c hookedCodec) AppendKey(dst []byte, key string) []byte {
	if c.appendKey != nil {
		return c.appendKey(dst, key)
	}
	return c.Codec.AppendKey(dst, key)
}

func (c hookedCodec) AppendValue(dst []byte, v any) ([]byte, error) {
	if c.appendValue != nil {
		return c.appendValue(dst, v)
	}
	return c.Codec.AppendValue(dst, v)
}

func (c hookedCodec) DecodeValue(raw string, into any) error {
	if c.decodeValue != nil {
		return c.decodeValue(raw, into)
	}
	return c.Codec.DecodeValue(raw, into)
}

func (c hookedCodec) AppendMessage(dst []byte, m driver.Message) ([]byte, error) {
	if c.appendMessage != nil {
		return c.appendMessage(dst, m)
	}
	return c.Codec.AppendMessage(dst, m)
}

func (c hookedCodec) DecodeMessage(raw string) (driver.Message, error) {
	if c.decodeMessage != nil {
		return c.decodeMessage(raw)
	}
	return c.Codec.DecodeMessage(raw)
}

var (
	errNo = errors.New("it cannot be kept")

	codecMu   sync.Mutex
	codecLast any
)

var codecFlaws = []codecFlaw{
	{"NameWithAColon", "Name", hookedCodec{Codec: driver.JSON, name: func() string { return "json:2" }}},
	{"KeyAsItIs", "Key", hookedCodec{Codec: driver.JSON, appendKey: func(dst []byte, key string) []byte {
		return append(append(append(dst, '"'), key...), '"')
	}}},
	{"KeysInUTF8", "KeysDiffer", hookedCodec{Codec: driver.JSON, appendKey: func(dst []byte, key string) []byte {
		return driver.JSON.AppendKey(dst, strings.ToValidUTF8(key, "\ufffd"))
	}}},
	{"EncodingJSON", "ValueRoundTrip NumbersInAny WrongText", hookedCodec{
		Codec: driver.JSON,
		appendValue: func(dst []byte, v any) ([]byte, error) {
			text, err := json.Marshal(v)
			return append(dst, text...), err
		},
		decodeValue: func(raw string, into any) error { return json.Unmarshal([]byte(raw), into) },
	}},
	{"TextsOnly", "PlainValues", hookedCodec{Codec: driver.JSON, appendValue: func(dst []byte, v any) ([]byte, error) {
		if _, ok := v.(string); !ok {
			return dst, errNo
		}
		return driver.JSON.AppendValue(dst, v)
	}}},
	{"Spaced", "ValueIsCompact", hookedCodec{Codec: driver.JSON, appendValue: func(dst []byte, v any) ([]byte, error) {
		text, err := driver.JSON.AppendValue(nil, v)
		if err != nil {
			return dst, err
		}
		return append(dst, strings.ReplaceAll(string(text), ",", ", ")...), nil
	}}},
	{"LeavesAHalfValue", "ErrorLeavesDst ValueRoundTrip", hookedCodec{Codec: driver.JSON, appendValue: func(dst []byte, v any) ([]byte, error) {
		out, err := driver.JSON.AppendValue(dst, v)
		if err != nil {
			return append(dst, "[1,"...), err
		}
		return out, nil
	}}},
	{"NullIsEmpty", "WordsInAny", hookedCodec{Codec: driver.JSON, decodeValue: func(raw string, into any) error {
		if p, ok := into.(*any); ok && raw == `[null,true,"a",[],{}]` {
			*p = []any{"", true, "a", []any{}, map[string]any{}}
			return nil
		}
		return driver.JSON.DecodeValue(raw, into)
	}}},
	{"QuotesTheText", "WrongText", hookedCodec{Codec: driver.JSON, decodeValue: func(raw string, into any) error {
		if err := driver.JSON.DecodeValue(raw, into); err != nil {
			return fmt.Errorf("%q does not fit", raw)
		}
		return nil
	}}},
	{"DropsTheTitle", "Message", hookedCodec{Codec: driver.JSON, appendMessage: func(dst []byte, m driver.Message) ([]byte, error) {
		m.Title = ""
		return driver.JSON.AppendMessage(dst, m)
	}}},
	{"NoMarkup", "PlainMessage", hookedCodec{Codec: driver.JSON, appendMessage: func(dst []byte, m driver.Message) ([]byte, error) {
		if m.Markup {
			return dst, errNo
		}
		return driver.JSON.AppendMessage(dst, m)
	}}},
	{"LeavesAHalfMessage", "MessageErrorLeavesDst", hookedCodec{Codec: driver.JSON, appendMessage: func(dst []byte, m driver.Message) ([]byte, error) {
		out, err := driver.JSON.AppendMessage(dst, m)
		if err != nil {
			return append(dst, "[1,"...), err
		}
		return out, nil
	}}},
	{"TrustsAnyMarkup", "StrangeMessage", hookedCodec{Codec: driver.JSON, decodeMessage: func(raw string) (driver.Message, error) {
		m, err := driver.JSON.DecodeMessage(raw)
		m.Markup = m.Markup || strings.Contains(m.Text, "<")
		return m, err
	}}},
	{"ForgivesBrokenMessages", "BrokenMessage", hookedCodec{Codec: driver.JSON, decodeMessage: func(raw string) (driver.Message, error) {
		m, err := driver.JSON.DecodeMessage(raw)
		if err != nil {
			return driver.Message{Text: raw}, nil
		}
		return m, nil
	}}},
	{"OneValueAtATime", "CodecIsConcurrent", hookedCodec{
		Codec: driver.JSON,
		appendValue: func(dst []byte, v any) ([]byte, error) {
			codecMu.Lock()
			codecLast = v
			codecMu.Unlock()
			time.Sleep(100 * time.Microsecond) // so that another's comes between
			return driver.JSON.AppendValue(dst, v)
		},
		decodeValue: func(raw string, into any) error {
			codecMu.Lock()
			defer codecMu.Unlock()
			if m, ok := into.(*map[string]any); ok && codecLast != nil {
				if last, ok := codecLast.(map[string]any); ok && last["k"] != nil {
					*m = last
					return nil
				}
			}
			return driver.JSON.DecodeValue(raw, into)
		},
	}},
}

package rawjson

import (
	"fmt"
	"slices"

	"github.com/wafer-go/wafer/internal/jsonvalue"
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
)

// Translate writes a payload of one codec as another would have. Values are carried over as what
// they mean in JSON. An error wraps [driver.ErrBadPayload] and names the value that the codec
// cannot hold. Of the flash messages only the newest are carried over, without those that a codec
// cannot hold; dropped is how many are not.
func Translate(payload string, from, to driver.Codec, newest int) (translated string, dropped int, err error) {
	if from.Name() == to.Name() {
		return payload, 0, nil
	}
	object, err := Parse(payload, nil)
	if err != nil {
		return "", 0, fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	buf := buffer.Get()
	defer buf.Free()
	out := append(slices.Grow(buf.B, len(payload)), '{') // doubling it several times would allocate four times that
	for i := range object.Len() {
		if i > 0 {
			out = append(out, ',')
		}
		m := object.At(i)
		out = append(to.AppendKey(out, m.Key), ':')
		if m.Key == driver.FlashesKey {
			out, dropped = translateMessages(out, m.Raw, from, to, newest)
		} else if out, err = translateValue(out, m.Raw, from, to); err != nil {
			return "", 0, fmt.Errorf("%w: %w", driver.ErrBadPayload, &driver.ValueError{Key: m.Key, Err: err})
		}
	}
	buf.B = append(out, '}')
	return string(buf.B), dropped, nil
}

func translateValue(dst []byte, raw string, from, to driver.Codec) ([]byte, error) {
	source, reads := from.(jsonvalue.Translator)
	target, writes := to.(jsonvalue.Translator)
	if reads && writes {
		return jsonvalue.Translate(dst, raw, source, target)
	}
	var v any
	if err := from.DecodeValue(raw, &v); err != nil {
		return dst, err
	}
	return to.AppendValue(dst, v)
}

// translateMessages leaves out what cannot be carried over: a message never fails a session.
func translateMessages(dst []byte, raw string, from, to driver.Codec, newest int) (out []byte, dropped int) {
	list, dropped := Messages(raw, newest)
	dst = append(dst, '[')
	first := len(dst)
	for _, raw := range list {
		start := len(dst)
		if start > first {
			dst = append(dst, ',')
		}
		m, err := from.DecodeMessage(raw)
		if err == nil {
			dst, err = appendMessage(dst, m, to)
		}
		if err != nil {
			dst = dst[:start]
			dropped++
		}
	}
	return append(dst, ']'), dropped
}

// appendMessage appends a message without its data if the codec has no place for that.
func appendMessage(dst []byte, m driver.Message, to driver.Codec) ([]byte, error) {
	out, err := to.AppendMessage(dst, m)
	if err == nil || m.Data == nil {
		return out, err
	}
	m.Data = nil
	return to.AppendMessage(dst, m)
}

// Messages returns the newest messages in the value at [driver.FlashesKey], oldest first, as they
// were written, and how many are older. What another program kept there in another shape counts as
// one message, so that it is shown rather than lost.
func Messages(raw string, newest int) (list []string, older int) {
	if raw == "null" {
		return nil, 0
	}
	list, older, err := Split(raw, newest)
	if err != nil {
		return []string{raw}, 0
	}
	return list, older
}

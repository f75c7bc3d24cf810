package rawjson

import (
	"fmt"

	"github.com/wafer-go/wafer/session/driver"
)

// Translate writes a payload of one codec as another would have. Values are carried over as what
// they mean in JSON. An error wraps [driver.ErrBadPayload] and names the value that the codec
// cannot hold.
func Translate(payload string, from, to driver.Codec) (string, error) {
	if from.Name() == to.Name() {
		return payload, nil
	}
	object, err := Parse(payload, nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", driver.ErrBadPayload, err)
	}
	for i := range object.Len() {
		m := object.At(i)
		raw, err := translateValue(m, from, to)
		if err != nil {
			return "", fmt.Errorf("%w: %w", driver.ErrBadPayload, &driver.ValueError{Key: m.Key, Err: err})
		}
		object.Set(&Member{Key: m.Key, Raw: raw}) // keys are spelled differently too
	}
	translated, err := object.AppendTo(nil, to)
	return string(translated), err
}

func translateValue(m Member, from, to driver.Codec) (string, error) {
	if m.Key == driver.FlashesKey {
		return translateMessages(Messages(m.Raw), from, to)
	}
	var v any
	if err := from.DecodeValue(m.Raw, &v); err != nil {
		return "", err
	}
	raw, err := to.AppendValue(nil, v)
	return string(raw), err
}

func translateMessages(list []string, from, to driver.Codec) (string, error) {
	translated := []byte{'['}
	for i, raw := range list {
		m, err := from.DecodeMessage(raw)
		if err != nil {
			return "", err
		}
		if i > 0 {
			translated = append(translated, ',')
		}
		if translated, err = to.AppendMessage(translated, m); err != nil {
			return "", err
		}
	}
	return string(append(translated, ']')), nil
}

// Messages returns the messages in the value at [driver.FlashesKey], oldest first, as they were
// written. What another program kept there in another shape counts as one message, so that it is
// shown rather than lost.
func Messages(raw string) []string {
	if raw == "null" {
		return nil
	}
	list, err := Split(raw)
	if err != nil {
		return []string{raw}
	}
	return list
}

package flask

import (
	"bytes"
	"errors"
	"strings"
)

// Flask's tags hold for the session itself too. A session whose only key is a
// tag is written {" di":{" t__":...}}, and one that reads as anything but a
// dict is none.

var (
	errNotDict   = errors.New("it is not a JSON object")
	errTaggedTop = errors.New("its JSON is not a dict")
)

// openPayload gives a payload as a plain object. The values in it keep their
// bytes.
func openPayload(payload string) (string, error) {
	d := newDecoder(payload)
	if d.Peek() != '{' {
		return "", errNotDict
	}
	tag, ok := d.tag()
	switch {
	case !ok:
		return payload, nil
	case tag != tagDict || d.Expect('{') != nil || d.Peek() != '"':
		return "", errTaggedTop
	}
	key, err := d.String()
	name, escaped := strings.CutSuffix(key, tagSuffix)
	if err != nil || !escaped || d.Expect(':') != nil {
		return "", errTaggedTop
	}
	d.Peek()
	start := d.At
	if !d.skip() {
		return "", errTaggedTop
	}
	value := strings.TrimRight(payload[start:d.At], " \t\r\n")
	// One brace closes the dict, the other its tag.
	d.Peek()
	if inner, ok := strings.CutPrefix(payload[d.At:], "}"); !ok || strings.Trim(inner, " \t\r\n") != "}" {
		return "", errTaggedTop
	}
	out, _ := appendQuoted([]byte{'{'}, name)
	out = append(out, ':')
	out = append(out, value...)
	return string(append(out, '}')), nil
}

// closePayload is the inverse of openPayload, for an object in compact JSON.
func closePayload(payload []byte) []byte {
	// A tag begins with a space, which another writer may have escaped.
	if !bytes.HasPrefix(payload, []byte(`{" `)) && !bytes.HasPrefix(payload, []byte(`{"\`)) {
		return payload
	}
	d := newDecoder(string(payload))
	tag, ok := d.tag()
	if !ok {
		return payload
	}
	out := append(make([]byte, 0, len(payload)+12), `{"`+tagDict+`":{"`...)
	out = append(out, tag+tagSuffix+`":`...)
	out = append(out, payload[d.At:]...)
	return append(out, '}')
}

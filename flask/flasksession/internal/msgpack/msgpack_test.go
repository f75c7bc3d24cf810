package msgpack

import (
	"strings"
	"testing"

	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// payload returns the session in a map with one value under "a".
func payload(value string) (string, error) {
	doc, err := Parse([]byte("\x81\xa1a" + value))
	if err != nil {
		return "", err
	}
	return doc.Payload, nil
}

// Each ends where its length says, and is the last of the record.
func TestParse_WhatEndsWithTheRecord(t *testing.T) {
	for value, want := range map[string]string{
		"\x90": `[]`, "\x93\xc0\xc3\x01": `[null,true,1]`, "\x80": `{}`, "\x81\xa0\xc0": `{"":null}`, "\xa0": `""`, "\xa2hi": `"hi"`,
		"\xbf" + strings.Repeat("x", 31): `"` + strings.Repeat("x", 31) + `"`, "\xd9\x02hi": `"hi"`, "\xda\x00\x02hi": `"hi"`, "\xdb\x00\x00\x00\x02hi": `"hi"`,
		"\xc4\x00": `{" b":""}`, "\xc4\x02hi": `{" b":"aGk="}`, "\xc5\x00\x02hi": `{" b":"aGk="}`, "\xc6\x00\x00\x00\x02hi": `{" b":"aGk="}`,
		"\xcf\x7f\xff\xff\xff\xff\xff\xff\xff": `9223372036854775807`, "\xcf\x80\x00\x00\x00\x00\x00\x00\x00": `9223372036854775808`,
		"\xd4\x05x": tagged.Unreadable, "\xd8\x05" + strings.Repeat("x", 16): tagged.Unreadable,
		"\xc7\x00\x05": tagged.Unreadable, "\xc7\x03\x05xyz": tagged.Unreadable, "\xc8\x00\x01\x05x": tagged.Unreadable, "\xc9\x00\x00\x00\x01\x05x": tagged.Unreadable,
	} {
		if got, err := payload(value); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%q is read as %s, %v", value, got, err)
		}
		if got, err := payload(value[:len(value)-1]); err == nil {
			t.Errorf("%q, which is cut, is read as %s", value[:len(value)-1], got)
		}
		if got, err := payload(value + "\xc0"); err == nil {
			t.Errorf("%q, which has a byte more, is read as %s", value, got)
		}
	}
}

// The specification's three forms of a time.
func TestParse_Times(t *testing.T) {
	const leapDay = `{" d":"Thu, 29 Feb 2024 12:34:56 GMT"}`
	for value, want := range map[string]string{
		"\xd6\xff\x65\xe0\x79\xf0":                                     leapDay,
		"\xd7\xff\xee\x6b\x27\xfc\x65\xe0\x79\xf0":                     leapDay, // and 999,999,999 nanoseconds
		"\xd7\xff\xee\x6b\x28\x00\x65\xe0\x79\xf0":                     tagged.Unreadable,
		"\xc7\x0c\xff\x3b\x9a\xc9\xff\x00\x00\x00\x00\x65\xe0\x79\xf0": leapDay,
		"\xc7\x0c\xff\x3b\x9a\xca\x00\x00\x00\x00\x00\x65\xe0\x79\xf0": tagged.Unreadable,
		"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff": `{" d":"Wed, 31 Dec 1969 23:59:59 GMT"}`,
		"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xf2\x42\xa4\x97\x80": `{" d":"Fri, 01 Jan 0100 00:00:00 GMT"}`,
		"\xc7\x0c\xff\x00\x00\x00\x00\xff\xff\xff\xf2\x42\xa4\x97\x7f": tagged.Unreadable,
		"\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x3a\xff\xf4\x41\x7f": `{" d":"Fri, 31 Dec 9999 23:59:59 GMT"}`,
		"\xc7\x0c\xff\x00\x00\x00\x00\x00\x00\x00\x3a\xff\xf4\x41\x80": tagged.Unreadable,
		"\xc7\x0c\xff\x00\x00\x00\x00\x80\x00\x00\x00\x00\x00\x00\x00": tagged.Unreadable,
		"\xc7\x0c\xff\x00\x00\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff": tagged.Unreadable,
		"\xc7\x05\xff\x00\x00\x00\x00\x00":                             tagged.Unreadable,
	} {
		if got, err := payload(value); err != nil || got != `{"a":`+want+`}` {
			t.Errorf("%q is read as %s, %v", value, got, err)
		}
	}
}

func TestMaxDepth_HoldsForReadingAndWriting(t *testing.T) {
	for levels, ok := range map[int]bool{tagged.MaxDepth: true, tagged.MaxDepth + 1: false} {
		list, dict := any([]any{}), any(map[string]any{})
		for range levels - 1 {
			list, dict = []any{list}, map[string]any{"": dict}
		}
		for value, v := range map[string]any{
			strings.Repeat("\x91", levels-1) + "\x90": list, strings.Repeat("\x81\xa0", levels-1) + "\x80": dict,
		} {
			if _, err := payload(value); (err == nil) != ok {
				t.Errorf("%d of %q are read with the error %v", levels, value[:1], err)
			}
			if got, err := AppendValue(nil, v); (err == nil) != ok || ok && string(got) != value {
				t.Errorf("%d of %q are written as %.9q, %v", levels, value[:1], got, err)
			}
		}
	}
}

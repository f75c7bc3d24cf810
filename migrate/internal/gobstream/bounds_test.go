package gobstream

import (
	"bytes"
	"encoding/gob"
	"math"
	"strings"
	"testing"
)

// message puts the length of its parts before them.
func message(parts ...[]byte) []byte {
	whole := bytes.Join(parts, nil)
	return append(appendMessage(nil, whole), whole...)
}

// number is an int as encoding/gob writes it.
func number(i int64) []byte { return appendUint(nil, uint64(i<<1)^uint64(i>>63)) }

// ints defines a type by its number: a list of ints.
func ints(id int64) []byte {
	return message(number(-id), []byte{2, 1, 0, 1, 4, 0, 0})
}

func TestCheck_TheNumberOfAType(t *testing.T) {
	for id, want := range map[int64]bool{1: false, 63: false, 64: true, math.MaxInt32: true, math.MaxInt32 + 1: false} {
		stream := append(ints(id), message(number(id), []byte{0, 1, 2})...)
		if _, err := Check(stream); (err == nil) != want {
			t.Errorf("a type with the number %d: %v", id, err)
		}
	}
	if _, err := Check(join(ints(64), ints(64), message(number(64), []byte{0, 0}))); err == nil {
		t.Error("a type that is defined twice is accepted")
	}
	if _, err := Check(message(number(0), []byte{0, 0})); err == nil {
		t.Error("a value of the type 0 is accepted")
	}
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestCheck_ADefinitionHasOneKind(t *testing.T) {
	for what, c := range map[string]struct {
		definition []byte
		want       bool
	}{
		"none":                    {[]byte{0}, false},
		"an array":                {[]byte{1, 1, 0, 1, 4, 0, 0}, true},
		"an array of length zero": {[]byte{1, 1, 0, 1, 4, 1, 0, 0, 0}, true},
		"an array below zero":     {[]byte{1, 1, 0, 1, 4, 1, 1, 0, 0}, false},
		"an array and a list":     {[]byte{1, 1, 0, 1, 4, 0, 1, 1, 0, 1, 4, 0, 0}, false},
		"one that encodes itself": {[]byte{7, 1, 0, 0, 0}, true}, // encoding.TextMarshaler, the last
		"one beyond the last":     {[]byte{8, 1, 0, 0, 0}, false},
		"two, one beyond":         {[]byte{6, 1, 0, 0, 2, 1, 0, 0, 0}, false},
	} {
		stream := join(message(number(-64), c.definition), message(number(64), []byte{0, 0}))
		if _, err := Check(stream); (err == nil) != c.want {
			t.Errorf("a type of this kind: %s: %v", what, err)
		}
	}
}

// changed is a stream whose last message has other bytes at its end.
func changed(t *testing.T, b []byte, before, after string) []byte {
	t.Helper()
	last := 0
	for rest := b; len(rest) > 0; {
		size, n := readUint(rest)
		last, rest = len(b)-len(rest), rest[n+int(size):]
	}
	_, n := readUint(b[last:])
	value, found := bytes.CutSuffix(b[last+n:], []byte(before))
	if !found {
		t.Fatalf("the value %q does not end with %q", b[last+n:], before)
	}
	return join(b[:last], message(value, []byte(after)))
}

func TestCheck_AnArrayHasTheLengthOfItsType(t *testing.T) {
	whole := encode(t, [2]int{1, 2})
	for after, want := range map[string]bool{"\x02\x02\x04": true, "\x01\x02": false, "\x03\x02\x04\x06": false} {
		if _, err := Check(changed(t, whole, "\x02\x02\x04", after)); (err == nil) != want {
			t.Errorf("an array of two, %q: %v", after, err)
		}
	}
}

func TestCheck_AStructHasTheFieldsOfItsType(t *testing.T) {
	whole := encode(t, struct{ A, B int }{1, 2})
	for after, want := range map[string]bool{
		"\x01\x02\x01\x04\x00": true, "\x02\x04\x00": true, "\x03\x02\x00": false, "\x04\x02\x00": false, "\x01\x02\x02\x04\x00": false,
		"\x01\x02\x01\x04\x01\x06\x00": false, "\xf8\xff\xff\xff\xff\xff\xff\xff\xff\x02\x00": false,
	} {
		if _, err := Check(changed(t, whole, "\x01\x02\x01\x04\x00", after)); (err == nil) != want {
			t.Errorf("a struct of two fields, %q: %v", after, err)
		}
	}
}

func TestCheck_NestingIsCounted(t *testing.T) {
	for count, want := range map[int]bool{maxDepth: true, maxDepth + 1: false, 3 * maxDepth: false} {
		one := &item{Name: "x"}
		for range count - 1 {
			one = &item{Next: one}
		}
		if _, err := Check(encode(t, one)); (err == nil) != want {
			t.Errorf("a text in %d structs: %v", count, err)
		}
	}
}

type (
	longName    int
	tooLongName int
)

func TestCheck_TheNameOfAType(t *testing.T) {
	gob.RegisterName(strings.Repeat("n", maxName), longName(0))
	gob.RegisterName(strings.Repeat("n", maxName+1), tooLongName(0))
	if _, err := Check(encode(t, map[string]any{"a": longName(1)})); err != nil {
		t.Errorf("%d bytes: %v", maxName, err)
	}
	if _, err := Check(encode(t, map[string]any{"a": tooLongName(1)})); err == nil {
		t.Errorf("%d bytes are accepted", maxName+1)
	}
}

func TestReadUint_ALengthOf128BytesIsRefused(t *testing.T) {
	for first, want := range map[byte]int{0x7f: 1, 0x80: 0, 0xf7: 0, 0xf8: 9, 0xff: 2} {
		if _, n := readUint(append([]byte{first}, make([]byte, 200)...)); n != want {
			t.Errorf("%#x begins a number of %d bytes, want %d", first, n, want)
		}
	}
}

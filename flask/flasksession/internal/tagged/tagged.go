// Package tagged writes Flask's tagged JSON piece by piece, for readers of other formats. Package
// flask has the tags' meaning.
package tagged

import (
	"errors"

	"github.com/wafer-go/wafer/flask"
)

// MaxDepth is how deeply values may be nested: less than what package flask reads, because a tag is
// a level there.
const MaxDepth = 300

// Unreadable replaces a value that has no form in Flask's JSON. It is not JSON: only decoding it
// fails, so the session keeps all its other values, and the value itself is kept as it was written.
const Unreadable = "Unreadable"

// Errors of what reads or writes values.
var (
	ErrTooDeep   = errors.New("it is nested too deeply")
	ErrTooLong   = errors.New("it is too long once its references are followed")
	ErrNotDict   = errors.New("it is not a dict")
	ErrCutShort  = errors.New("it ends too soon")
	ErrNotUTF8   = errors.New("it has text that is not UTF-8")
	ErrTrailing  = errors.New("there is more behind its end")
	ErrNotALabel = errors.New("it has a key that is not text or a number")
)

const (
	tupleStart = `{" t":[`
	tupleEnd   = `]}`
	dictStart  = `{" di":{`
	suffix     = "__"
)

// String appends a text.
func String(dst []byte, s string) []byte { return flask.Codec.AppendKey(dst, s) }

// Scalar appends a value that is not a container, or Unreadable.
func Scalar(dst []byte, v any) []byte {
	out, err := flask.Codec.AppendValue(dst, v)
	if err != nil {
		return append(dst, Unreadable...)
	}
	return out
}

// OpenTuple and CloseTuple append what is around the elements of a tuple.
func OpenTuple(dst []byte) []byte { return append(dst, tupleStart...) }

// CloseTuple ends what OpenTuple began.
func CloseTuple(dst []byte) []byte { return append(dst, tupleEnd...) }

// A Dict appends the members of a dict.
type Dict struct {
	lone, more bool
}

// Open begins a dict of n members whose first has the key first.
func (d *Dict) Open(dst []byte, n int, first string) []byte {
	if d.lone = n == 1 && isTag(first); d.lone {
		return append(dst, dictStart...)
	}
	return append(dst, '{')
}

// Key appends the key of the next member, after which its value follows.
func (d *Dict) Key(dst []byte, key string) []byte {
	if d.more {
		dst = append(dst, ',')
	}
	d.more = true
	if d.lone {
		key += suffix
	}
	return append(String(dst, key), ':')
}

// Close ends the dict.
func (d *Dict) Close(dst []byte) []byte {
	if d.lone {
		dst = append(dst, '}')
	}
	return append(dst, '}')
}

func isTag(key string) bool {
	switch key {
	case " t", " b", " m", " u", " d", " di":
		return true
	}
	return false
}

// A Member is one value of a session: its key, its value in Flask's JSON, and its place in the
// record.
type Member struct {
	Key      string
	JSON     string
	From, To int32
}

// A Document is a session's record as it was read.
type Document struct {
	Payload string // Flask's JSON, with the members in the record's order
	Members []Member
}

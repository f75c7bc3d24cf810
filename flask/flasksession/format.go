package flasksession

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
	"github.com/wafer-go/wafer/session/driver"
)

// A Serialization is how the Flask program writes its records. All of them are read, whichever is
// chosen; Flask-Session 0.7 and later read all but CachelibPickle too. A record in another format
// with a value that the chosen one cannot hold is refused.
type Serialization int

const (
	// MessagePack is that of Flask-Session 0.7 and later, by default.
	MessagePack Serialization = iota

	// JSON is theirs with SESSION_SERIALIZATION_FORMAT="json".
	JSON

	// Pickle is that of Flask-Session before 0.7, which reads nothing else.
	Pickle

	// CachelibPickle is that of a cachelib.RedisCache in SESSION_CACHELIB: pickle behind a "!".
	CachelibPickle
)

// maxRecord is the largest record that is read or written, in bytes: memcached's limit.
const maxRecord = 1 << 20

// A format reads and writes records.
type format interface {
	codec() driver.Codec

	// read returns the session in a record.
	read(data []byte) (*document, error)

	// write returns a record of members, which were read from a record of this format, or from nil.
	// Its errors are *[driver.ValueError].
	write(all []member, from *document) ([]byte, error)
}

func (s Serialization) format() (format, error) {
	switch s {
	case MessagePack:
		return msgpackFormat{}, nil
	case JSON:
		return jsonFormat{}, nil
	case Pickle:
		return pickleFormat{}, nil
	case CachelibPickle:
		return pickleFormat{cachelib}, nil
	}
	return nil, fmt.Errorf("flasksession: there is no Serialization %d; use MessagePack, JSON, Pickle or CachelibPickle", int(s))
}

// A document is a record that was read.
type document struct {
	tagged.Document
	format format
	source any // what the format needs to write a member again that did not change
}

var errEmpty = errors.New("it is empty")

// read reads a record, whose format its first byte tells.
func read(data []byte) (*document, error) {
	switch {
	case len(data) == 0:
		return nil, errEmpty
	case len(data) > maxRecord:
		return nil, fmt.Errorf("it has %d bytes, and at most %d are read", len(data), maxRecord)
	}
	var f format
	switch c := data[0]; {
	case c == '{', bytes.IndexByte([]byte(" \t\r\n"), c) >= 0:
		f = jsonFormat{}
	case c == 0x80 && len(data) == 1, c > 0x80 && c <= 0x8f, c == 0xde, c == 0xdf: // maps
		f = msgpackFormat{}
	case c == cachelib[0]:
		f = pickleFormat{cachelib}
	default:
		f = pickleFormat{}
	}
	doc, err := f.read(data)
	if err != nil {
		return nil, fmt.Errorf("its record is not %s that can be read: %w", f, err)
	}
	return doc, nil
}

// unchanged finds the members of a record that are written again as they were.
type unchanged map[string]*tagged.Member

// of returns the members of a record of a format, whatever is before them.
func (d *document) of(f format) unchanged {
	if d == nil || d.format.codec().Name() != f.codec().Name() {
		return nil
	}
	all := make(unchanged, len(d.Members))
	for i := range d.Members {
		m := &d.Members[i]
		key := m.Key
		if !utf8.ValidString(key) { // JSON joins two halves of a pair
			_ = flask.Codec.DecodeValue(string(tagged.String(nil, key)), &key) // it was written just so
		}
		all[key] = m
	}
	return all
}

func (u unchanged) find(m member) (*tagged.Member, bool) {
	old, ok := u[m.key]
	return old, ok && old.JSON == m.raw
}

// decoded returns the value of a member.
func decoded(m member) (v any, err error) {
	if list := elements(m.raw); list != nil && m.key == driver.FlashesKey {
		return messages(list), nil
	}
	if err = flask.Codec.DecodeValue(m.raw, &v); err != nil {
		return nil, &driver.ValueError{Key: m.key, Err: err}
	}
	return v, nil
}

func asText(v any) (string, bool) {
	switch v := v.(type) {
	case template.HTML:
		return string(v), true
	case flask.UUID:
		return v.String(), true
	}
	return "", false
}

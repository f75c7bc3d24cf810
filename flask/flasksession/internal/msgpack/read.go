package msgpack

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/tinylib/msgp/msgp"

	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// Parse reads a session: a map, in Flask's JSON. A member's From and To are where data, whose size
// the driver limits, has its key and value.
func Parse(data []byte) (*tagged.Document, error) {
	if len(data) == 0 {
		return nil, tagged.ErrCutShort
	}
	if msgp.NextType(data) != msgp.MapType {
		return nil, tagged.ErrNotDict
	}
	r := &reader{rest: data, out: make([]byte, 0, 64+2*len(data))}
	n, err := r.count(msgp.ReadMapHeaderBytes, 2)
	if err != nil {
		return nil, err
	}
	r.out = append(r.out, '{')
	doc := &tagged.Document{Members: make([]tagged.Member, n)}
	extents := make([][2]int, n)
	for i := range doc.Members {
		m := &doc.Members[i]
		m.From = int32(len(data) - len(r.rest)) // #nosec G115 -- the driver's limit is far below
		var ok bool
		if m.Key, ok, err = r.label(); err != nil {
			return nil, err
		} else if !ok {
			return nil, tagged.ErrNotALabel
		}
		if i > 0 {
			r.out = append(r.out, ',')
		}
		r.out = append(tagged.String(r.out, m.Key), ':')
		extents[i][0] = len(r.out)
		if err := r.value(1); err != nil {
			return nil, err
		}
		extents[i][1] = len(r.out)
		m.To = int32(len(data) - len(r.rest)) // #nosec G115 -- the driver's limit is far below
	}
	if len(r.rest) > 0 {
		return nil, tagged.ErrTrailing
	}
	doc.Payload = string(append(r.out, '}'))
	for i, e := range extents {
		doc.Members[i].JSON = doc.Payload[e[0]:e[1]]
	}
	return doc, nil
}

// A reader writes what it reads as Flask's JSON.
type reader struct {
	rest []byte
	out  []byte
}

// count reads the header of a list or a map whose elements have at least size bytes each.
func (r *reader) count(header func([]byte) (uint32, []byte, error), size int) (int, error) {
	n, rest, err := header(r.rest)
	if err != nil {
		return 0, broken(err)
	}
	if uint64(n)*uint64(size) > uint64(len(rest)) { // #nosec G115 -- size is 1 or 2
		return 0, fmt.Errorf("it declares %d elements, and %d bytes are left", n, len(rest))
	}
	r.rest = rest
	return int(n), nil
}

// broken returns an error of the library in the words of the others.
func broken(err error) error {
	if errors.Is(err, msgp.ErrShortBytes) {
		return tagged.ErrCutShort
	}
	return errors.New("it is not MessagePack")
}

func (r *reader) value(depth int) error {
	if depth > tagged.MaxDepth {
		return tagged.ErrTooDeep
	}
	if len(r.rest) == 0 {
		return tagged.ErrCutShort
	}
	switch msgp.NextType(r.rest) {
	case msgp.ArrayType:
		return r.list(depth)
	case msgp.MapType:
		return r.dict(depth)
	case msgp.StrType:
		text, err := r.text()
		if err == nil {
			r.out = tagged.String(r.out, text)
		}
		return err
	}
	v, ok, err := r.scalar()
	switch {
	case err != nil:
		return err
	case !ok:
		r.out = append(r.out, tagged.Unreadable...)
	default:
		r.out = tagged.Scalar(r.out, v)
	}
	return nil
}

func (r *reader) list(depth int) error {
	n, err := r.count(msgp.ReadArrayHeaderBytes, 1)
	if err != nil {
		return err
	}
	r.out = append(r.out, '[')
	for i := range n {
		if i > 0 {
			r.out = append(r.out, ',')
		}
		if err := r.value(depth + 1); err != nil {
			return err
		}
	}
	r.out = append(r.out, ']')
	return nil
}

func (r *reader) dict(depth int) error {
	n, err := r.count(msgp.ReadMapHeaderBytes, 2)
	if err != nil {
		return err
	}
	var d tagged.Dict
	start, readable := len(r.out), true
	if n == 0 {
		r.out = d.Open(r.out, 0, "")
	}
	for i := range n {
		key, ok, err := r.label()
		if err != nil {
			return err
		}
		readable = readable && ok
		if i == 0 {
			r.out = d.Open(r.out, n, key)
		}
		r.out = d.Key(r.out, key)
		if err := r.value(depth + 1); err != nil {
			return err
		}
	}
	if r.out = d.Close(r.out); !readable {
		r.out = append(r.out[:start], tagged.Unreadable...)
	}
	return nil
}

// label reads the key of a map as text, as Python's json module writes it. If it has no such text,
// ok is false.
func (r *reader) label() (key string, ok bool, err error) {
	if len(r.rest) == 0 {
		return "", false, tagged.ErrCutShort
	}
	switch msgp.NextType(r.rest) {
	case msgp.StrType:
		key, err = r.text()
		return key, err == nil, err
	case msgp.ArrayType, msgp.MapType:
		start := len(r.out)
		err := r.value(tagged.MaxDepth - 8) // a tuple, which msgspec accepts as a key
		r.out = r.out[:start]
		return "", false, err
	}
	v, ok, err := r.scalar()
	switch v.(type) {
	case nil, bool, float64, int64, json.Number:
	default:
		ok = false
	}
	if err != nil || !ok {
		return "", false, err
	}
	return string(tagged.Scalar(nil, v)), true, nil
}

func (r *reader) text() (string, error) {
	lead := r.rest[0]
	width, size := 0, uint64(lead&0x1f) // fixstr
	if lead >= 0xd9 {                   // str 8 to 32
		width, size = 1<<(lead-0xd9), 0
	}
	text, err := r.body(width, size)
	if err == nil && !utf8.Valid(text) {
		err = tagged.ErrNotUTF8
	}
	return string(text), err
}

// body returns what follows the first byte of a value and a length of width bytes: as many bytes as
// that length and size say together. The library's functions for this panic on a processor of 32
// bits if the length is more than 2 GiB.
func (r *reader) body(width int, size uint64) ([]byte, error) {
	rest := r.rest[1:]
	if len(rest) < width {
		return nil, tagged.ErrCutShort
	}
	var length [8]byte
	copy(length[8-width:], rest)
	rest = rest[width:]
	if size += binary.BigEndian.Uint64(length[:]); size > uint64(len(rest)) {
		return nil, tagged.ErrCutShort
	}
	r.rest = rest[size:]
	return rest[:size], nil
}

// scalar reads a value that is not a text or a container. If Flask's JSON has no form for it, ok is
// false.
func (r *reader) scalar() (v any, ok bool, err error) {
	rest := r.rest
	switch t := msgp.NextType(r.rest); t {
	case msgp.NilType:
		rest, err = msgp.ReadNilBytes(rest)
	case msgp.BoolType:
		v, rest, err = msgp.ReadBoolBytes(rest)
	case msgp.IntType:
		v, rest, err = msgp.ReadInt64Bytes(rest)
	case msgp.UintType:
		var n uint64
		n, rest, err = msgp.ReadUint64Bytes(rest)
		v = json.Number(strconv.FormatUint(n, 10))
	case msgp.Float32Type:
		var f float32
		f, rest, err = msgp.ReadFloat32Bytes(rest)
		v = float64(f)
	case msgp.Float64Type:
		v, rest, err = msgp.ReadFloat64Bytes(rest)
	case msgp.BinType:
		v, err = r.body(1<<(rest[0]-0xc4), 0) // bin 8 to 32
		return v, err == nil, err
	case msgp.InvalidType:
		return nil, false, errors.New("it is not MessagePack")
	default:
		return r.extension()
	}
	if err != nil {
		return nil, false, broken(err)
	}
	r.rest = rest
	return v, true, nil
}

// timeType is the extension that MessagePack defines for times, -1.
const timeType = 0xff

// What Flask's JSON has a form for: the years 100 to 9999, in seconds.
const firstSecond, lastSecond = -59011459200, 253402300799

// extension reads a time, or passes over another extension.
func (r *reader) extension() (v any, ok bool, err error) {
	width, size := 0, uint64(1) // of its type
	if lead := r.rest[0]; lead >= 0xd4 {
		size += 1 << (lead - 0xd4) // fixext 1 to 16
	} else {
		width = 1 << (lead - 0xc7) // ext 8 to 32
	}
	data, err := r.body(width, size)
	if err != nil || data[0] != timeType {
		return nil, false, err
	}
	at, ok := timestamp(data[1:])
	return at, ok, nil
}

// timestamp reads a time's 4, 8 or 12 bytes.
func timestamp(data []byte) (time.Time, bool) {
	var seconds int64
	var nanos uint64
	switch len(data) {
	case 4:
		seconds = int64(binary.BigEndian.Uint32(data))
	case 8:
		both := binary.BigEndian.Uint64(data)
		nanos, seconds = both>>34, int64(both&(1<<34-1)) // #nosec G115 -- 34 bits
	case 12:
		nanos, seconds = uint64(binary.BigEndian.Uint32(data)), int64(binary.BigEndian.Uint64(data[4:])) // #nosec G115 -- signed
	default:
		return time.Time{}, false
	}
	if nanos >= 1e9 || seconds < firstSecond || seconds > lastSecond {
		return time.Time{}, false
	}
	return time.Unix(seconds, int64(nanos)).UTC(), true // #nosec G115 -- compared just before
}

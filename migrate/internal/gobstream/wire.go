package gobstream

import (
	"encoding/binary"
	"errors"
	"math"
)

// The numbers of the types that need no definition (encoding/gob, type.go).
const (
	boolID = iota + 1
	intID
	uintID
	floatID
	bytesID
	stringID
	complexID
	interfaceID

	firstID = 64 // of the types that a stream defines
)

// A wireType is what a stream says of a type.
type wireType struct {
	kind      int
	elem, key int64
	length    uint64  // of an array
	fields    []int64 // of a struct: their types
}

// The kinds of types, by their place in encoding/gob's wireType. What comes after them encodes
// itself: gob.GobEncoder, encoding.BinaryMarshaler and encoding.TextMarshaler.
const (
	arrayKind = iota
	sliceKind
	structKind
	mapKind
	lastKind = 6
)

var errType = errors.New("the gob defines a type in no way that encoding/gob does")

// define reads the definition of a type.
func (c *checker) define(id int64) error {
	if id < firstID || id > math.MaxInt32 || c.types[id] != nil {
		return errType
	}
	t := &wireType{kind: -1}
	err := c.fields(func(kind int) error {
		if t.kind >= 0 || kind > lastKind {
			return errType
		}
		t.kind = kind
		return c.fields(func(field int) error { return c.typeField(t, field) })
	})
	if err == nil && t.kind < 0 {
		err = errType
	}
	c.types[id] = t
	return err
}

// typeField reads a field of an arrayType, sliceType, structType, mapType or gobEncoderType. The
// first is the same in all, a name and a number.
func (c *checker) typeField(t *wireType, field int) error {
	var err error
	switch {
	case field == 0:
		return c.named(nil)
	case field == 1 && t.kind == structKind:
		n, err := c.uint()
		if err != nil {
			return err
		}
		for ; n > 0; n-- { // each has at least one byte
			var id int64
			if err := c.named(&id); err != nil {
				return err
			}
			t.fields = append(t.fields, id)
		}
		return nil
	case field == 1 && t.kind == mapKind:
		t.key, err = c.int()
	case field == 1 && t.kind < structKind, field == 2 && t.kind == mapKind:
		t.elem, err = c.int()
	case field == 2 && t.kind == arrayKind:
		var n int64
		if n, err = c.int(); n < 0 {
			return errType
		}
		t.length = uint64(n) // #nosec G115 -- not negative
	default:
		return errType
	}
	return err
}

// named reads a CommonType or fieldType: a name and a number.
func (c *checker) named(id *int64) error {
	return c.fields(func(field int) error {
		switch field {
		case 0:
			n, err := c.uint()
			if err != nil || n > uint64(len(c.message)) {
				return errType
			}
			c.message = c.message[n:]
			return nil
		case 1:
			n, err := c.int()
			if id != nil {
				*id = n
			}
			return err
		}
		return errType
	})
}

// fields reads a struct of which read reads each field that is there.
func (c *checker) fields(read func(field int) error) error {
	for field := -1; ; {
		delta, err := c.uint()
		if err != nil || delta == 0 {
			return err
		}
		if delta > lastKind+1 {
			return errType
		}
		field += int(delta) // #nosec G115 -- small, as checked above
		if err := read(field); err != nil {
			return err
		}
	}
}

// readUint reads a number as encoding/gob writes it: a byte below 128, or the negated number of
// bytes that follow. n is 0 if there is none.
func readUint(b []byte) (x uint64, n int) {
	if len(b) == 0 {
		return 0, 0
	}
	if b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	size := -int(int8(b[0])) // #nosec G115 -- the byte is a negative number
	if size > 8 || size >= len(b) {
		return 0, 0
	}
	for _, c := range b[1 : 1+size] {
		x = x<<8 | uint64(c)
	}
	return x, 1 + size
}

func (c *checker) uint() (uint64, error) {
	x, n := readUint(c.message)
	if n == 0 {
		return 0, errShort
	}
	c.message = c.message[n:]
	return x, nil
}

func (c *checker) int() (int64, error) {
	x, err := c.uint()
	i := int64(x >> 1) // #nosec G115 -- it has 63 bits
	if x&1 != 0 {
		i = ^i
	}
	return i, err
}

func (c *checker) copyUint() (uint64, error) {
	before := c.message
	x, err := c.uint()
	c.value = append(c.value, before[:len(before)-len(c.message)]...)
	return x, err
}

// copyBytes copies a length and as many bytes, and returns the length.
func (c *checker) copyBytes() (uint64, error) {
	n, err := c.copyUint()
	if err != nil {
		return 0, err
	}
	if n > uint64(len(c.message)) {
		return 0, errShort
	}
	c.value = append(c.value, c.message[:n]...)
	c.message = c.message[n:]
	return n, nil
}

func (c *checker) appendInt(i int64) {
	x := uint64(i) << 1 // #nosec G115 -- only numbers of types are written
	c.value = appendUint(c.value, x)
}

func appendUint(b []byte, x uint64) []byte {
	if x < 0x80 {
		return append(b, byte(x))
	}
	var all [8]byte
	binary.BigEndian.PutUint64(all[:], x)
	i := 0
	for all[i] == 0 {
		i++
	}
	return append(append(b, byte(i-8)), all[i:]...) // #nosec G115 -- the negated number of bytes
}

// appendMessage appends the length of a message.
func appendMessage(b, message []byte) []byte { return appendUint(b, uint64(len(message))) }

// Package gobstream checks a stream of encoding/gob before a Decoder sees it. A Decoder makes room
// for as many entries of a map as the stream claims, so a few bytes can use all memory; and it
// passes over unknown fields by a length that the stream claims too.
package gobstream

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// maxDepth is how deep values may be nested, of which a list in an any is two.
const maxDepth = 500

// maxName is encoding/gob's own limit on the name of a type.
const maxName = 1024

var (
	errShort = errors.New("the gob ends too early")
	errDepth = fmt.Errorf("the gob is nested more than %d deep", maxDepth)
)

// Check returns a stream with the first value in b, and nothing else, in a form in which no count
// or length is larger than what follows: each element that a list or map claims is there. Types are
// defined before the value. The size of what is returned is at most a small multiple of len(b), and
// so is the memory to read it, beside the size of the program's own types.
func Check(b []byte) ([]byte, error) {
	c := &checker{rest: b, types: make(map[int64]*wireType)}
	id, err := c.typeSequence(false)
	if err != nil {
		return nil, err
	}
	c.appendInt(id)
	if err := c.topValue(id, 0); err != nil {
		return nil, err
	}
	return append(appendMessage(c.defined, c.value), c.value...), nil
}

// A checker reads a stream as a gob.Decoder does: message by message, of which the next is fetched
// only if a type is due and the message is used up.
type checker struct {
	message, rest []byte
	types         map[int64]*wireType
	defined       []byte // the messages that define types
	value         []byte // the value so far, without definitions
}

// typeSequence reads the definitions of types that precede a value, and returns the value's type.
func (c *checker) typeSequence(inInterface bool) (int64, error) {
	for {
		if len(c.message) == 0 {
			size, n := readUint(c.rest)
			if n == 0 || size == 0 || size > uint64(len(c.rest)-n) {
				return 0, errShort
			}
			c.message, c.rest = c.rest[n:n+int(size)], c.rest[n+int(size):] // #nosec G115 -- not more than there are
		}
		start := c.message
		id, err := c.int()
		if err != nil {
			return 0, err
		}
		if id >= 0 {
			return id, nil
		}
		if err := c.define(-id); err != nil {
			return 0, err
		}
		text := start[:len(start)-len(c.message)]
		c.defined = append(appendMessage(c.defined, text), text...)
		if len(c.message) > 0 {
			if !inInterface {
				return 0, errors.New("something follows the definition of a type in a gob")
			}
			if _, err := c.uint(); err != nil { // the length of what follows, which nothing needs
				return 0, err
			}
		}
	}
}

// topValue reads a value that is not in another, or is in an interface: all but structs have a zero
// before them.
func (c *checker) topValue(id int64, depth int) error {
	if t := c.types[id]; t == nil || t.kind != structKind {
		zero, err := c.copyUint()
		if err != nil {
			return err
		}
		if zero != 0 {
			return errors.New("a value in the gob does not begin with a zero")
		}
	}
	return c.valueOf(id, depth)
}

// valueOf reads and copies a value of a type.
func (c *checker) valueOf(id int64, depth int) error {
	if depth > maxDepth {
		return errDepth
	}
	switch id {
	case boolID, intID, uintID, floatID:
		_, err := c.copyUint()
		return err
	case complexID:
		if _, err := c.copyUint(); err != nil {
			return err
		}
		_, err := c.copyUint()
		return err
	case bytesID, stringID:
		_, err := c.copyBytes()
		return err
	case interfaceID:
		return c.interfaceValue(depth)
	}
	t := c.types[id]
	if t == nil {
		return fmt.Errorf("the gob has a value of the type %d, which it does not define", id)
	}
	switch t.kind {
	case arrayKind, sliceKind:
		n, err := c.copyUint()
		if err == nil && t.kind == arrayKind && n != t.length {
			err = errors.New("an array in the gob has not the length of its type")
		}
		return c.repeat(n, depth, err, t.elem)
	case mapKind:
		n, err := c.copyUint()
		return c.repeat(n, depth, err, t.key, t.elem)
	case structKind:
		return c.structValue(t, depth)
	}
	_, err := c.copyBytes() // a type that encodes itself
	return err
}

// repeat reads n times a value of each type. Each has at least a byte, so it ends with the stream.
func (c *checker) repeat(n uint64, depth int, err error, ids ...int64) error {
	for ; n > 0 && err == nil; n-- {
		for _, id := range ids {
			if err = c.valueOf(id, depth+1); err != nil {
				return err
			}
		}
	}
	return err
}

func (c *checker) structValue(t *wireType, depth int) error {
	for field := -1; ; {
		delta, err := c.copyUint()
		if err != nil {
			return err
		}
		if delta == 0 {
			return nil
		}
		if delta > uint64(len(t.fields)-1-field) { // #nosec G115 -- field is below len(t.fields)
			return errors.New("a struct in the gob has a field that its type has not")
		}
		field += int(delta) // #nosec G115 -- as checked above
		if err := c.valueOf(t.fields[field], depth+1); err != nil {
			return err
		}
	}
}

// interfaceValue reads the name of a type, its number and the value, whose length is written again.
func (c *checker) interfaceValue(depth int) error {
	name, err := c.copyBytes()
	if err != nil || name == 0 {
		return err
	}
	if name > maxName {
		return errors.New("the name of a type in the gob is too long")
	}
	id, err := c.typeSequence(true)
	if err != nil {
		return err
	}
	if _, err := c.uint(); err != nil { // the length
		return err
	}
	c.appendInt(id)
	const lengthSize = 5 // of a 32-bit number and the byte that says so
	c.value = append(c.value, 0xFC, 0, 0, 0, 0)
	start := len(c.value)
	if err := c.topValue(id, depth+1); err != nil {
		return err
	}
	binary.BigEndian.PutUint32(c.value[start-lengthSize+1:], uint32(len(c.value)-start)) // #nosec G115 -- a record is not that long
	return nil
}

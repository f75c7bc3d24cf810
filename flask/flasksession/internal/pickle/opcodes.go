package pickle

import (
	"fmt"
	"strconv"

	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// step follows one opcode. Their names are those of Python's pickletools.
func (m *machine) step(op byte) error {
	switch op {
	case 0x80: // PROTO
		version, err := m.next(1)
		if err == nil && version[0] > 5 {
			err = fmt.Errorf("its protocol is %d, and 0 to 5 are read", version[0])
		}
		return err
	case 0x95: // FRAME
		n, err := m.unsigned(8)
		if err == nil && n > uint64(len(m.rest)) {
			err = tagged.ErrCutShort
		}
		return err
	case '.': // STOP
		return m.stop()
	case '(': // MARK
		m.marks = append(m.marks, len(m.stack))
		return nil
	case 0x94: // MEMOIZE
		return m.put(uint64(len(m.memo)))
	case 'q', 'r', 'p', 'h', 'j', 'g': // BINPUT, LONG_BINPUT, PUT, BINGET, LONG_BINGET, GET
		return m.memoized(op)
	}
	if done, err := m.scalar(op); done || err != nil {
		return err
	}
	if done, err := m.container(op); done || err != nil {
		return err
	}
	if done, err := m.object(op); done || err != nil {
		return err
	}
	return fmt.Errorf("it has the opcode 0x%02x, which plain data does not need", op)
}

func (m *machine) memoized(op byte) (err error) {
	var at uint64
	switch op {
	case 'q', 'h':
		at, err = m.unsigned(1)
	case 'r', 'j':
		at, err = m.unsigned(4)
	default:
		var text string
		if text, err = m.line(); err == nil {
			at, err = strconv.ParseUint(text, 10, 32)
		}
	}
	switch {
	case err != nil:
		return err
	case op == 'q', op == 'r', op == 'p':
		return m.put(at)
	}
	return m.get(at)
}

// container follows an opcode that makes or fills a list, a tuple, a dict or a set.
func (m *machine) container(op byte) (done bool, err error) {
	var elements []int32
	switch op {
	case ']':
		m.pushNode(node{kind: list})
	case '}':
		m.pushNode(node{kind: dict})
	case 0x8f: // EMPTY_SET
		m.pushNode(node{kind: set})
	case ')':
		m.push(atEmptyTuple)
	case 0x85, 0x86, 0x87: // TUPLE1 to TUPLE3
		if elements, err = m.pop(int(op) - 0x84); err == nil {
			m.collect(tuple, elements)
		}
	case 't', 'l', 'd', 0x91: // TUPLE, LIST, DICT, FROZENSET
		if elements, err = m.popMark(); err == nil {
			err = m.marked(op, elements)
		}
	case 'a', 's': // APPEND, SETITEM
		if elements, err = m.pop(pieces(op)); err == nil {
			err = m.fill(op, elements)
		}
	case 'e', 'u', 0x90: // APPENDS, SETITEMS, ADDITEMS
		if elements, err = m.popMark(); err == nil {
			err = m.fill(op, elements)
		}
	default:
		return false, nil
	}
	return true, err
}

// collect pushes a container of elements, which it copies.
func (m *machine) collect(k kind, elements []int32) {
	m.pushNode(node{kind: k, kids: append([]int32(nil), elements...)})
}

func (m *machine) marked(op byte, elements []int32) error {
	switch op {
	case 't':
		m.collect(tuple, elements)
	case 'l':
		m.collect(list, elements)
	case 0x91:
		m.collect(frozenset, elements)
	default:
		if len(elements)%2 != 0 {
			return errPairs
		}
		m.collect(dict, elements)
	}
	return nil
}

var errPairs = fmt.Errorf("it has a dict with a key without a value")

// fill adds elements to the container below them.
func (m *machine) fill(op byte, elements []int32) error {
	want := list
	switch op {
	case 's', 'u':
		want = dict
		if len(elements)%2 != 0 {
			return errPairs
		}
	case 0x90:
		want = set
	}
	n, err := m.top(want)
	if err == nil {
		n.kids = append(n.kids, elements...)
	}
	return err
}

// scalar follows an opcode that pushes None, a boolean, a number, a text or bytes.
func (m *machine) scalar(op byte) (done bool, err error) {
	var n uint64
	var text string
	switch op {
	case 'N':
		m.push(atNone)
	case 0x88: // NEWTRUE
		m.push(atTrue)
	case 0x89: // NEWFALSE
		m.push(atFalse)
	case 'K': // BININT1
		n, err = m.unsigned(1)
		m.number(int64(n), err) // #nosec G115 -- a byte
	case 'M': // BININT2
		n, err = m.unsigned(2)
		m.number(int64(n), err) // #nosec G115 -- two bytes
	case 'J': // BININT
		n, err = m.unsigned(4)
		m.number(int64(int32(n)), err) // #nosec G115 -- the sign is in the fourth byte
	case 'G': // BINFLOAT
		if text, err = m.next(8); err == nil {
			m.pushNode(node{kind: float, text: text})
		}
	case 0x8a, 0x8b: // LONG1, LONG4
		if text, err = m.sized(width(op)); err == nil {
			err = m.long(text)
		}
	case 0x8c, 'X', 0x8d: // SHORT_BINUNICODE, BINUNICODE, BINUNICODE8
		if text, err = m.sized(width(op)); err == nil {
			err = m.text(text)
		}
	case 'C', 'B', 0x8e: // SHORT_BINBYTES, BINBYTES, BINBYTES8
		if text, err = m.sized(width(op)); err == nil {
			m.pushNode(node{kind: octets, text: text})
		}
	case 'I', 'L', 'F', 'V': // INT, LONG, FLOAT, UNICODE
		if text, err = m.line(); err == nil {
			err = m.written(op, text)
		}
	default:
		return false, nil
	}
	return true, err
}

// width is how many bytes of length an opcode has.
func width(op byte) uint64 {
	switch op {
	case 0x8d, 0x8e:
		return 8
	case 0x8b, 'X', 'B':
		return 4
	}
	return 1
}

// pieces is how many values APPEND and SETITEM add.
func pieces(op byte) int {
	if op == 's' {
		return 2
	}
	return 1
}

func (m *machine) number(n int64, err error) {
	if err == nil {
		m.pushNode(node{kind: integer, num: n})
	}
}

// text pushes a str.
func (m *machine) text(text string) error {
	if !validText(text) {
		return tagged.ErrNotUTF8
	}
	m.pushNode(node{kind: str, text: text})
	return nil
}

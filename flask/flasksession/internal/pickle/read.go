package pickle

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// Parse reads a pickle, whose size the driver limits. It ignores what follows the end, as Python
// does.
func Parse(data []byte) (*Tree, error) {
	m := &machine{rest: string(data), t: newTree(len(data))}
	for !m.stopped {
		at := len(data) - len(m.rest)
		op, err := m.next(1)
		if err == nil {
			err = m.step(op[0])
		}
		if err != nil {
			return nil, fmt.Errorf("%w (at byte %d)", err, at)
		}
	}
	return m.t, nil
}

// A machine follows a pickle's opcodes.
type machine struct {
	rest    string // of the pickle
	t       *Tree
	stack   []int32
	marks   []int // lengths of the stack
	memo    []int32
	stopped bool
}

// next returns the next n bytes.
func (m *machine) next(n uint64) (string, error) {
	if n > uint64(len(m.rest)) {
		return "", tagged.ErrCutShort
	}
	text := m.rest[:n]
	m.rest = m.rest[n:]
	return text, nil
}

// sized returns as many bytes as a number of width bytes before them says.
func (m *machine) sized(width uint64) (string, error) {
	n, err := m.unsigned(width)
	if err != nil {
		return "", err
	}
	return m.next(n)
}

// unsigned reads a little-endian number of width bytes.
func (m *machine) unsigned(width uint64) (uint64, error) {
	text, err := m.next(width)
	if err != nil {
		return 0, err
	}
	var all [8]byte
	copy(all[:], text)
	return binary.LittleEndian.Uint64(all[:]), nil
}

// line reads up to the end of a line.
func (m *machine) line() (string, error) {
	text, rest, ok := strings.Cut(m.rest, "\n")
	if !ok {
		return "", tagged.ErrCutShort
	}
	m.rest = rest
	return text, nil
}

func (m *machine) push(at int32) { m.stack = append(m.stack, at) }

func (m *machine) pushNode(n node) { m.push(m.t.add(n)) }

var errStack = fmt.Errorf("its stack has too few values")

// floor is the length of the stack below which the last mark protects it.
func (m *machine) floor() int {
	if n := len(m.marks); n > 0 {
		return m.marks[n-1]
	}
	return 0
}

// pop removes the last n values and returns them, valid until the next push.
func (m *machine) pop(n int) ([]int32, error) {
	if len(m.stack)-n < m.floor() {
		return nil, errStack
	}
	top := m.stack[len(m.stack)-n:]
	m.stack = m.stack[:len(m.stack)-n]
	return top, nil
}

// popMark removes the values above the last mark and returns them, valid until the next push.
func (m *machine) popMark() ([]int32, error) {
	n := len(m.marks)
	if n == 0 {
		return nil, errStack
	}
	from := m.marks[n-1]
	m.marks = m.marks[:n-1]
	top := m.stack[from:]
	m.stack = m.stack[:from]
	return top, nil
}

// top returns the last value, which stays, and must be of a kind.
func (m *machine) top(want kind) (*node, error) {
	if len(m.stack) <= m.floor() {
		return nil, errStack
	}
	n := &m.t.nodes[m.stack[len(m.stack)-1]]
	if n.kind != want {
		return nil, fmt.Errorf("it adds elements to what is not a container")
	}
	return n, nil
}

// stop ends the pickle.
func (m *machine) stop() error {
	if len(m.stack) != 1 || len(m.marks) != 0 {
		return fmt.Errorf("it ends with %d values", len(m.stack))
	}
	m.t.root, m.stopped = m.stack[0], true
	return nil
}

// put keeps the last value in the memo.
func (m *machine) put(at uint64) error {
	if len(m.stack) <= m.floor() {
		return errStack
	}
	value := m.stack[len(m.stack)-1]
	switch n := uint64(len(m.memo)); {
	case at < n:
		m.memo[at] = value
	case at == n:
		m.memo = append(m.memo, value)
	default: // Python numbers them in order
		return fmt.Errorf("it keeps value %d in its memo, which has %d", at, n)
	}
	return nil
}

// get pushes a value of the memo.
func (m *machine) get(at uint64) error {
	if at >= uint64(len(m.memo)) {
		return fmt.Errorf("it asks for value %d of its memo, which has %d", at, len(m.memo))
	}
	m.push(m.memo[at])
	return nil
}

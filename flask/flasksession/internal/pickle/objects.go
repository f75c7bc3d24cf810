package pickle

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"
)

// object follows an opcode that Python makes objects with. Here a name on the list becomes a class,
// and a class with its arguments a value; nothing is imported, and nothing called.
func (m *machine) object(op byte) (done bool, err error) {
	switch op {
	case 'c': // GLOBAL
		var module, name string
		if module, err = m.line(); err == nil {
			if name, err = m.line(); err == nil {
				err = m.load(module, name)
			}
		}
	case 0x93: // STACK_GLOBAL
		var names []int32
		if names, err = m.pop(2); err == nil {
			module, name := m.t.nodes[names[0]], m.t.nodes[names[1]]
			if module.kind != str || name.kind != str {
				return true, errors.New("it imports a name that is not a text")
			}
			err = m.load(module.text, name.text)
		}
	case 'R', 0x81: // REDUCE, NEWOBJ
		var parts []int32
		if parts, err = m.pop(2); err == nil {
			err = m.apply(m.t.nodes[parts[0]], m.t.nodes[parts[1]])
		}
	case 'b': // BUILD
		var state []int32
		if state, err = m.pop(1); err == nil {
			err = m.build(m.t.nodes[state[0]])
		}
	default:
		return false, nil
	}
	return true, err
}

func (m *machine) load(module, name string) error {
	c, ok := classes[module+"."+name]
	if !ok {
		return fmt.Errorf("it imports %.40q from %.40q, which is not plain data", name, module)
	}
	m.push(atClasses + int32(c)) // #nosec G115 -- one of a few
	return nil
}

var errArguments = errors.New("it makes a value of arguments that do not fit")

// apply pushes the value that a class makes of arguments.
func (m *machine) apply(of, arguments node) error {
	if of.kind != class || arguments.kind != tuple {
		return errors.New("it calls what is not a class")
	}
	args := make([]*node, 0, 3)
	for _, kid := range arguments.kids[:min(len(arguments.kids), cap(args))] {
		args = append(args, &m.t.nodes[kid])
	}
	if len(arguments.kids) > len(args) {
		return errArguments
	}
	made, ok := m.made(of.num, arguments.kids, args)
	if !ok {
		return errArguments
	}
	m.pushNode(made)
	return nil
}

func (m *machine) made(c int64, at []int32, args []*node) (node, bool) {
	are := func(kinds ...kind) bool {
		if len(kinds) != len(args) {
			return false
		}
		for i, k := range kinds {
			if args[i].kind != k {
				return false
			}
		}
		return true
	}
	switch c {
	case classMarkup:
		if are(str) {
			return node{kind: markup, text: args[0].text}, true
		}
	case classUUID:
		return node{kind: uuid}, len(args) == 0
	case classDatetime:
		if are(octets) || are(octets, zone) {
			return node{kind: moment, text: args[0].text, kids: append([]int32(nil), at[1:]...)}, validMoment(args[0].text)
		}
	case classDate:
		if are(octets) {
			return node{kind: day, text: args[0].text}, validDay(args[0].text)
		}
	case classTimedelta:
		if are(integer, integer, integer) {
			return node{kind: delta, kids: append([]int32(nil), at...)}, true
		}
	case classTimezone:
		if are(delta) || are(delta, str) {
			_, ok := m.t.offset(args[0])
			return node{kind: zone, kids: append([]int32(nil), at...)}, ok
		}
	case classDecimal:
		if are(str) {
			return node{kind: decimal, text: args[0].text}, true
		}
	case classBytes:
		return node{kind: octets}, len(args) == 0
	case classEncode:
		if are(str, str) && strings.HasPrefix(args[1].text, "latin") {
			text, ok := latin1(args[0].text)
			return node{kind: octets, text: text}, ok
		}
	case classSet, classFrozenset:
		if are(list) {
			return node{kind: map[int64]kind{classSet: set, classFrozenset: frozenset}[c], kids: args[0].kids}, true
		}
	case classReconstructor:
		return reconstructed(args)
	}
	return node{}, false
}

// reconstructed is what protocols 0 and 1 make of a class, its base and the base's value.
func reconstructed(args []*node) (node, bool) {
	if len(args) != 3 || args[0].kind != class || args[1].kind != class {
		return node{}, false
	}
	switch {
	case args[0].num == classMarkup && args[1].num == classStr && args[2].kind == str:
		return node{kind: markup, text: args[2].text}, true
	case args[0].num == classUUID && args[1].num == classObject && args[2].kind == none:
		return node{kind: uuid}, true
	}
	return node{}, false
}

// build sets the state of a UUID, the only value that has one.
func (m *machine) build(state node) error {
	made, err := m.top(uuid)
	if err != nil || made.text != "" || state.kind != dict {
		return errors.New("it sets the state of what is not a new UUID")
	}
	for pair := range slices.Chunk(state.kids, 2) {
		key, value := m.t.nodes[pair[0]], m.t.nodes[pair[1]]
		if key.kind != str || key.text != "int" {
			continue // "is_safe" says how it was made
		}
		n := new(big.Int)
		switch value.kind {
		case integer:
			n.SetInt64(value.num)
		case bigNumber:
			n.SetString(value.text, 10)
		default:
			return errArguments
		}
		if n.Sign() < 0 || n.BitLen() > 128 {
			return errArguments
		}
		made.text = string(n.FillBytes(make([]byte, 16)))
		return nil
	}
	return errArguments
}

// latin1 returns a byte for each code point.
func latin1(text string) (string, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff || r == utf8.RuneError {
			return "", false
		}
		out = append(out, byte(r)) // #nosec G115 -- compared just before
	}
	return string(out), true
}

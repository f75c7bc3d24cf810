package pickle

import (
	"encoding/binary"
	"math/big"
	"unicode/utf8"

	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// names are how protocol 4 imports the classes of values.
var names = [classCount][2]string{
	classMarkup:    {"markupsafe", "Markup"},
	classUUID:      {"uuid", "UUID"},
	classDatetime:  {"datetime", "datetime"},
	classDate:      {"datetime", "date"},
	classTimedelta: {"datetime", "timedelta"},
	classTimezone:  {"datetime", "timezone"},
	classDecimal:   {"decimal", "Decimal"},
}

// A Writer writes a dict in protocol 4, without a memo: what is referred to twice is written twice.
type Writer struct {
	Out []byte
}

// Begin begins the dict.
func (w *Writer) Begin() { w.Out = append(w.Out, 0x80, 4, '}', '(') }

// End ends it.
func (w *Writer) End() { w.Out = append(w.Out, 'u', '.') }

// Member writes a member as it was read.
func (w *Writer) Member(t *Tree, m *tagged.Member) error {
	if err := w.node(t, m.From, 1, len(w.Out)+t.limit()); err != nil {
		return err
	}
	return w.node(t, m.To, 1, len(w.Out)+t.limit())
}

// Value writes a member whose value package flask's codec has decoded.
func (w *Writer) Value(key string, v any) error {
	if !validText(key) {
		return tagged.ErrNotUTF8
	}
	w.text(key)
	t := newTree(0)
	at, err := t.value(v)
	if err != nil {
		return err
	}
	return w.node(t, at, 1, 1<<30)
}

// text writes a str.
func (w *Writer) text(s string) { w.sized(0x8c, 'X', s) }

// sized writes text behind its length, with an opcode for one byte of length and one for four. The
// driver's limit keeps all texts below four gigabytes.
func (w *Writer) sized(short, long byte, text string) {
	if len(text) < 256 {
		w.Out = append(w.Out, short, byte(len(text))) // #nosec G115 -- compared just before
	} else {
		w.Out = binary.LittleEndian.AppendUint32(append(w.Out, long), uint32(len(text))) // #nosec G115 -- see above
	}
	w.Out = append(w.Out, text...)
}

func (w *Writer) name(c int64) {
	w.text(names[c][0])
	w.text(names[c][1])
	w.Out = append(w.Out, 0x93)
}

// nodes writes several nodes, all at one depth, and then an opcode.
func (w *Writer) nodes(t *Tree, kids []int32, depth, limit int, op ...byte) error {
	for _, kid := range kids {
		if err := w.node(t, kid, depth, limit); err != nil {
			return err
		}
	}
	w.Out = append(w.Out, op...)
	return nil
}

func (w *Writer) node(t *Tree, at int32, depth, limit int) error {
	if depth > tagged.MaxDepth {
		return tagged.ErrTooDeep
	}
	if len(w.Out) > limit {
		return tagged.ErrTooLong
	}
	n := &t.nodes[at]
	switch n.kind {
	case none:
		w.Out = append(w.Out, 'N')
	case truth:
		w.Out = append(w.Out, 0x89-byte(n.num)) // #nosec G115 -- 0 or 1
	case integer:
		w.integer(n.num)
	case bigNumber:
		number, _ := new(big.Int).SetString(n.text, 10) // it was read, or checked
		w.long(longBytes(number))
	case float:
		w.Out = append(append(w.Out, 'G'), n.text...)
	case str:
		w.text(n.text)
	case octets:
		w.sized('C', 'B', n.text)
	case list:
		w.Out = append(w.Out, ']', '(')
		return w.nodes(t, n.kids, depth+1, limit, 'e')
	case tuple:
		w.Out = append(w.Out, '(')
		return w.nodes(t, n.kids, depth+1, limit, 't')
	case dict:
		w.Out = append(w.Out, '}', '(')
		return w.nodes(t, n.kids, depth+1, limit, 'u')
	case set:
		w.Out = append(w.Out, 0x8f, '(')
		return w.nodes(t, n.kids, depth+1, limit, 0x90)
	case frozenset:
		w.Out = append(w.Out, '(')
		return w.nodes(t, n.kids, depth+1, limit, 0x91)
	default:
		return w.object(t, n, depth, limit)
	}
	return nil
}

// object writes a value that is made of a class and its arguments. The arguments are not a level,
// as in the JSON.
func (w *Writer) object(t *Tree, n *node, depth, limit int) error {
	switch n.kind {
	case markup:
		w.name(classMarkup)
		w.text(n.text)
		w.Out = append(w.Out, 0x85, 0x81)
	case uuid:
		w.name(classUUID)
		w.Out = append(w.Out, ')', 0x81)
		if n.text != "" {
			w.Out = append(w.Out, '}')
			w.text("int")
			w.long(longBytes(new(big.Int).SetBytes([]byte(n.text))))
			w.Out = append(w.Out, 's', 'b')
		}
	case moment:
		w.name(classDatetime)
		w.Out = append(w.Out, '(')
		w.sized('C', 'B', n.text)
		return w.nodes(t, n.kids, depth, limit, 't', 'R')
	case day:
		w.name(classDate)
		w.sized('C', 'B', n.text)
		w.Out = append(w.Out, 0x85, 'R')
	case delta:
		w.name(classTimedelta)
		w.Out = append(w.Out, '(')
		return w.nodes(t, n.kids, depth, limit, 't', 'R')
	case zone:
		w.name(classTimezone)
		w.Out = append(w.Out, '(')
		return w.nodes(t, n.kids, depth, limit, 't', 'R')
	case decimal:
		w.name(classDecimal)
		w.text(n.text)
		w.Out = append(w.Out, 0x85, 'R')
	default:
		return errClass
	}
	return nil
}

func (w *Writer) integer(n int64) {
	switch u := uint64(n); { // #nosec G115 -- two's complement, here and below
	case u < 1<<8:
		w.Out = append(w.Out, 'K', byte(u))
	case u < 1<<16:
		w.Out = binary.LittleEndian.AppendUint16(append(w.Out, 'M'), uint16(u))
	case n == int64(int32(n)): // #nosec G115
		w.Out = binary.LittleEndian.AppendUint32(append(w.Out, 'J'), uint32(n)) // #nosec G115
	default:
		w.Out = binary.LittleEndian.AppendUint64(append(w.Out, 0x8a, 8), u)
	}
}

func (w *Writer) long(bytes []byte) {
	if len(bytes) < 256 {
		w.Out = append(w.Out, 0x8a, byte(len(bytes))) // #nosec G115 -- compared just before
	} else {
		w.Out = binary.LittleEndian.AppendUint32(append(w.Out, 0x8b), uint32(len(bytes))) // #nosec G115 -- at most maxLong
	}
	w.Out = append(w.Out, bytes...)
}

// ValidText reports whether a text is one that Python can have: UTF-8, or WTF-8.
func ValidText(s string) bool { return utf8.ValidString(s) || validText(s) }

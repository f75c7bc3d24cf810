package pickle

import (
	"encoding/binary"
	"encoding/json"
	"html/template"
	"math"
	"slices"
	"strconv"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

// Document returns the session that the pickle is: a dict, in Flask's JSON. A member's From is the
// node of its key, and To that of its value.
func (t *Tree) Document() (*tagged.Document, error) {
	root := &t.nodes[t.root]
	if root.kind != dict {
		return nil, tagged.ErrNotDict
	}
	type extent struct{ from, to int }
	w := &jsonWriter{t: t, out: make([]byte, 0, 64+2*t.size)}
	w.out = append(w.out, '{')
	doc := &tagged.Document{Members: make([]tagged.Member, len(root.kids)/2)}
	extents := make([]extent, len(doc.Members))
	for i := range doc.Members {
		m := &doc.Members[i]
		m.From, m.To = root.kids[2*i], root.kids[2*i+1]
		var ok bool
		if m.Key, ok = t.label(m.From); !ok {
			return nil, tagged.ErrNotALabel
		}
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(tagged.String(w.out, m.Key), ':')
		extents[i].from = len(w.out)
		if err := w.value(m.To, 1); err != nil {
			return nil, err
		}
		extents[i].to = len(w.out)
	}
	doc.Payload = string(append(w.out, '}'))
	for i, e := range extents {
		doc.Members[i].JSON = doc.Payload[e.from:e.to]
	}
	return doc, nil
}

// label returns the key of a dict as text, as Python's json module writes it.
func (t *Tree) label(at int32) (string, bool) {
	switch n := &t.nodes[at]; n.kind {
	case str:
		return n.text, true
	case integer:
		return strconv.FormatInt(n.num, 10), true
	case bigNumber:
		return n.text, true
	case none:
		return "null", true
	case truth:
		return strconv.FormatBool(n.num == 1), true
	case float:
		return string(tagged.Scalar(nil, n.float())), true
	}
	return "", false
}

func (n *node) float() float64 {
	return math.Float64frombits(binary.BigEndian.Uint64([]byte(n.text)))
}

// A jsonWriter writes Flask's JSON.
type jsonWriter struct {
	t   *Tree
	out []byte
}

func (w *jsonWriter) value(at int32, depth int) error {
	if depth > tagged.MaxDepth {
		return tagged.ErrTooDeep
	}
	if len(w.out) > w.t.limit() {
		return tagged.ErrTooLong
	}
	n := &w.t.nodes[at]
	switch n.kind {
	case list, set, frozenset:
		w.out = append(w.out, '[')
		if err := w.elements(n, depth); err != nil {
			return err
		}
		w.out = append(w.out, ']')
	case tuple:
		w.out = tagged.OpenTuple(w.out)
		if err := w.elements(n, depth); err != nil {
			return err
		}
		w.out = tagged.CloseTuple(w.out)
	case dict:
		return w.dict(n, depth)
	case class:
		return errClass
	default:
		w.scalar(n)
	}
	return nil
}

func (w *jsonWriter) elements(n *node, depth int) error {
	for i, kid := range n.kids {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		if err := w.value(kid, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (w *jsonWriter) dict(n *node, depth int) error {
	start := len(w.out)
	var d tagged.Dict
	var first string
	if len(n.kids) > 0 {
		first, _ = w.t.label(n.kids[0])
	}
	w.out = d.Open(w.out, len(n.kids)/2, first)
	for pair := range slices.Chunk(n.kids, 2) {
		key, ok := w.t.label(pair[0])
		if !ok {
			w.out = append(w.out[:start], tagged.Unreadable...)
			return nil
		}
		w.out = d.Key(w.out, key)
		if err := w.value(pair[1], depth+1); err != nil {
			return err
		}
	}
	w.out = d.Close(w.out)
	return nil
}

// scalar writes what is not a container. A date and a Decimal are text, as in msgspec's formats;
// what has no form at all is kept unread.
func (w *jsonWriter) scalar(n *node) {
	var v any
	switch n.kind {
	case none:
	case truth:
		v = n.num == 1
	case integer:
		v = n.num
	case bigNumber:
		v = json.Number(n.text)
	case float:
		v = n.float()
	case str:
		w.out = tagged.String(w.out, n.text)
		return
	case octets:
		v = []byte(n.text)
	case markup:
		v = template.HTML(n.text) // #nosec G203 -- Python's Markup, which only the program itself can have stored
	case uuid:
		if len(n.text) != 16 {
			w.out = append(w.out, tagged.Unreadable...)
			return
		}
		v = flask.UUID([]byte(n.text))
	case moment:
		v = w.t.time(n)
	case day:
		v = dayText(n.text)
	case decimal:
		v = n.text
	default:
		w.out = append(w.out, tagged.Unreadable...)
		return
	}
	w.out = tagged.Scalar(w.out, v)
}

package pickle

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"maps"
	"math"
	"math/big"
	"slices"
	"time"

	"github.com/wafer-go/wafer/flask"
	"github.com/wafer-go/wafer/flask/flasksession/internal/tagged"
)

var errClass = errors.New("it is a class, not a value")

// value adds a value that package flask's codec has decoded to the tree.
func (t *Tree) value(v any) (int32, error) {
	switch v := v.(type) {
	case nil:
		return atNone, nil
	case bool:
		if v {
			return atTrue, nil
		}
		return atFalse, nil
	case int64:
		return t.add(node{kind: integer, num: v}), nil
	case json.Number:
		n, ok := new(big.Int).SetString(string(v), 10)
		if !ok || tooManyDigits(string(v)) {
			return 0, errLongInteger
		}
		return t.add(node{kind: bigNumber, text: n.String()}), nil
	case float64:
		var text [8]byte
		binary.BigEndian.PutUint64(text[:], math.Float64bits(v))
		return t.add(node{kind: float, text: string(text[:])}), nil
	case string:
		if !validText(v) {
			return 0, tagged.ErrNotUTF8
		}
		return t.add(node{kind: str, text: v}), nil
	case []byte:
		return t.add(node{kind: octets, text: string(v)}), nil
	case template.HTML:
		if !validText(string(v)) {
			return 0, tagged.ErrNotUTF8
		}
		return t.add(node{kind: markup, text: string(v)}), nil
	case flask.UUID:
		return t.add(node{kind: uuid, text: string(v[:])}), nil
	case time.Time:
		return t.add(node{kind: moment, text: momentState(v), kids: []int32{t.utc()}}), nil
	case []any:
		return t.elements(list, v)
	case flask.Tuple:
		return t.elements(tuple, v)
	case map[string]any:
		return t.members(v)
	}
	return 0, fmt.Errorf("it is a %T", v)
}

// utc adds datetime.timezone.utc.
func (t *Tree) utc() int32 {
	zero := t.add(node{kind: integer})
	return t.add(node{kind: zone, kids: []int32{t.add(node{kind: delta, kids: []int32{zero, zero, zero}})}})
}

func (t *Tree) elements(k kind, values []any) (int32, error) {
	n := node{kind: k, kids: make([]int32, len(values))}
	for i, v := range values {
		var err error
		if n.kids[i], err = t.value(v); err != nil {
			return 0, err
		}
	}
	return t.add(n), nil
}

func (t *Tree) members(values map[string]any) (int32, error) {
	n := node{kind: dict, kids: make([]int32, 0, 2*len(values))}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		name, err := t.value(key)
		if err != nil {
			return 0, err
		}
		value, err := t.value(values[key])
		if err != nil {
			return 0, err
		}
		n.kids = append(n.kids, name, value)
	}
	return t.add(n), nil
}

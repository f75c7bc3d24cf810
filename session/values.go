package session

import (
	"slices"
	"strings"
)

// An entry is one key of a session and its value as encoded JSON.
type entry struct {
	key  string
	name string // the key as the payload spells it, quoted; empty for a new one
	raw  string // the value's JSON text
	err  error  // why the value could not be encoded; it fails the commit
}

// values are a session's entries, sorted by key, each key once. Sorted, they
// are found without a map, and written in one order that is also Flask's.
type values []entry

func (v values) find(key string) (int, bool) {
	return slices.BinarySearchFunc(v, key, func(e entry, key string) int {
		return strings.Compare(e.key, key)
	})
}

func (v values) get(key string) (entry, bool) {
	if i, ok := v.find(key); ok {
		return v[i], true
	}
	return entry{}, false
}

func (v *values) set(key, raw string, err error) {
	i, ok := v.find(key)
	if ok {
		(*v)[i].raw, (*v)[i].err = raw, err
		return
	}
	*v = slices.Insert(*v, i, entry{key: key, raw: raw, err: err})
}

func (v *values) delete(key string) {
	if i, ok := v.find(key); ok {
		*v = slices.Delete(*v, i, i+1)
	}
}

// maxPresized is how many entries are made room for at once: commas may be those
// of one long list.
const maxPresized = 128

// parseValues splits a payload. Of a key that is there twice the last counts,
// as in Python and in encoding/json.
func parseValues(payload string) (values, error) {
	// No more entries than commas, but for the last, and room for one more.
	size := min(strings.Count(payload, ",")+2, maxPresized)
	v, err := splitObject(payload, make(values, 0, size))
	if err != nil {
		return nil, err
	}
	for i := 1; i < len(v); i++ {
		if v[i-1].key >= v[i].key {
			return v.sorted(), nil
		}
	}
	return v, nil
}

func (v values) sorted() values {
	slices.SortStableFunc(v, func(a, b entry) int { return strings.Compare(a.key, b.key) })
	kept := v[:0]
	for i, e := range v {
		if i+1 == len(v) || v[i+1].key != e.key {
			kept = append(kept, e)
		}
	}
	return kept
}

// appendTo appends the values as a JSON object. What came from a payload and
// was not touched is copied byte for byte.
func (v values) appendTo(dst []byte, f Format) ([]byte, error) {
	dst = append(dst, '{')
	for i, e := range v {
		if e.err != nil {
			return dst, &ValueError{Key: e.key, Err: e.err}
		}
		if i > 0 {
			dst = append(dst, ',')
		}
		if e.name != "" {
			dst = append(dst, e.name...)
		} else {
			dst = f.AppendKey(dst, e.key)
		}
		dst = append(dst, ':')
		dst = append(dst, e.raw...)
	}
	return append(dst, '}'), nil
}

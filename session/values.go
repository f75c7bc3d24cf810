package session

import (
	"errors"
	"math"
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

// A slot is an entry, in few bytes, since every request that asks for its
// session makes them: where the payload has it, or what is there instead.
type slot struct {
	name, nameEnd, raw, end uint32
	instead                 *entry // never changed, for slots are copied
}

// values are a session's entries, sorted by key, each key once. Sorted, they
// are found without a map, and written in one order that is also Flask's.
type values struct {
	payload string
	slots   []slot
}

func (v *values) len() int { return len(v.slots) }

// at returns the entry at i in the order of the keys.
func (v *values) at(i int) entry {
	s := &v.slots[i]
	if s.instead != nil {
		return *s.instead
	}
	return entry{key: v.key(i), name: v.payload[s.name:s.nameEnd], raw: v.payload[s.raw:s.end]}
}

func (v *values) key(i int) string {
	s := &v.slots[i]
	if s.instead != nil {
		return s.instead.key
	}
	return v.payload[s.name+1 : s.nameEnd-1] // without its quotes
}

// find returns where key is, or belongs.
func (v *values) find(key string) (int, bool) {
	low, high := 0, len(v.slots)
	for low < high {
		middle := int(uint(low+high) >> 1) // #nosec G115 -- neither is negative
		if v.key(middle) < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(v.slots) && v.key(low) == key
}

func (v *values) get(key string) (entry, bool) {
	if i, ok := v.find(key); ok {
		return v.at(i), true
	}
	return entry{}, false
}

// set puts e in the place of what its key had.
func (v *values) set(e *entry) {
	i, ok := v.find(e.key)
	if !ok {
		v.slots = slices.Insert(v.slots, i, slot{})
	}
	v.slots[i] = slot{instead: e}
}

func (v *values) delete(key string) {
	if i, ok := v.find(key); ok {
		v.slots = slices.Delete(v.slots, i, i+1)
	}
}

func (v *values) clear() { v.slots = v.slots[:0] }

func (v *values) clone() values { return values{v.payload, slices.Clone(v.slots)} }

var errTooLong = errors.New("longer than 4 GiB")

// maxPresized is how many slots are made room for at once: commas may be those
// of one long list.
const maxPresized = 128

// grow makes room for the entries in the rest of the payload, which are no more
// than its commas and the one before them, and for one that is set.
func (v *values) grow(rest string) {
	v.slots = slices.Grow(v.slots, min(strings.Count(rest, ",")+2, maxPresized))
}

// parseValues splits a payload, into slots that have their place in room if it
// has enough. Of a key that is there twice the last counts, as in Python and in
// encoding/json.
func parseValues(payload string, room []slot) (values, error) {
	if len(payload) > math.MaxUint32 {
		return values{}, errTooLong
	}
	v := values{payload: payload, slots: room[:0]}
	if err := v.split(); err != nil {
		return values{}, err
	}
	for i := 1; i < len(v.slots); i++ {
		if v.key(i-1) >= v.key(i) {
			v.sort()
			break
		}
	}
	return v, nil
}

// sort sorts the entries, and keeps the last of those with the same key.
func (v *values) sort() {
	in := v.clone()
	order := make([]int, len(in.slots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(in.key(a), in.key(b)) })
	v.slots = v.slots[:0]
	for i, at := range order {
		if i+1 == len(order) || in.key(order[i+1]) != in.key(at) {
			v.slots = append(v.slots, in.slots[at])
		}
	}
}

// appendTo appends the values as a JSON object. What came from a payload and
// was not touched is copied byte for byte.
func (v *values) appendTo(dst []byte, f Format) ([]byte, error) {
	dst = append(dst, '{')
	for i := range v.slots {
		if i > 0 {
			dst = append(dst, ',')
		}
		e := v.at(i)
		if e.err != nil {
			return dst, &ValueError{Key: e.key, Err: e.err}
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

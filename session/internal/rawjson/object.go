package rawjson

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
)

// A Member is one key of an object and its value as JSON text.
type Member struct {
	Key  string
	Raw  string // the value's JSON text
	Err  error  // why the value could not be encoded; it fails AppendTo
	name string // the key as the payload spells it, quoted; empty for a new one
}

// A Slot is where an object has a member: in few bytes, because every request that uses its session
// makes some.
type Slot struct {
	name, nameEnd, raw, end uint32
	instead                 *Member // what is there instead; never changed, because slots are copied
}

// An Object is the members of a JSON object, sorted by key, each key once. Sorted, they are found
// without a map, and written in the one order that is also Flask's.
type Object struct {
	payload string
	slots   []Slot
}

// maxPresized is how many slots are made room for at once: a payload's commas may be those of one
// long list.
const maxPresized = 128

var errTooLong = errors.New("longer than 4 GiB")

// Parse splits a payload into slots that are in room if it has enough. Of a key that is there twice
// the last counts, as in Python and in encoding/json.
func Parse(payload string, room []Slot) (Object, error) {
	if uint64(len(payload)) > math.MaxUint32 {
		return Object{}, errTooLong
	}
	v := Object{payload: payload, slots: room[:0]}
	if err := v.split(); err != nil {
		return Object{}, err
	}
	for i := 1; i < len(v.slots); i++ {
		if v.Key(i-1) >= v.Key(i) {
			v.sort()
			break
		}
	}
	return v, nil
}

// Len returns how many members there are.
func (v *Object) Len() int { return len(v.slots) }

// At returns the member at i in the order of the keys.
func (v *Object) At(i int) Member {
	s := &v.slots[i]
	if s.instead != nil {
		return *s.instead
	}
	return Member{Key: v.Key(i), name: v.payload[s.name:s.nameEnd], Raw: v.payload[s.raw:s.end]}
}

// Key returns the key at i.
func (v *Object) Key(i int) string {
	s := &v.slots[i]
	if s.instead != nil {
		return s.instead.Key
	}
	return v.payload[s.name+1 : s.nameEnd-1] // without its quotes
}

// Find returns where key is, or belongs.
func (v *Object) Find(key string) (int, bool) {
	low, high := 0, len(v.slots)
	for low < high {
		middle := int(uint(low+high) >> 1) // #nosec G115 -- neither is negative
		if v.Key(middle) < key {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low, low < len(v.slots) && v.Key(low) == key
}

// Get returns the member at key.
func (v *Object) Get(key string) (Member, bool) {
	if i, ok := v.index(key); ok {
		return v.At(i), true
	}
	return Member{}, false
}

// Raw returns the JSON text of the value at key, or why it could not be encoded.
func (v *Object) Raw(key string) (raw string, ok bool, err error) {
	i, ok := v.index(key)
	if !ok {
		return "", false, nil
	}
	s := &v.slots[i]
	if s.instead != nil {
		return s.instead.Raw, true, s.instead.Err
	}
	return v.payload[s.raw:s.end], true, nil
}

// fewSlots is how many slots are looked through faster than they are searched: most keys differ in
// their length already.
const fewSlots = 12

// index returns where key is, if it is there.
func (v *Object) index(key string) (int, bool) {
	if len(v.slots) > fewSlots {
		return v.Find(key)
	}
	slots, quoted := v.slots, len(key)+2
	for i := range slots {
		s := &slots[i]
		if s.instead != nil {
			if s.instead.Key == key {
				return i, true
			}
		} else if int(s.nameEnd-s.name) == quoted && v.payload[s.name+1:s.nameEnd-1] == key {
			return i, true
		}
	}
	return 0, false
}

// Has reports whether there is a member at key.
func (v *Object) Has(key string) bool {
	_, ok := v.index(key)
	return ok
}

// Int returns the integer at key.
func (v *Object) Int(key string) (int64, bool) {
	i, ok := v.index(key)
	if !ok {
		return 0, false
	}
	m := v.At(i)
	n, err := strconv.ParseInt(m.Raw, 10, 64)
	return n, err == nil && m.Err == nil
}

// Set replaces what m's key had. The object keeps m, which must not be changed afterwards.
func (v *Object) Set(m *Member) {
	i, ok := v.Find(m.Key)
	if !ok {
		v.slots = slices.Insert(v.slots, i, Slot{})
	}
	v.slots[i] = Slot{instead: m}
}

// Delete removes key and reports whether it was there.
func (v *Object) Delete(key string) bool {
	i, ok := v.Find(key)
	if ok {
		v.slots = slices.Delete(v.slots, i, i+1)
	}
	return ok
}

// Clear removes all members.
func (v *Object) Clear() { v.slots = v.slots[:0] }

// Clone returns a copy that can be changed by itself.
func (v *Object) Clone() Object { return Object{v.payload, slices.Clone(v.slots)} }

// AppendTo appends the object as JSON. What came from a payload and was not touched is copied byte
// for byte. The error of a member that could not be encoded is a *[driver.ValueError].
func (v *Object) AppendTo(dst []byte, c driver.Codec) ([]byte, error) {
	dst = append(dst, '{')
	for i := range v.slots {
		if i > 0 {
			dst = append(dst, ',')
		}
		m := v.At(i)
		if m.Err != nil {
			return dst, &driver.ValueError{Key: m.Key, Err: m.Err}
		}
		if m.name != "" {
			dst = append(dst, m.name...)
		} else {
			dst = c.AppendKey(dst, m.Key)
		}
		dst = append(dst, ':')
		dst = append(dst, m.Raw...)
	}
	return append(dst, '}'), nil
}

// grow makes room for the members in the rest of the payload, which are at most one more than its
// commas, and for one that is set.
func (v *Object) grow(rest string) {
	v.slots = slices.Grow(v.slots, min(strings.Count(rest, ",")+2, maxPresized))
}

// sort sorts the members, and keeps the last of those with the same key.
func (v *Object) sort() {
	in := v.Clone()
	order := make([]int, len(in.slots))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return strings.Compare(in.Key(a), in.Key(b)) })
	v.slots = v.slots[:0]
	for i, at := range order {
		if i+1 == len(order) || in.Key(order[i+1]) != in.Key(at) {
			v.slots = append(v.slots, in.slots[at])
		}
	}
}

package session

import "slices"

// The keys that the session itself uses, as Flask does.
const (
	permanentKey = "_permanent"
	flashesKey   = "_flashes"
)

// An op is one change of a session. A session keeps the ops it was given, in
// order, and each says of itself how it changes any set of values.
type op struct {
	name string // what it is called in logs: "set", "delete", ...

	// entry is what the op sets, or has the key it changes, if it is one.
	// Once the op was done, the values have it too, so it stays as it is.
	entry entry

	// apply changes v and reports whether that counts as a modification. Nil
	// sets the entry.
	apply func(v *values) bool
}

// repeat carries the op out once more, on other values.
func (o *op) repeat(v *values) {
	if o.apply != nil {
		o.apply(v)
	} else {
		v.set(&o.entry)
	}
}

func setOp(key, raw string, err error) op {
	return op{name: "set", entry: entry{key: key, raw: raw, err: err}}
}

// updateOp replaces a value by what f makes of it.
func updateOp(key string, f func(old entry, ok bool) (raw string, err error)) op {
	return op{name: "update", entry: entry{key: key}, apply: func(v *values) bool {
		raw, err := f(v.get(key))
		v.set(&entry{key: key, raw: raw, err: err})
		return true
	}}
}

func deleteOp(key string) op {
	return op{name: "delete", entry: entry{key: key}, apply: func(v *values) bool {
		if _, ok := v.find(key); !ok {
			return false
		}
		v.delete(key)
		return true
	}}
}

func clearOp(name string) op {
	return op{name: name, apply: func(v *values) bool {
		v.clear()
		return true
	}}
}

// flashOp adds messages, oldest first.
func flashOp(messages ...string) op {
	return op{name: "flash", apply: func(v *values) bool {
		v.setFlashes(append(v.flashes(), messages...))
		return true
	}}
}

const takeFlashes = "take flashes"

// takeOp removes the messages that were read, and only those: one that
// somebody else adds meanwhile stays, unless it is another's very text and that
// one is gone already.
func takeOp(read []string) op {
	return op{name: takeFlashes, apply: func(v *values) bool {
		kept := v.flashes()
		for _, message := range read {
			if i := slices.Index(kept, message); i >= 0 {
				kept = slices.Delete(kept, i, i+1)
			}
		}
		v.setFlashes(kept)
		return true
	}}
}

// keepOp puts messages back, before those made since.
func keepOp(read []string) op {
	return op{name: "keep flashes", apply: func(v *values) bool {
		v.setFlashes(append(slices.Clone(read), v.flashes()...))
		return true
	}}
}

// flashes returns the raw messages, oldest first. What another program kept
// at their key in another shape counts as one message, so that it is shown
// rather than lost.
func (v *values) flashes() []string {
	e, ok := v.get(flashesKey)
	if !ok || e.raw == "null" {
		return nil
	}
	list, err := splitArray(e.raw)
	if err != nil {
		return []string{e.raw}
	}
	return list
}

func (v *values) setFlashes(list []string) {
	if len(list) == 0 {
		v.delete(flashesKey)
		return
	}
	v.set(&entry{key: flashesKey, raw: joinArray(list)})
}

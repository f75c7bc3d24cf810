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
	key  string // the key it changes, if it is one

	// apply changes v and reports whether that counts as a modification. Nil
	// sets the key to raw, or to what cannot be kept for err.
	apply func(v *values) bool
	raw   string
	err   error
}

// do carries the op out, and reports whether that counts as a modification.
func (o op) do(v *values) bool {
	if o.apply != nil {
		return o.apply(v)
	}
	v.set(o.key, o.raw, o.err)
	return true
}

func setOp(key, raw string, err error) op {
	return op{name: "set", key: key, raw: raw, err: err}
}

// updateOp replaces a value by what f makes of it.
func updateOp(key string, f func(old entry, ok bool) (raw string, err error)) op {
	return op{name: "update", key: key, apply: func(v *values) bool {
		raw, err := f(v.get(key))
		v.set(key, raw, err)
		return true
	}}
}

func deleteOp(key string) op {
	return op{name: "delete", key: key, apply: func(v *values) bool {
		if _, ok := v.find(key); !ok {
			return false
		}
		v.delete(key)
		return true
	}}
}

func clearOp(name string) op {
	return op{name: name, apply: func(v *values) bool {
		*v = (*v)[:0]
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
func (v values) flashes() []string {
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
	v.set(flashesKey, joinArray(list), nil)
}

package session

// A Field is a key together with the type of its value. It is declared once,
// as a constant:
//
//	const username = session.Field[string]("username")
//	const cart = session.Field[[]Item]("cart")
//
// A value of another type, kept there by an older version of the program
// perhaps, counts as missing; it is logged (debug) and left as it is until it
// is set.
type Field[T any] string

// Get returns the value, and whether there is one of type T.
func (f Field[T]) Get(s *Session) (T, bool) {
	var v T
	e, ok := s.raw(string(f))
	if !ok {
		return v, false
	}
	if into, ok := any(&v).(*string); ok && e.err == nil {
		// Most values are plain text, which every format writes alike.
		if text, ok := plainString(e.raw); ok {
			*into = text
			return v, true
		}
	}
	decoded := new(T)
	if !s.decode(e, decoded) {
		return v, false
	}
	return *decoded, true
}

// Set sets the value; see [Session.Set].
func (f Field[T]) Set(s *Session, value T) { s.Set(string(f), value) }

// Delete removes the value, whatever its type.
func (f Field[T]) Delete(s *Session) { s.Delete(string(f)) }

// Pop returns the value and removes it. Where there is none of type T it
// changes nothing.
func (f Field[T]) Pop(s *Session) (T, bool) {
	var popped T
	found := false
	s.do(op{name: "pop", entry: entry{key: string(f)}, apply: func(v *values) bool {
		e, ok := v.get(string(f))
		into := new(T)
		if found = ok && s.decodeLocked(e, into); !found {
			return false
		}
		popped = *into
		v.delete(string(f))
		return true
	}})
	return popped, found
}

// Update sets the value to what change makes of it, as one step that no other
// goroutine comes between: a counter is
//
//	visits.Update(s, func(n int) int { return n + 1 })
//
// Where there is no value of type T, change is given T's zero value. It must
// not use the session, and may be called more than once: where a backend finds
// that somebody else wrote the session meanwhile, with the value written then.
func (f Field[T]) Update(s *Session, change func(T) T) {
	s.do(updateOp(string(f), func(old entry, ok bool) (string, error) {
		v := new(T)
		if ok && !s.decodeLocked(old, v) {
			v = new(T)
		}
		return s.m.encode(string(f), change(*v))
	}))
}

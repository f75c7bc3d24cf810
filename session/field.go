package session

import (
	"fmt"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// A Field is a key together with the type of its value. Declare it once, as a constant:
//
//	const username = session.Field[string]("username")
//	const cart = session.Field[[]Item]("cart")
//
// A value of another type, which an older version of the program may have kept there, counts as
// missing. It is logged (debug) and stays as it is until the field is set.
type Field[T any] string

// Get returns the value, and whether there is one of type T.
func (f Field[T]) Get(s *Session) (T, bool) {
	m, ok := s.visible(string(f))
	if !ok {
		var zero T
		return zero, false
	}
	return decoded[T](s, m)
}

// GetOr returns the value, or otherwise if there is no value of type T.
func (f Field[T]) GetOr(s *Session, otherwise T) T {
	if v, ok := f.Get(s); ok {
		return v
	}
	return otherwise
}

// Set sets the value; see [Session.Set].
func (f Field[T]) Set(s *Session, value T) { s.Set(string(f), value) }

// Delete removes the value, whatever its type.
func (f Field[T]) Delete(s *Session) { s.Delete(string(f)) }

// Pop returns the value and removes it. If there is no value of type T it changes nothing.
//
// Of the requests that pop one value at once and are saved in a store, exactly one is saved: the
// others fail with [ErrOvertaken]. So a coupon is spent once, if what it buys is handed out after
// [Session.Save] returned nil.
func (f Field[T]) Pop(s *Session) (T, bool) {
	for {
		m, ok := s.member(string(f))
		var popped T
		if ok {
			popped, ok = decoded[T](s, m)
		}
		if !ok {
			return popped, false
		}
		if s.do(content.ToPop(m)) == nil {
			return popped, true
		}
	}
}

// Update sets the value to what change makes of it, so that no other change is lost. A counter is
//
//	visits.Update(s, func(n int) int { return n + 1 })
//
// If there is no value of type T, change receives T's zero value. It may be called again, with a
// newer value: if another goroutine or, in a store, another request changed it first.
func (f Field[T]) Update(s *Session, change func(T) T) {
	_ = f.TryUpdate(s, func(v T) (T, error) { return change(v), nil })
}

// TryUpdate is [Field.Update] with a change that can refuse: its error is returned, and the value
// stays as it is. If change was content at first and then, called again with the newer value of
// another request, returns an error, the save fails with [ErrOvertaken], which wraps it. Three
// tries, however many requests come at once:
//
//	err := tries.TryUpdate(s, func(n int) (int, error) {
//		if n == 3 {
//			return n, errTooMany
//		}
//		return n + 1, nil
//	})
func (f Field[T]) TryUpdate(s *Session, change func(T) (T, error)) error {
	next := func(old rawjson.Member, ok bool) (rawjson.Member, error) {
		var v T
		if ok {
			v, _ = decoded[T](s, old)
		}
		v, err := change(v)
		if err != nil {
			return rawjson.Member{}, err
		}
		raw, err := s.m.encode(string(f), v)
		return rawjson.Member{Key: string(f), Raw: raw, Err: err}, nil
	}
	for range maxUpdates {
		old, ok := s.member(string(f))
		m, err := next(old, ok)
		if err != nil {
			return err
		}
		if s.updateFrom(old, ok, content.ToUpdate(m, next)) {
			return nil
		}
	}
	panic(fmt.Sprintf("session: Update of %s: change sets the same value itself, so this would never end; return the new value instead",
		driver.QuoteKey(string(f))))
}

// maxUpdates is how often an update is tried in one request before something is wrong: each try
// that fails means that another goroutine's succeeded.
const maxUpdates = 10_000

// updateFrom carries out an edit if the value at its key is still old.
func (s *Session) updateFrom(old rawjson.Member, ok bool, e content.Edit) bool {
	s.lock()
	defer s.unlock()
	now, there := s.now.Get(e.Member.Key)
	if there != ok || now.Raw != old.Raw {
		return false
	}
	_ = s.perform(e)
	return true
}

// decoded returns a value, and whether it is of type T. It is called without the lock, because it
// runs the program's UnmarshalJSON.
func decoded[T any](s *Session, m rawjson.Member) (T, bool) {
	var v T
	if into, ok := any(&v).(*string); ok && m.Err == nil {
		// Most values are plain text, which every codec writes alike.
		if text, ok := rawjson.PlainString(m.Raw); ok {
			*into = text
			return v, true
		}
	}
	p := new(T)
	if !s.decode(m, p) {
		return v, false
	}
	return *p, true
}

// Flash sets the value for the next request only: what was typed into a form, to show it again
// beside the error. It is removed when a response is shown in which a value of Flash, or the
// messages, were read.
func (f Field[T]) Flash(s *Session, value T) {
	f.Set(s, value)
	_ = s.do(content.ToFlashValue(string(f)))
}

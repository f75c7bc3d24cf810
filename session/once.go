package session

import (
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
)

// Flash sets the value for the next request only: what was typed into a form, to show it again
// beside the error. It is removed when a response is shown in which a value of Flash, or the
// messages, were read.
func (f Field[T]) Flash(s *Session, value T) {
	f.Set(s, value)
	_ = s.do(content.ToFlashValue(string(f)))
}

// readOnce notes that a value was read, or with driver.OnceKey the messages. The caller holds the
// lock.
func (s *Session) readOnce(key string) {
	if _, ok := s.now.Get(driver.OnceKey); !ok || s.changed != nil && s.flashes.once != nil {
		return
	}
	if keys := s.now.Once(); key == driver.OnceKey || slices.Contains(keys, key) {
		s.change().flashes.once = keys
	}
}

// sweepOnce removes the values that this request has read, unless they were set again. The caller
// holds the lock.
func (s *Session) sweepOnce() {
	keys := s.flashes.once
	for _, e := range s.edits {
		if e.Kind == content.FlashValue {
			keys = slices.DeleteFunc(keys, func(key string) bool { return key == e.Member.Key })
		}
	}
	if len(keys) == 0 {
		return
	}
	_ = s.perform(content.ToSweep(keys))
}

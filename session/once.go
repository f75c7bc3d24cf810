package session

import (
	"encoding/json"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Flash sets the value for the next request only: what was typed into a form, to show it again
// beside the error. It is removed when a response is shown in which a value of Flash, or the
// messages, were read.
func (f Field[T]) Flash(s *Session, value T) {
	f.Set(s, value)
	_ = s.do(edit{name: flashValueName, member: rawjson.Member{Key: string(f)}, apply: func(c *content) (bool, error) {
		keys := append(c.once(), string(f))
		slices.Sort(keys)
		c.setOnce(slices.Compact(keys))
		return true, nil
	}})
}

// once returns the keys of the values for the next request only.
func (c *content) once() []string {
	var keys []string
	if m, ok := c.get(driver.OnceKey); ok {
		_ = json.Unmarshal([]byte(m.Raw), &keys)
	}
	return keys
}

func (c *content) setOnce(keys []string) {
	if len(keys) == 0 {
		c.delete(driver.OnceKey)
		return
	}
	raw, _ := json.Marshal(keys) // strings can be encoded
	c.set(&rawjson.Member{Key: driver.OnceKey, Raw: string(raw)})
}

// readOnce notes that a value was read, or with driver.OnceKey the messages. The caller holds the
// lock.
func (s *Session) readOnce(key string) {
	if _, ok := s.now.get(driver.OnceKey); !ok || s.changed != nil && s.flashes.once != nil {
		return
	}
	if keys := s.now.once(); key == driver.OnceKey || slices.Contains(keys, key) {
		s.change().flashes.once = keys
	}
}

// sweepOnce removes the values that this request has read, unless they were set again. The caller
// holds the lock.
func (s *Session) sweepOnce() {
	keys := s.flashes.once
	for _, e := range s.edits {
		if e.name == flashValueName {
			keys = slices.DeleteFunc(keys, func(key string) bool { return key == e.member.Key })
		}
	}
	if len(keys) == 0 {
		return
	}
	_ = s.perform(edit{name: "sweep", apply: func(c *content) (bool, error) {
		for _, key := range keys {
			c.delete(key)
		}
		c.setOnce(slices.DeleteFunc(c.once(), func(key string) bool { return slices.Contains(keys, key) }))
		return true, nil
	}})
}

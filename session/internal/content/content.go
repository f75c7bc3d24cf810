// Package content is what a session holds, and the edits that change it.
package content

import (
	"cmp"
	"encoding/json"
	"math"
	"reflect"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Content is what a session holds, and what is to become of its identity. Edits change it, and can
// be applied again to fresher content.
type Content struct {
	values     rawjson.Object
	messages   *messages // nil until one is read or added
	Life       driver.Life
	Cleared    bool   // all values were removed: a session that stays empty is deleted
	Superseded bool   // see driver.Snapshot
	Recorded   bool   // a record has it, under an ID that others may know
	Dropped    uint16 // messages that it lost when it was translated from another format, or more
	newest     uint16 // messages that are read, at most; zero means that there is no limit
}

// Of is what was loaded, before any edit. Of its messages only the newest are read, because another
// program may have left thousands.
func Of(values rawjson.Object, from *driver.Snapshot, newest int) Content {
	return Content{values: values, newest: small(newest), Superseded: from.Superseded, Recorded: from.Record != nil}
}

// small is n, or the largest number that there is room for in every session.
func small(n int) uint16 { return uint16(min(n, math.MaxUint16)) }

// Lost notes messages that the session lost when it was translated.
func (c *Content) Lost(messages int) { c.Dropped = small(messages) }

// Parse is the content of a payload in which nothing else has to be checked.
func Parse(from *driver.Snapshot, newest int) (Content, error) {
	values, err := rawjson.Parse(from.Payload, nil)
	return Of(values, from, newest), err
}

// Values returns the values, with the messages among them.
func (c *Content) Values() *rawjson.Object {
	if c.messages != nil && c.messages.changed {
		c.joinMessages()
	}
	return &c.values
}

// Clone returns a copy that edits may change.
func (c *Content) Clone() Content {
	clone := *c
	clone.values, clone.messages = c.Values().Clone(), nil
	return clone
}

// Get returns the value at key.
func (c *Content) Get(key string) (rawjson.Member, bool) { return c.Values().Get(key) }

// Has reports whether there is a value at key.
func (c *Content) Has(key string) bool { return c.Values().Has(key) }

// Set sets a value, which is not for the next request only, until ToFlashValue says so. The content
// keeps m.
func (c *Content) Set(m *rawjson.Member) {
	c.Values().Set(m)
	c.forgetMessages(m.Key)
	c.forgetOnce(m.Key)
}

// Delete removes the value at key and reports whether there was one.
func (c *Content) Delete(key string) bool {
	deleted := c.Values().Delete(key)
	c.forgetMessages(key)
	c.forgetOnce(key)
	return deleted
}

// Clear removes all values.
func (c *Content) Clear() {
	c.values.Clear()
	c.messages = nil
	c.Cleared = true
}

// Renew has the session saved under a new ID.
func (c *Content) Renew() {
	if c.Life == driver.Keep {
		c.Life = driver.Renew
	}
}

// Saved returns the content as it is once it was saved, in a record or in the cookie.
func (c *Content) Saved(recorded bool) Content {
	saved := *c
	saved.Life, saved.Cleared, saved.Superseded, saved.Recorded = driver.Keep, false, false, recorded
	return saved
}

// Empty reports whether there is nothing of the program's.
func (c *Content) Empty() bool {
	for i := range c.Values().Len() {
		switch c.values.Key(i) {
		case driver.CreatedKey, driver.LifetimeKey, driver.BindingKey:
		default:
			return false
		}
	}
	return true
}

// Largest returns the n keys that have the most bytes with their values.
func (c *Content) Largest(n int) []driver.KeySize {
	sizes := make([]driver.KeySize, c.Values().Len())
	for i := range sizes {
		m := c.values.At(i)
		sizes[i] = driver.KeySize{Key: m.Key, Size: len(`"":`) + len(m.Key) + len(m.Raw)}
	}
	slices.SortStableFunc(sizes, func(a, b driver.KeySize) int { return cmp.Compare(b.Size, a.Size) })
	return sizes[:min(n, len(sizes))]
}

// Text returns the string at key, which is empty if the value is not one, and reports whether there
// is a value.
func (c *Content) Text(key string, codec driver.Codec) (text string, ok bool) {
	raw, ok, err := c.Values().Raw(key)
	if !ok || err != nil {
		return "", ok
	}
	if text, ok := rawjson.PlainString(raw); ok {
		return text, true
	}
	return decodeText(raw, codec), true
}

// decodeText is apart from Text, so that a text without escapes costs no allocation.
func decodeText(raw string, codec driver.Codec) (text string) {
	if codec.DecodeValue(raw, &text) != nil {
		return ""
	}
	return text
}

// Truth reports whether the value at key is true in Python, or otherwise if there is none.
func (c *Content) Truth(key string, otherwise bool, codec driver.Codec) bool {
	m, ok := c.Get(key)
	if !ok {
		return otherwise
	}
	switch m.Raw {
	case "true":
		return true
	case "", "false":
		return false
	}
	var v any
	if codec.DecodeValue(m.Raw, &v) != nil || v == nil {
		return false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Slice, reflect.Map, reflect.String:
		return r.Len() > 0
	default:
		return !r.IsZero()
	}
}

// Once returns the keys of the values that are for the next request only.
func (c *Content) Once() []string {
	var keys []string
	if m, ok := c.Get(driver.OnceKey); ok {
		_ = json.Unmarshal([]byte(m.Raw), &keys)
	}
	return keys
}

// forgetOnce has the value at key last, whatever Field.Flash said of an earlier one.
func (c *Content) forgetOnce(key string) {
	if key == driver.OnceKey || !c.Has(driver.OnceKey) {
		return
	}
	keys := c.Once()
	if i := slices.Index(keys, key); i >= 0 {
		c.setOnce(slices.Delete(keys, i, i+1))
	}
}

func (c *Content) setOnce(keys []string) {
	if len(keys) == 0 {
		c.Delete(driver.OnceKey)
		return
	}
	raw, _ := json.Marshal(keys) // strings can be encoded
	c.Set(&rawjson.Member{Key: driver.OnceKey, Raw: string(raw)})
}

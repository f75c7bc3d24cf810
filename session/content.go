package session

import (
	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// content is what a session holds, and what is to become of its identity. Edits change it, and can
// be applied again to fresher content.
type content struct {
	values     rawjson.Object
	messages   messageList
	life       driver.Life
	cleared    bool // all values were removed: a session that stays empty is deleted
	superseded bool // see driver.Snapshot
}

// contentOf is what was loaded, before any edit.
func contentOf(values rawjson.Object, from *driver.Snapshot) content {
	return content{values: values, superseded: from.Superseded}
}

// object returns the values, with the messages among them.
func (c *content) object() *rawjson.Object {
	if c.messages.changed {
		c.messages.changed = false
		if len(c.messages.list) == 0 {
			c.values.Delete(driver.FlashesKey)
		} else {
			c.values.Set(&rawjson.Member{Key: driver.FlashesKey, Raw: rawjson.Join(c.messages.list)})
		}
	}
	return &c.values
}

// get returns the value at key.
func (c *content) get(key string) (rawjson.Member, bool) { return c.object().Get(key) }

// set sets a value. The content keeps m.
func (c *content) set(m *rawjson.Member) {
	c.object().Set(m)
	c.messages.forget(m.Key)
}

// delete removes the value at key and reports whether there was one.
func (c *content) delete(key string) bool {
	deleted := c.object().Delete(key)
	c.messages.forget(key)
	return deleted
}

// clear removes all values.
func (c *content) clear() {
	c.values.Clear()
	c.messages = messageList{}
	c.cleared = true
}

// empty reports whether there is nothing of the program's.
func (c *content) empty() bool {
	for i := range c.object().Len() {
		switch c.values.Key(i) {
		case driver.CreatedKey, driver.LifetimeKey, driver.BindingKey:
		default:
			return false
		}
	}
	return true
}

// text returns the string at key, or the empty string.
func (c *content) text(key string, codec driver.Codec) string {
	m, ok := c.get(key)
	if !ok || m.Err != nil {
		return ""
	}
	var text string
	if codec.DecodeValue(m.Raw, &text) != nil {
		return ""
	}
	return text
}

// messageList is the flash messages of a session, oldest first, as they were written. They are
// split when one is read or added, and put together once, whatever is done to them in between.
type messageList struct {
	list    []string
	bytes   int // of list
	parsed  bool
	changed bool // since they were put together
}

// forget has the messages split again, if key is theirs.
func (l *messageList) forget(key string) {
	if key == driver.FlashesKey {
		*l = messageList{}
	}
}

// flashes returns the messages. The caller must not change the list.
func (c *content) flashes() []string {
	l := &c.messages
	if !l.parsed {
		l.parsed = true
		if m, ok := c.values.Get(driver.FlashesKey); ok && m.Err == nil {
			l.list = rawjson.Messages(m.Raw)
		}
		for _, raw := range l.list {
			l.bytes += len(raw)
		}
	}
	return l.list
}

// setFlashes replaces the messages.
func (c *content) setFlashes(list []string) {
	c.messages = messageList{list: list, parsed: true, changed: true}
	for _, raw := range list {
		c.messages.bytes += len(raw)
	}
}

// addFlash adds a message, and drops the oldest that are over the limits. It returns how many.
func (c *content) addFlash(raw string, count, bytes int) (dropped int) {
	c.flashes()
	l := &c.messages
	l.list, l.bytes, l.changed = append(l.list, raw), l.bytes+len(raw), true
	return c.trimFlashes(count, bytes)
}

// trimFlashes drops the oldest messages that are over the limits and returns how many.
func (c *content) trimFlashes(count, bytes int) (dropped int) {
	l := &c.messages
	for len(l.list) > 0 && (len(l.list) > count || l.bytes > bytes) {
		l.bytes -= len(l.list[0])
		l.list, l.changed = l.list[1:], true
		dropped++
	}
	return dropped
}

package content

import (
	"math"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// messages is the flash messages of a session, oldest first, as they were written. They are split
// when one is read or added, and joined once, whatever is done to them in between.
type messages struct {
	list    []string
	bytes   int  // of list
	older   int  // messages that are not in list, because they are more than are read
	changed bool // since they were split or joined
}

// Limits are how many messages, and how many bytes of them, wait at most.
type Limits struct{ Count, Bytes int }

// Newest returns the messages that are within the limits.
func (l Limits) Newest(list []string) []string {
	from, bytes := len(list), 0
	for from > 0 && len(list)-from < l.Count && bytes+len(list[from-1]) <= l.Bytes {
		from--
		bytes += len(list[from])
	}
	return list[from:]
}

func newMessages(list []string, changed bool) *messages {
	l := &messages{list: list, changed: changed}
	for _, raw := range list {
		l.bytes += len(raw)
	}
	return l
}

// forgetMessages has the messages split again, if key is theirs.
func (c *Content) forgetMessages(key string) {
	if key == driver.FlashesKey {
		c.messages = nil
	}
}

// joinMessages makes the messages a value again.
func (c *Content) joinMessages() {
	c.messages.changed = false
	if len(c.messages.list) == 0 {
		c.values.Delete(driver.FlashesKey)
		return
	}
	c.values.Set(&rawjson.Member{Key: driver.FlashesKey, Raw: rawjson.Join(c.messages.list)})
}

// Flashes returns the messages. The caller must not change the list.
func (c *Content) Flashes() []string {
	return c.split().list
}

func (c *Content) split() *messages {
	if c.messages == nil {
		newest := int(c.newest)
		if newest == 0 {
			newest = math.MaxInt
		}
		var list []string
		older := 0
		if m, ok := c.values.Get(driver.FlashesKey); ok && m.Err == nil {
			list, older = rawjson.Messages(m.Raw, newest)
		}
		c.messages = newMessages(list, false)
		c.messages.older = older
	}
	return c.messages
}

// LeaveOlder notes that there were n more messages when the content was translated.
func (c *Content) LeaveOlder(n int) {
	if n > 0 {
		c.split().older += n
	}
}

// TakeOlder returns how many messages there are, or were, that Flashes did not return, and 0 from
// then on: they are gone with the first change of the others.
func (c *Content) TakeOlder() int {
	if c.messages == nil {
		return 0
	}
	older := c.messages.older
	c.messages.older = 0
	return older
}

// SetFlashes replaces the messages.
func (c *Content) SetFlashes(list []string) {
	older := 0
	if c.messages != nil {
		older = c.messages.older
	}
	c.messages = newMessages(list, true)
	c.messages.older = older
}

// AddFlash adds a message, and drops the oldest that are over the limits.
func (c *Content) AddFlash(raw string, limits Limits) {
	l := c.split()
	l.list, l.bytes, l.changed = append(l.list, raw), l.bytes+len(raw), true
	c.TrimFlashes(limits)
}

// TrimFlashes drops the oldest messages that are over the limits and returns how many.
func (c *Content) TrimFlashes(limits Limits) (dropped int) {
	l := c.split()
	for len(l.list) > 0 && (len(l.list) > limits.Count || l.bytes > limits.Bytes) {
		l.bytes -= len(l.list[0])
		l.list, l.changed = l.list[1:], true
		dropped++
	}
	return dropped
}

// Without returns a list less the elements of another, each as often as it is there.
func Without(list, less []string) []string {
	same := 0
	for same < len(list) && same < len(less) && list[same] == less[same] {
		same++ // mostly all, without a map
	}
	if list, less = list[same:], less[same:]; len(less) == 0 {
		return slices.Clone(list)
	}
	left := make(map[string]int, min(len(less), 64)) // many can be alike
	for _, one := range less {
		left[one]++
	}
	var kept []string
	for _, one := range list {
		if left[one] > 0 {
			left[one]--
		} else {
			kept = append(kept, one)
		}
	}
	return kept
}

package drivertest

import (
	"errors"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

var touchRules = []rule{
	{name: "Touch", says: "Touch sets when the session was last used, and leaves its values alone", needs: Toucher, records: true, run: func(c *checker) {
		w := c.write(c.owner, "first")
		w.At = w.At.Add(-time.Minute)
		value, s := c.saved(w)
		at := w.At.Add(30 * time.Second)
		c.touch(s, at, w.Expires.Add(30*time.Second))
		c.used(value, at)
		c.holds(value, w.Payload)
	}},
	{name: "TouchNeverSetsBack", says: "Touch leaves the times alone that are later already", needs: Toucher, records: true, run: func(c *checker) {
		w := c.write(c.owner, "first")
		value, s := c.saved(w)
		c.touch(s, w.At.Add(-time.Minute), w.At.Add(-time.Second))
		c.used(value, w.At)
		c.holds(value, w.Payload)
	}},
	{name: "TouchConflict", says: "Touch is ErrConflict if the record changed since it was loaded, and loses no save", needs: Toucher, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		faster := c.after(c.load(value), driver.Keep, c.owner, "faster")
		_, _ = c.save(faster)
		err := c.d.(driver.Toucher).Touch(c.ctx, s, faster.At.Add(time.Second), faster.Expires.Add(time.Second))
		c.fails(err, driver.ErrConflict, "Touch of a record that has changed")
		c.holds(value, faster.Payload)
		last := c.after(c.load(value), driver.Keep, c.owner, "last")
		_, _ = c.save(last)
		c.holds(value, last.Payload)
	}},
	{name: "TouchOfEnded", says: "Touch is ErrEnded if the session is gone, and brings nothing back", needs: Toucher, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		now := time.Now()
		c.fails(c.d.(driver.Toucher).Touch(c.ctx, s, now, now.Add(time.Hour)), driver.ErrEnded, "Touch of a session that was deleted")
		c.refused(value, "the value of a session that was deleted, and touched")
	}},
	{name: "TouchOfSuperseded", says: "Touch does not bring a superseded session back, or make it last longer than its minute", needs: Toucher, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.Leave = c.object("left")
		_, _ = c.save(w)
		old := c.load(value)
		_ = c.d.(driver.Toucher).Touch(c.ctx, old, w.At.Add(time.Second), w.Expires.Add(time.Hour))
		if now := c.load(value); !now.Superseded {
			c.broken("the superseded session is live again")
		}
	}},
}

// touch touches a session. It must not fail.
func (c *checker) touch(s driver.Snapshot, at, expires time.Time) {
	c.Helper()
	c.succeeds(c.d.(driver.Toucher).Touch(c.ctx, s, at, expires), "Touch")
}

// used checks when a session was last used.
func (c *checker) used(value string, at time.Time) {
	c.Helper()
	if s := c.load(value); !s.SavedAt.IsZero() && s.SavedAt.Unix() != at.Unix() {
		c.broken("it was last used at %v, and Load says %v", at, s.SavedAt)
	}
}

// expiryRules sleep.
var expiryRules = []rule{
	{name: "KeptUntilItExpires", says: "a session is there until the end of the second that Write.Expires names", run: func(c *checker) {
		for _, owner := range c.shapes() {
			w := c.write(owner, "a value")
			w.Expires = time.Unix(time.Now().Unix()+2, 0)
			value, _ := c.save(w)
			time.Sleep(time.Until(w.Expires) - 500*time.Millisecond)
			c.holds(value, w.Payload)
			if c.opts.FakeClock {
				time.Sleep(1400 * time.Millisecond)
				c.holds(value, w.Payload)
			}
		}
	}},
	{name: "TouchProlongs", says: "Touch sets when the session ends", needs: Toucher, records: true, run: func(c *checker) {
		w := c.write(c.owner, "a value")
		w.Expires = time.Unix(time.Now().Unix()+1, 0)
		value, s := c.saved(w)
		c.touch(s, w.At, w.Expires.Add(time.Hour))
		time.Sleep(3200 * time.Millisecond)
		c.holds(value, w.Payload)
	}},
	{name: "LeftForAMinute", says: "what Renew left is there for a minute, and then nothing", records: true, fake: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.Leave = c.object("left")
		renewed, _ := c.save(w)
		if t, ok := c.d.(driver.Toucher); ok {
			_ = t.Touch(c.ctx, c.load(value), w.At, w.Expires.Add(time.Hour))
		}
		time.Sleep(58 * time.Second)
		if old := c.load(value); !old.Superseded {
			c.broken("the old value loads a session that is not superseded")
		}
		time.Sleep(4 * time.Second)
		c.refused(value, "the old value, 62 seconds after Renew")
		c.holds(renewed, w.Payload)
	}},
	{name: "RetiredForAMinute", says: "what Retire left is there for a minute, and then nothing", needs: Retirer, records: true, fake: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, c.owner, "second")
		w.Leave = c.object("left")
		c.succeeds(c.d.(driver.Retirer).Retire(c.ctx, w), "Retire")
		time.Sleep(58 * time.Second)
		if old := c.load(value); !old.Superseded {
			c.broken("the old value loads a session that is not superseded")
		}
		time.Sleep(4 * time.Second)
		c.refused(value, "the old value, 62 seconds after Retire")
	}},
	{name: "DepartedUntilItExpires", says: "what Depart left is there until Write.Expires", needs: Departer, records: true, fake: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.depart(s, "a move"), "Depart")
		time.Sleep(59 * time.Minute)
		c.departed(value, "a move")
		time.Sleep(2 * time.Minute)
		c.refused(value, "the value of a session that departed, after Write.Expires")
		if _, err := c.d.Load(c.ctx, value); errors.As(err, new(*driver.MovedError)) {
			c.broken("Load says that a session has moved that would have expired")
		}
	}},
	{name: "MarkLasts", says: "the mark that Delete leaves at an adopted ID is met for as long as a request may be under way", needs: Adopter, records: true, fake: true, run: func(c *checker) {
		value, record := c.adopted()
		c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{Record: record}), "Delete at an adopted ID")
		time.Sleep(12 * time.Hour)
		c.neverCreated(value)
	}},
}

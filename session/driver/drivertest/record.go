package drivertest

import (
	"github.com/wafer-go/wafer/session/driver"
)

var recordRules = []rule{
	{name: "Conflict", says: "Save is ErrConflict if the record changed since it was loaded, and saves nothing", records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			value, s := c.saved(c.write(c.owner, "first"))
			faster := c.after(c.load(value), driver.Keep, c.owner, "faster")
			_, _ = c.save(faster)
			c.saveFails(c.after(s, life, c.owner, "slower"), driver.ErrConflict, "Save of a record that has changed")
			c.holds(value, faster.Payload)
		}
	}},
	{name: "Reload", says: "Reload returns the session as it is now, and that can be saved", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		faster := c.after(c.load(value), driver.Keep, c.owner, "faster")
		_, _ = c.save(faster)
		fresh, err := s.Record.Reload(c.ctx)
		c.succeeds(err, "Reload")
		c.same("Reload", fresh.Payload, faster.Payload)
		if fresh.Record == nil || fresh.Record.ID() != s.Record.ID() {
			c.broken("Reload returned another record")
		}
		last := c.after(fresh, driver.Keep, c.owner, "last")
		_, _ = c.save(last)
		c.holds(value, last.Payload)
	}},
	{name: "SavedRecord", says: "the record that Save returns has the session now: it reloads, and can be saved from or deleted", records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Keep, driver.Renew, driver.Begin} {
			_, s := c.saved(c.write(c.owner, "first"))
			w := c.after(s, life, c.owner, "second")
			value, record := c.save(w)
			fresh, err := record.Reload(c.ctx)
			c.succeeds(err, "Reload of the record that Save returned")
			c.same("Reload", fresh.Payload, w.Payload)
			third := c.after(fresh, driver.Keep, c.owner, "third")
			again, _ := c.save(third)
			if again != value {
				c.broken("Save from the record that Save returned changed the cookie's value")
			}
			c.holds(value, third.Payload)
			c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{Record: record}), "Delete of the record that Save returned")
			c.refused(value, "a value whose session was deleted by the record that Save returned")
		}
	}},
	{name: "Shared", says: "what Share returns is the record as Load returns it: Save from it succeeds, and is ErrConflict if the record has changed", records: true, run: func(c *checker) {
		value, record := c.save(c.write(c.owner, "first"))
		one, another := share(record), share(record)
		if one == nil {
			return
		}
		if one.ID() != record.ID() {
			c.broken("the record has the ID %q, and what Share returned %q", record.ID(), one.ID())
		}
		w := c.after(driver.Snapshot{Record: one}, driver.Keep, c.owner, "second")
		_, _ = c.save(w)
		for _, old := range []driver.Record{one, another, record} {
			c.saveFails(c.after(driver.Snapshot{Record: old}, driver.Keep, c.owner, "late"), driver.ErrConflict, "Save from a record that was shared, and has changed")
		}
		c.holds(value, w.Payload)
		c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{Record: another}), "Delete of what Share returned")
		c.refused(value, "the value of a session that was deleted by what Share returned")
	}},
	{name: "Delete", says: "Delete ends the session", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		other := c.write(c.owner, "other")
		kept, _ := c.save(other)
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		c.refused(value, "the value of a session that was deleted")
		c.holds(kept, other.Payload)
		again, err := s.Record.Reload(c.ctx)
		c.refusal(again, err, "Reload of a session that was deleted")
	}},
	{name: "DeleteOfAnOldSnapshot", says: "Delete ends the session although it was saved since it was loaded", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		_, _ = c.save(c.after(c.load(value), driver.Keep, c.owner, "faster"))
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		c.refused(value, "the value of a session that was deleted")
	}},
	{name: "Ended", says: "a request that loaded a session before Delete gets ErrEnded from Save, and brings nothing back", records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			value, s := c.saved(c.write(c.owner, "first"))
			c.succeeds(c.d.Delete(c.ctx, c.load(value)), "Delete")
			c.saveFails(c.after(s, life, c.owner, "late"), driver.ErrEnded, "Save of a session that was deleted")
			c.refused(value, "the value of a session that was deleted")
		}
	}},
	{name: "IDIsNoValue", says: "a record's ID is worth nothing in a cookie", records: true, run: func(c *checker) {
		_, s := c.saved(c.write(c.owner, "first"))
		c.refused(s.Record.ID(), "a record's ID")
	}},
}

// share returns what a record's Share does, or nil if it does not have that method.
func share(r driver.Record) driver.Record {
	if s, ok := r.(driver.Sharer); ok {
		return s.Share()
	}
	return nil
}

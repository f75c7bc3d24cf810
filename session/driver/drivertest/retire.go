package drivertest

import (
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

var retireRules = []rule{
	{name: "Retire", says: "Retire ends the session and leaves Write.Leave to be read, superseded", needs: Retirer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, c.owner, "moved")
		w.At, w.Leave = w.At.Add(-30*time.Second), c.object("left")
		c.succeeds(c.d.(driver.Retirer).Retire(c.ctx, w), "Retire")
		old := c.load(value)
		if !old.Superseded {
			c.broken("the value loads a session that is not superseded")
		}
		c.same("Load", old.Payload, w.Leave)
		c.neverSaved(c.after(s, driver.Keep, c.owner, "late"), "Save of a session that was retired")
	}},
	{name: "RetireLeavesNothing", says: "Retire leaves nothing if Write.Leave is nil", needs: Retirer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.d.(driver.Retirer).Retire(c.ctx, c.after(s, driver.Keep, c.owner, "moved")), "Retire")
		c.nothing(value)
		c.neverSaved(c.after(s, driver.Keep, c.owner, "late"), "Save of a session that was retired")
	}},
	{name: "RetireLeavesForAMinute", says: "a minute after Retire nothing is found", needs: Retirer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, c.owner, "moved")
		w.At, w.Leave = w.At.Add(-62*time.Second), c.object("left")
		c.succeeds(c.d.(driver.Retirer).Retire(c.ctx, w), "Retire")
		c.refused(value, "the value, 62 seconds after Retire")
	}},
	{name: "RetireConflict", says: "Retire is ErrConflict if the record changed since it was loaded, and changes nothing", needs: Retirer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		faster := c.after(c.load(value), driver.Keep, c.owner, "faster")
		_, _ = c.save(faster)
		w := c.after(s, driver.Keep, c.owner, "moved")
		w.Leave = c.object("left")
		c.fails(c.d.(driver.Retirer).Retire(c.ctx, w), driver.ErrConflict, "Retire of a record that has changed")
		c.holds(value, faster.Payload)
	}},
	{name: "RetireEnded", says: "Retire is ErrEnded if the session is gone, and leaves nothing", needs: Retirer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		w := c.after(s, driver.Keep, c.owner, "moved")
		w.Leave = c.object("left")
		c.fails(c.d.(driver.Retirer).Retire(c.ctx, w), driver.ErrEnded, "Retire of a session that was deleted")
		c.refused(value, "the value of a session that was deleted")
	}},
	{name: "RetiredIsNotOwned", says: "a session that was retired has no owner", needs: Retirer, records: true, run: func(c *checker) {
		_, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, c.owner, "moved")
		w.Leave = c.object("left")
		c.succeeds(c.d.(driver.Retirer).Retire(c.ctx, w), "Retire")
		if o, ok := c.d.(driver.Owners); ok && has(c.opts.Implements, Owners) {
			if found := c.owned(c.owner); len(found) > 0 {
				c.broken("Owned yielded %d sessions that were retired", len(found))
			}
			if n, err := o.EndOwned(c.ctx, c.owner); n != 0 || err != nil {
				c.broken("EndOwned returned %d and the error %v, of a session that was retired", n, err)
			}
		}
	}},
}

var listRules = []rule{
	{name: "All", says: "All yields every session, once, and nothing that has ended or moved on", needs: Lister, records: true, run: func(c *checker) {
		want := map[string]string{}
		for range 30 {
			w := c.write(c.owner, "a value")
			_, record := c.save(w)
			want[record.ID()] = string(w.Payload)
		}
		_, ended := c.saved(c.write(c.owner, "ended"))
		c.succeeds(c.d.Delete(c.ctx, ended), "Delete")
		_, old := c.saved(c.write(c.owner, "renewed"))
		renew := c.after(old, driver.Renew, c.owner, "renewed")
		_, renewed := c.save(renew)
		want[renewed.ID()] = string(renew.Payload)
		seen := map[string]bool{}
		all, err := collect(c.d.(driver.Lister).All(c.ctx))
		c.succeeds(err, "All")
		for _, s := range all {
			if s.Record == nil || s.Superseded {
				c.broken("All yielded a session with the record %v, superseded: %v", s.Record, s.Superseded)
			}
			id := s.Record.ID()
			if seen[id] || id == ended.Record.ID() || id == old.Record.ID() {
				c.broken("All yielded a session twice, or one that has ended or moved on")
			}
			seen[id] = true
			if payload, ok := want[id]; ok {
				c.same("All", s.Payload, []byte(payload))
				delete(want, id)
			}
		}
		if len(want) > 0 {
			c.broken("All did not yield %d sessions", len(want))
		}
	}},
	{name: "AllStops", says: "All yields nothing after its caller stops", needs: Lister, records: true, run: func(c *checker) {
		for range 3 {
			_, _ = c.save(c.write(c.owner, "a value"))
		}
		c.quietly("stopping at the first session of All", func() {
			for range c.d.(driver.Lister).All(c.ctx) {
				break
			}
		})
	}},
}

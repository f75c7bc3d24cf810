package drivertest

import (
	"github.com/wafer-go/wafer/session/driver"
)

var adoptRules = []rule{
	{name: "AdoptOfNonsense", says: "Adopt reports false for what could not name a record, and does not panic", needs: Adopter, run: func(c *checker) {
		for _, value := range hostile() {
			c.quietly("Adopt of a hostile value", func() {
				record, ok := c.d.(driver.Adopter).Adopt(value)
				if ok != (record != nil) {
					c.broken("Adopt returned the record %v and %v", record, ok)
				}
				if len(value) > 4096 && ok {
					c.broken("Adopt took a value of %d bytes", len(value))
				}
			})
		}
	}},
	{name: "AdoptWritesNothing", says: "Adopt asks and writes nothing", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		c.refused(value, "a value that was adopted, and under which nothing was saved")
		if record.ID() == "" {
			c.broken("the record has no ID")
		}
	}},
	{name: "AdoptCreates", says: "Save with From.Record set to an adopted record creates it, under the value that was adopted", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		w := c.adopting(record, "adopted")
		got, saved := c.save(w)
		if got != value || saved == nil || saved.ID() != record.ID() {
			c.broken("the session was saved under another value or ID than those adopted")
		}
		c.holds(value, w.Payload)
		next := c.after(c.load(value), driver.Keep, c.owner, "next")
		_, _ = c.save(next)
		c.holds(value, next.Payload)
	}},
	{name: "AdoptRenews", says: "Save with Renew of an adopted record creates the session under a new identity, and leaves word under the value that was adopted", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		w := c.adopting(record, "adopted")
		w.Life, w.Leave = driver.Renew, c.object("left")
		got, _ := c.save(w)
		if got == value {
			c.broken("Renew kept the value that was adopted")
		}
		c.holds(got, w.Payload)
		old := c.load(value)
		if !old.Superseded {
			c.broken("the value that was adopted loads a session that is not superseded")
		}
		c.same("Load of the value that was adopted", old.Payload, w.Leave)
		c.neverCreated(value)
	}},
	{name: "AdoptTaken", says: "Save of an adopted record is ErrConflict if anything has the ID, and saves nothing", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		_, second := c.adoptedAs(value)
		w := c.adopting(record, "first")
		_, _ = c.save(w)
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			late := c.adopting(second, "second")
			late.Life, late.Leave = life, c.object("left")
			c.saveFails(late, driver.ErrConflict, "Save of an adopted record whose ID is in use")
			c.holds(value, w.Payload)
		}
		fresh, err := second.Reload(c.ctx)
		c.succeeds(err, "Reload of an adopted record whose ID is in use")
		c.same("Reload", fresh.Payload, w.Payload)
	}},
	{name: "AdoptEnded", says: "Delete of an adopted record leaves a mark that a later creation meets", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{Record: record}), "Delete of an adopted record")
		c.refused(value, "a value whose adopted record was deleted")
		c.neverCreated(value)
		c.neverSaved(c.adopting(record, "late"), "Save of an adopted record after Delete")
		c.refused(value, "a value whose adopted record was deleted")
	}},
	{name: "AdoptEndedByBegin", says: "Begin of an adopted record leaves a mark that a later creation meets", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		w := c.adopting(record, "begun")
		w.Life = driver.Begin
		got, _ := c.save(w)
		if got == value {
			c.broken("Begin kept the value that was adopted")
		}
		c.holds(got, w.Payload)
		c.refused(value, "a value whose adopted record ended with Begin")
		c.neverCreated(value)
	}},
	{name: "AdoptEndedWhenTaken", says: "Delete of an adopted record ends what another request created there since", needs: Adopter, records: true, run: func(c *checker) {
		value, record := c.adopted()
		_, second := c.adoptedAs(value)
		_, s := c.saved(c.adopting(second, "faster"))
		c.succeeds(c.d.Delete(c.ctx, driver.Snapshot{Record: record}), "Delete of an adopted record")
		c.refused(value, "a value whose adopted record was deleted")
		c.neverSaved(c.after(s, driver.Keep, c.owner, "late"), "Save of what was created at an adopted ID and deleted there")
		c.neverCreated(value)
		c.refused(value, "a value whose adopted record was deleted")
	}},
}

// adopted returns a value and the record that it names with this driver.
func (c *checker) adopted() (string, driver.Record) {
	c.Helper()
	return c.adoptedAs(c.opts.Adoptable())
}

func (c *checker) adoptedAs(value string) (string, driver.Record) {
	c.Helper()
	record, ok := c.d.(driver.Adopter).Adopt(value)
	if !ok || record == nil {
		c.broken("Adopt refused a value of Options.Adoptable")
	}
	return value, record
}

// adopting returns the write of a session that comes from another driver.
func (c *checker) adopting(record driver.Record, text string) driver.Write {
	c.Helper()
	return c.after(driver.Snapshot{Record: record}, driver.Keep, c.owner, text)
}

// neverCreated checks that a request which adopts value now cannot save its session there.
func (c *checker) neverCreated(value string) {
	c.Helper()
	for _, owner := range c.shapes() {
		_, record := c.adoptedAs(value)
		w := c.adopting(record, "late")
		w.Owner = owner
		c.neverSaved(w, "Save of an adopted record whose session has ended or moved on")
	}
}

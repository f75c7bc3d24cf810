package drivertest

import (
	"encoding/json"
	"errors"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

var lifeRules = []rule{
	{name: "Keep", says: "Keep saves a record under the identity that it has", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, c.owner, "second")
		again, record := c.save(w)
		if again != value || record == nil || record.ID() != s.Record.ID() {
			c.broken("Save with Keep changed the cookie's value or the record's ID")
		}
		c.holds(value, w.Payload)
	}},
	{name: "SessionsDiffer", says: "each new session gets an identity of its own", records: true, run: func(c *checker) {
		values, ids := map[string]bool{}, map[string]bool{}
		for range 20 {
			value, record := c.save(c.write(c.owner, "a value"))
			if values[value] || ids[record.ID()] {
				c.broken("two new sessions have one identity")
			}
			values[value], ids[record.ID()] = true, true
		}
	}},
	{name: "Renew", says: "Renew gives the session a new identity", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		renewed, record := c.save(w)
		if renewed == value || record == nil || record.ID() == s.Record.ID() {
			c.broken("Save with Renew kept the cookie's value or the record's ID")
		}
		c.holds(renewed, w.Payload)
		c.over(value, "the old value after Renew")
	}},
	{name: "RenewLeaves", says: "after Renew, requests with the old identity find Write.Leave, superseded", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.At, w.Leave = w.At.Add(-30*time.Second), c.object("left")
		_, _ = c.save(w)
		old := c.load(value)
		if !old.Superseded {
			c.broken("the old value loads a session that is not superseded")
		}
		c.same("Load of the old value", old.Payload, w.Leave)
	}},
	{name: "RenewLeavesNothing", says: "if Write.Leave is nil, requests with the old identity can read nothing", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		_, _ = c.save(c.after(s, driver.Renew, c.owner, "second"))
		c.nothing(value)
	}},
	{name: "RenewLeavesForAMinute", says: "a minute after Renew, requests with the old identity find nothing", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.At, w.Leave = w.At.Add(-62*time.Second), c.object("left")
		renewed, _ := c.save(w)
		c.refused(value, "the old value, 62 seconds after Renew")
		c.holds(renewed, w.Payload)
	}},
	{name: "RenewedIsNotSaved", says: "a request that loaded a session before it was renewed cannot save it", records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			value, s := c.saved(c.write(c.owner, "first"))
			w := c.after(s, driver.Renew, c.owner, "second")
			renewed, _ := c.save(w)
			c.neverSaved(c.after(s, life, c.owner, "late"), "Save of a session that was renewed")
			c.over(value, "the old value")
			c.holds(renewed, w.Payload)
		}
	}},
	{name: "RenewedIsAConflict", says: "Save of a session that was renewed in the meantime returns ErrConflict, and Reload finds it superseded, so that a second click on \"sign in\" succeeds", records: true, run: func(c *checker) {
		_, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.Leave = c.object("left")
		_, _ = c.save(w)
		c.saveFails(c.after(s, driver.Renew, c.owner, "late"), driver.ErrConflict, "Save of a session that was renewed")
		left, err := s.Record.Reload(c.ctx)
		if err != nil || !left.Superseded {
			c.broken("Reload returned a session that is superseded: %v, and the error %v", left.Superseded, err)
		}
		c.same("Reload of a session that was renewed", left.Payload, w.Leave)
	}},
	{name: "SupersededIsNotSaved", says: "a save from a superseded session begins another and does not change the mark or the session that it moved to", records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Renew, driver.Begin} {
			value, s := c.saved(c.write(c.owner, "first"))
			w := c.after(s, driver.Renew, c.owner, "second")
			w.Leave = c.object("left")
			renewed, _ := c.save(w)
			second := c.after(c.load(value), life, c.owner, "a second click on sign in")
			begun, _ := c.save(second)
			if begun == value || begun == renewed {
				c.broken("a session that begins has the identity of another")
			}
			c.holds(begun, second.Payload)
			c.holds(renewed, w.Payload)
			old := c.load(value)
			if !old.Superseded {
				c.broken("the superseded session is live again")
			}
			c.same("Load of the superseded session", old.Payload, w.Leave)
			c.succeeds(c.d.Delete(c.ctx, old), "Delete of a superseded session")
			c.holds(renewed, w.Payload)
		}
	}},
	{name: "Begin", says: "Begin ends the session in Write.From and begins another", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Begin, c.owner, "second")
		begun, record := c.save(w)
		if begun == value || record == nil || record.ID() == s.Record.ID() {
			c.broken("Save with Begin kept the cookie's value or the record's ID")
		}
		c.refused(value, "the value of a session that ended with Begin")
		c.holds(begun, w.Payload)
		c.saveFails(c.after(s, driver.Keep, c.owner, "late"), driver.ErrEnded, "Save of a session that ended with Begin")
		c.refused(value, "the value of a session that ended with Begin")
	}},
	{name: "Stay", says: "with Stay, a session does not move between cookie and record", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Keep, "", "no owner")
		w.Stay = true
		again, record := c.save(w)
		if again != value || record == nil || record.ID() != s.Record.ID() {
			c.broken("Save with Stay moved the session")
		}
		c.holds(value, w.Payload)
	}},
}

// nothing checks that nothing of a session can be read under a value.
func (c *checker) nothing(value string) {
	c.Helper()
	s, err := c.d.Load(c.ctx, value)
	if err != nil {
		c.refusal(s, err, "Load of the old value")
		return
	}
	if !s.Superseded {
		c.broken("the old value loads a session that is not superseded")
	}
	var left map[string]json.RawMessage
	if err := json.Unmarshal([]byte(s.Payload), &left); err != nil || len(left) > 0 {
		c.broken("the old value loads %d values (%v)", len(left), err)
	}
}

// neverSaved checks that a save fails with ErrEnded, at once or after the session was loaded again.
func (c *checker) neverSaved(w driver.Write, what string) {
	c.Helper()
	_, record, err := c.d.Save(c.ctx, nil, w)
	switch {
	case errors.Is(err, driver.ErrEnded):
		return
	case !errors.Is(err, driver.ErrConflict) || record != nil:
		c.broken("%s returned the error %v; it should wrap ErrEnded, or ErrConflict", what, err)
	}
	s, err := w.From.Record.Reload(c.ctx)
	if err == nil && s.Superseded {
		return
	}
	c.refusal(s, err, "Reload after "+what)
}

package drivertest

import (
	"errors"

	"github.com/wafer-go/wafer/session/driver"
)

var departRules = []rule{
	{name: "Depart", says: "after Depart, Load returns a MovedError with Write.Move", needs: Departer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.depart(s, "a move"), "Depart")
		c.departed(value, "a move")
		c.neverSaved(c.after(s, driver.Keep, c.owner, "late"), "Save of a session that departed")
		c.departed(value, "a move")
	}},
	{name: "DepartConflict", says: "Depart is ErrConflict if the record changed since it was loaded, and changes nothing", needs: Departer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		faster := c.after(c.load(value), driver.Keep, c.owner, "faster")
		_, _ = c.save(faster)
		c.fails(c.depart(s, "a move"), driver.ErrConflict, "Depart of a record that has changed")
		c.holds(value, faster.Payload)
	}},
	{name: "DepartEnded", says: "Depart is ErrEnded if the session is gone, and leaves nothing", needs: Departer, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		c.fails(c.depart(s, "a move"), driver.ErrEnded, "Depart of a session that was deleted")
		if _, err := c.d.Load(c.ctx, value); errors.As(err, new(*driver.MovedError)) {
			c.broken("Load says that a session has moved that was deleted")
		}
		c.refused(value, "the value of a session that was deleted")
	}},
	{name: "DepartedIsNotOwned", says: "a session that has departed has no owner here", needs: Departer, records: true, run: func(c *checker) {
		_, s := c.saved(c.write(c.owner, "first"))
		c.succeeds(c.depart(s, "a move"), "Depart")
		if _, ok := c.d.(driver.Owners); ok && has(c.opts.Implements, Owners) {
			if found := c.owned(c.owner); len(found) > 0 {
				c.broken("Owned yielded %d sessions that have departed", len(found))
			}
		}
	}},
	{name: "Arrival", says: "the record of Save with Write.Move is an Arrival with that move, until the next Save", needs: Departer, records: true, run: func(c *checker) {
		w := c.write(c.owner, "first")
		w.Move = "a move"
		value, s := c.saved(w)
		c.same("Load", s.Payload, w.Payload)
		if move := moveOf(s); move != w.Move {
			c.broken("a session that was saved with the move %q has the move %q", w.Move, move)
		}
		next := c.after(s, driver.Keep, c.owner, "second")
		_, _ = c.save(next)
		c.holds(value, next.Payload)
		if move := moveOf(c.load(value)); move != "" {
			c.broken("a session that has arrived has the move %q", move)
		}
	}},
}

// depart says of a session that it is in another place.
func (c *checker) depart(s driver.Snapshot, move string) error {
	w := c.after(s, driver.Keep, c.owner, "elsewhere")
	w.Move = move
	return c.d.(driver.Departer).Depart(c.ctx, w)
}

// departed checks that a value names a session that has departed.
func (c *checker) departed(value, move string) {
	c.Helper()
	_, err := c.d.Load(c.ctx, value)
	moved, ok := errors.AsType[*driver.MovedError](err)
	if !ok {
		c.broken("Load of a session that departed returned the error %v instead of a MovedError", err)
	}
	if moved.Move != move {
		c.broken("Load names the move %q of a session that departed with %q", moved.Move, move)
	}
}

// moveOf returns the move of a session that is arriving.
func moveOf(s driver.Snapshot) string {
	if a, ok := s.Record.(driver.Arrival); ok {
		return a.Move()
	}
	return ""
}

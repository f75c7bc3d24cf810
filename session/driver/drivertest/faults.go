package drivertest

import (
	"errors"
	"fmt"
	"sync"

	"github.com/wafer-go/wafer/session/driver"
)

// A Fault is what becomes of a call to the engine that keeps a driver's records.
type Fault uint8

const (
	// NoFault: the engine carries the call out, and answers.
	NoFault Fault = iota

	// Down: the engine does not carry the call out. It fails, as one to a server that cannot be
	// reached.
	Down

	// AnswerLost: the engine carries the call out. It fails all the same, as if the connection had
	// broken before the answer.
	AnswerLost
)

// String returns the fault's name.
func (f Fault) String() string {
	switch f {
	case Down:
		return "Down"
	case AnswerLost:
		return "AnswerLost"
	case NoFault:
	}
	return "NoFault"
}

// Faults say what becomes of the calls to an engine, one after another. They are safe for
// concurrent use by multiple goroutines.
type Faults struct {
	mu    sync.Mutex
	now   schedule
	calls int
}

// Next returns what becomes of the call that begins.
func (f *Faults) Next() Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	call := f.calls
	f.calls++
	if call == f.now.first || call > f.now.first && f.now.lasts {
		return f.now.fault
	}
	return NoFault
}

func (f *Faults) plan(s schedule) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now, f.calls = s, 0
}

// A schedule is one fault at one call, or at all from that on.
type schedule struct {
	fault Fault
	first int // 0 is the next call
	lasts bool
}

func (s schedule) String() string {
	if s.lasts {
		return fmt.Sprintf("%v from call %d on", s.fault, s.first+1)
	}
	return fmt.Sprintf("%v at call %d", s.fault, s.first+1)
}

// schedules are those that a rule tries. A driver that asks again pauses in between, so those that
// last need a fake clock.
func (c *checker) schedules() (all []schedule) {
	for first := range 5 {
		for _, fault := range []Fault{Down, AnswerLost} {
			all = append(all, schedule{fault: fault, first: first})
			if c.opts.FakeClock {
				all = append(all, schedule{fault, first, true})
			}
		}
	}
	return all
}

// meet calls f while the engine has faults. What f returned is judged afterwards.
func (c *checker) meet(s schedule, f func()) {
	c.faults.plan(s)
	defer c.faults.plan(schedule{})
	f()
}

// outcome checks that an error of an unknown outcome does not look like a known one.
func (c *checker) outcome(s schedule, err error, call string) {
	c.Helper()
	for _, known := range []error{driver.ErrConflict, driver.ErrEnded, driver.ErrRefused, driver.ErrTooLarge} {
		if errors.Is(err, known) {
			c.broken("%v: %s returned the error %v, although no other request touched the session", s, call, err)
		}
	}
}

// liveAs checks that a value loads, live, with any of some payloads.
func (c *checker) liveAs(s schedule, value, what string, payloads ...[]byte) driver.Snapshot {
	c.Helper()
	found, err := c.d.Load(c.ctx, value)
	if err != nil {
		c.broken("%v: afterwards Load of %s failed: %v; it should name the session", s, what, err)
	}
	if found.Superseded {
		c.broken("%v: afterwards the session that %s names is superseded; it should be live", s, what)
	}
	for _, payload := range payloads {
		if found.Payload == string(payload) {
			return found
		}
	}
	c.broken("%v: afterwards Load of %s returned another payload", s, what)
	return found
}

// unanswered saves a session a second time while the engine has faults, and reports whether it is
// not known then whether that was saved.
func (c *checker) unanswered(s schedule) (value string, from driver.Snapshot, unknown bool) {
	c.Helper()
	value, from = c.saved(c.write(c.owner, "first"))
	var record driver.Record
	var err error
	c.meet(s, func() { _, record, err = c.d.Save(c.ctx, nil, c.after(from, driver.Keep, c.owner, "second")) })
	return value, from, err != nil && record == nil
}

// replaces checks that another Save succeeds after one whose outcome is not known.
func (c *checker) replaces(s schedule, value string, from driver.Snapshot) {
	c.Helper()
	last := c.after(from, driver.Keep, c.owner, "last")
	_, _, err := c.d.Save(c.ctx, nil, last)
	c.succeeds(err, "Save, after "+s.String()+" of the one before,")
	c.liveAs(s, value, "the cookie", last.Payload)
}

// faultRules are of what a driver says if its engine fails, or carries out what it does not answer.
var faultRules = []rule{
	{name: "EngineDown", says: "an engine that does not answer does not look like an empty session, or like one that has ended or changed", records: true, run: func(c *checker) {
		w := c.write(c.owner, "first")
		value, s := c.saved(w)
		for _, down := range []schedule{{Down, 0, true}, {AnswerLost, 0, true}} {
			if !c.opts.FakeClock && down.fault == AnswerLost {
				continue
			}
			c.meet(down, func() {
				_, err := c.d.Load(c.ctx, value)
				if err == nil {
					c.broken("%v: Load succeeded", down)
				}
				c.outcome(down, err, "Load")
				if _, err = s.Record.Reload(c.ctx); err == nil {
					c.broken("%v: Reload succeeded", down)
				}
				c.outcome(down, err, "Reload")
			})
			c.liveAs(down, value, "the cookie", w.Payload)
		}
	}},
	{name: "UnknownCreate", says: "a first Save whose outcome is not known fails, and is not a conflict; one that succeeds has saved", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			var value []byte
			var err error
			c.meet(s, func() { value, _, err = c.d.Save(c.ctx, nil, w) })
			if err == nil {
				c.liveAs(s, string(value), "the value that Save returned", w.Payload)
				continue
			}
			c.outcome(s, err, "Save of a new session")
		}
	}},
	{name: "UnknownKeep", says: "if it is not known whether a session was saved, the cookie names it still, with one payload or the other", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			value, from := c.saved(w)
			next := c.after(from, driver.Keep, c.owner, "second")
			var saved []byte
			var record driver.Record
			var err error
			c.meet(s, func() { saved, record, err = c.d.Save(c.ctx, nil, next) })
			c.outcome(s, err, "Save")
			switch {
			case err == nil, record != nil:
				c.liveAs(s, string(saved), "the value that Save returned", next.Payload)
			default:
				c.liveAs(s, value, "the cookie", w.Payload, next.Payload)
			}
		}
	}},
	{name: "UnknownRenew", says: "if it is not known whether a session was renewed, the error is an UnsettledError whose value names it in either case; any other error means that the cookie still names it", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			value, from := c.saved(w)
			next := c.after(from, driver.Renew, c.owner, "second")
			var saved []byte
			var record driver.Record
			var err error
			c.meet(s, func() { saved, record, err = c.d.Save(c.ctx, nil, next) })
			c.outcome(s, err, "Save that renews")
			unsettled, ok := errors.AsType[*driver.UnsettledError](err)
			switch {
			case err == nil:
				c.liveAs(s, string(saved), "the value that Save returned", next.Payload)
				c.over(value, "the old value of a session that was renewed")
			case ok:
				found := c.liveAs(s, unsettled.Value, "the UnsettledError's value", w.Payload, next.Payload)
				last := c.after(found, driver.Keep, c.owner, "last")
				settled, _ := c.save(last)
				c.liveAs(s, settled, "the value of the next Save", last.Payload)
			case record != nil:
				c.liveAs(s, string(saved), "the value that came with the error", next.Payload)
			default:
				c.liveAs(s, value, "the cookie", w.Payload)
			}
		}
	}},
	{name: "UnknownThenSaved", says: "after a Save whose outcome is not known, another from the same Snapshot replaces what that saved, and is not a conflict with it", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			if value, from, unknown := c.unanswered(s); unknown {
				c.replaces(s, value, from)
			}
		}
	}},
	{name: "UnknownThenReloaded", says: "after a Save whose outcome is not known, Reload of its Record returns the session as it was before, from which another Save replaces what the first one saved; or it fails", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			value, from, unknown := c.unanswered(s)
			if !unknown {
				continue
			}
			if fresh, err := from.Record.Reload(c.ctx); err == nil {
				c.same("Reload, after "+s.String()+" of a Save,", fresh.Payload, []byte(from.Payload))
				c.replaces(s, value, fresh)
			}
		}
	}},
	{name: "UnknownShared", says: "after a Save whose outcome is not known, Share returns nil; and for the record that its own was shared from, it is another request's", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			value, record := c.save(c.write(c.owner, "first"))
			one := share(record)
			if one == nil {
				return
			}
			second := c.after(driver.Snapshot{Record: one}, driver.Keep, c.owner, "second")
			var saved driver.Record
			var err error
			c.meet(s, func() { _, saved, err = c.d.Save(c.ctx, nil, second) })
			if err == nil || saved != nil {
				continue
			}
			if share(one) != nil {
				c.broken("%v: Share returned a record, and it is not known which", s)
			}
			last := c.after(driver.Snapshot{Record: record}, driver.Keep, c.owner, "last")
			if c.load(value).Payload == string(second.Payload) {
				c.saveFails(last, driver.ErrConflict, "Save of a record that has changed")
			} else {
				_, _, err := c.d.Save(c.ctx, nil, last)
				c.succeeds(err, "Save of a record that has not changed, after "+s.String()+",")
			}
		}
	}},
	{name: "UnknownBegin", says: "if Begin succeeds, the old session is over and the new one is saved, whatever became of the calls to the engine", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			value, from := c.saved(c.write(c.owner, "first"))
			next := c.after(from, driver.Begin, c.owner, "second")
			var saved []byte
			var err error
			c.meet(s, func() { saved, _, err = c.d.Save(c.ctx, nil, next) })
			if c.outcome(s, err, "Save that begins a session"); err == nil {
				c.liveAs(s, string(saved), "the value that Save returned", next.Payload)
				c.over(value, "the old value, after "+s.String())
			}
		}
	}},
	{name: "UnknownDelete", says: "Delete that succeeds has ended the session; after one that failed, another succeeds", records: true, run: func(c *checker) {
		for _, s := range c.schedules() {
			value, from := c.saved(c.write(c.owner, "a value"))
			var err error
			c.meet(s, func() { err = c.d.Delete(c.ctx, from) })
			if err != nil {
				c.outcome(s, err, "Delete")
				c.succeeds(c.d.Delete(c.ctx, from), "Delete, after one that failed,")
			}
			c.refused(value, "the value of a session that was deleted, after "+s.String())
		}
	}},
	{name: "UnknownTouch", says: "a Touch whose outcome is not known is not a conflict, and the session is as it was", records: true, needs: Toucher, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			value, from := c.saved(w)
			var err error
			c.meet(s, func() { err = c.d.(driver.Toucher).Touch(c.ctx, from, w.At, w.Expires) })
			c.outcome(s, err, "Touch")
			c.liveAs(s, value, "the cookie", w.Payload)
		}
	}},
	{name: "UnknownRetire", says: "if Retire succeeds, the session is superseded; if it is not known whether it was retired, it is live or superseded", records: true, needs: Retirer, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			value, from := c.saved(w)
			last := c.after(from, driver.Keep, c.owner, "moved")
			last.Leave = c.object("left")
			var err error
			c.meet(s, func() { err = c.d.(driver.Retirer).Retire(c.ctx, last) })
			c.outcome(s, err, "Retire")
			if found := c.load(value); found.Superseded {
				c.same("Load, after Retire with "+s.String()+",", found.Payload, last.Leave)
				continue
			}
			if err == nil {
				c.broken("%v: Retire succeeded, and the session is live", s)
			}
			c.liveAs(s, value, "the value", w.Payload)
		}
	}},
	{name: "UnknownDepart", says: "if it is not known whether a session departed, it is live or has departed with Write.Move, and another Depart of the same Write succeeds", records: true, needs: Departer, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "first")
			value, from := c.saved(w)
			last := c.after(from, driver.Keep, c.owner, "elsewhere")
			last.Move = "a move"
			var err error
			c.meet(s, func() { err = c.d.(driver.Departer).Depart(c.ctx, last) })
			if err != nil {
				c.outcome(s, err, "Depart")
				if _, moved := c.d.Load(c.ctx, value); errors.As(moved, new(*driver.MovedError)) {
					c.departed(value, last.Move)
				} else {
					c.liveAs(s, value, "the value", w.Payload)
				}
				c.succeeds(c.d.(driver.Departer).Depart(c.ctx, last), "Depart, after "+s.String()+" of the one before,")
			}
			c.departed(value, last.Move)
		}
	}},
	{name: "UnknownEndOwned", says: "if EndOwned succeeds, the owner's sessions are over; after one that failed, another succeeds", records: true, needs: Owners, run: func(c *checker) {
		for _, s := range c.schedules() {
			owner := newOwner()
			var values []string
			for range 3 {
				value, _ := c.save(c.write(owner, "a value"))
				values = append(values, value)
			}
			var err error
			c.meet(s, func() { _, err = c.d.(driver.Owners).EndOwned(c.ctx, owner) })
			if err != nil {
				c.outcome(s, err, "EndOwned")
				_, err = c.d.(driver.Owners).EndOwned(c.ctx, owner)
				c.succeeds(err, "EndOwned, after one that failed,")
			}
			for _, value := range values {
				c.refused(value, "the value of a session that EndOwned ended, after "+s.String())
			}
		}
	}},
	{name: "UnknownEndOne", says: "if EndOne does not know whether it ended the session, it returns an error; false means that it did not", records: true, needs: Owners, run: func(c *checker) {
		for _, s := range c.schedules() {
			w := c.write(c.owner, "a value")
			value, from := c.saved(w)
			var ended bool
			var err error
			c.meet(s, func() { ended, err = c.d.(driver.Owners).EndOne(c.ctx, c.owner, from.Record.ID()) })
			switch {
			case err != nil:
				c.outcome(s, err, "EndOne")
			case ended:
				c.refused(value, "the value of a session that EndOne ended, after "+s.String())
			default:
				c.liveAs(s, value, "the cookie, after EndOne returned false,", w.Payload)
			}
		}
	}},
}

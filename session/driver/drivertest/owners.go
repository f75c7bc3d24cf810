package drivertest

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"sync"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

var ownerRules = []rule{
	{name: "Owned", says: "Owned yields the sessions of the owner, each once, and no others", needs: Owners, records: true, run: func(c *checker) {
		want := map[string]string{}
		for i := range 5 {
			w := c.write(c.owner, fmt.Sprint("device ", i))
			_, record := c.save(w)
			want[record.ID()] = string(w.Payload)
		}
		_, _ = c.save(c.write(newOwner(), "another's"))
		_, _ = c.save(c.write(c.owner+"2", "one of a longer name"))
		_, _ = c.save(c.write("", "nobody's"))
		got := map[string]string{}
		for _, s := range c.owned(c.owner) {
			if _, twice := got[s.Record.ID()]; twice {
				c.broken("Owned yielded a session twice")
			}
			got[s.Record.ID()] = s.Payload
		}
		for id, payload := range want {
			if got[id] != payload {
				c.broken("Owned did not yield one of the owner's sessions, or another payload of it")
			}
		}
		if len(got) != len(want) {
			c.broken("Owned yielded %d sessions, and the owner has %d", len(got), len(want))
		}
	}},
	{name: "OwnedByNobody", says: "the empty owner has no sessions", needs: Owners, records: true, run: func(c *checker) {
		_, _ = c.save(c.write("", "nobody's"))
		value, s := c.saved(c.write(c.owner, "an owner's"))
		w := c.after(s, driver.Keep, "", "without an owner now")
		w.Stay = true
		_, record := c.save(w)
		o := c.d.(driver.Owners)
		if found := c.owned(""); len(found) > 0 {
			c.broken("Owned yielded %d sessions of the empty owner", len(found))
		}
		if n, err := o.EndOwned(c.ctx, ""); n != 0 || err != nil {
			c.broken("EndOwned of the empty owner returned %d and the error %v", n, err)
		}
		if ok, err := o.EndOne(c.ctx, "", record.ID()); ok || err != nil {
			c.broken("EndOne of the empty owner returned %v and the error %v", ok, err)
		}
		c.holds(value, w.Payload)
	}},
	{name: "OwnerChanges", says: "a session is the owner's with whom it was last saved", needs: Owners, records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		next := newOwner()
		_, _ = c.save(c.after(s, driver.Keep, next, "second"))
		if len(c.owned(c.owner)) != 0 || len(c.owned(next)) != 1 {
			c.broken("a session that was saved with another owner is not that one's")
		}
		w := c.after(c.load(value), driver.Keep, "", "third")
		w.Stay = true
		_, _ = c.save(w)
		if len(c.owned(next)) != 0 {
			c.broken("a session that was saved without an owner still has one")
		}
	}},
	{name: "OwnedOfMoved", says: "Owned yields a renewed session under its new ID, and not what it left", needs: Owners, records: true, run: func(c *checker) {
		_, s := c.saved(c.write(c.owner, "first"))
		w := c.after(s, driver.Renew, c.owner, "second")
		w.Leave = c.object("left")
		_, record := c.save(w)
		if found := c.owned(c.owner); len(found) != 1 || found[0].Record.ID() != record.ID() {
			c.broken("Owned yielded %d sessions, or one under its old ID", len(found))
		}
	}},
	{name: "OwnedCanBeChanged", says: "a session that Owned yields can be reloaded, saved and deleted", needs: Owners, records: true, run: func(c *checker) {
		value, _ := c.save(c.write(c.owner, "first"))
		w := c.after(c.owned(c.owner)[0], driver.Keep, c.owner, "second")
		_, _ = c.save(w)
		c.holds(value, w.Payload)
		s := c.owned(c.owner)[0]
		fresh, err := s.Record.Reload(c.ctx)
		c.succeeds(err, "Reload")
		c.same("Reload", fresh.Payload, w.Payload)
		c.succeeds(c.d.Delete(c.ctx, s), "Delete")
		c.refused(value, "the value of a session that was listed and deleted")
	}},
	{name: "OwnedStops", says: "Owned yields nothing after its caller stops", needs: Owners, records: true, run: func(c *checker) {
		for range 3 {
			_, _ = c.save(c.write(c.owner, "a value"))
		}
		c.quietly("stopping at the first session of Owned", func() {
			for range c.d.(driver.Owners).Owned(c.ctx, c.owner) {
				break
			}
		})
	}},
	{name: "EndOwned", says: "EndOwned ends the owner's sessions, except some, and counts them", needs: Owners, records: true, run: func(c *checker) {
		var ended []string
		for range 3 {
			value, _ := c.save(c.write(c.owner, "a value"))
			ended = append(ended, value)
		}
		w := c.write(c.owner, "this device")
		kept, record := c.save(w)
		other := c.write(newOwner(), "another's")
		others, _ := c.save(other)
		if n, err := c.d.(driver.Owners).EndOwned(c.ctx, c.owner, record.ID()); n != len(ended) || err != nil {
			c.broken("EndOwned returned %d and the error %v; it should have ended %d", n, err, len(ended))
		}
		for _, value := range ended {
			c.refused(value, "the value of a session that EndOwned ended")
		}
		c.holds(kept, w.Payload)
		c.holds(others, other.Payload)
		if n, err := c.d.(driver.Owners).EndOwned(c.ctx, c.owner); n != 1 || err != nil {
			c.broken("a second EndOwned, without an exception, returned %d and the error %v; it should have ended 1", n, err)
		}
		c.refused(kept, "the value of a session that EndOwned ended")
	}},
	{name: "EndOwnedThenSave", says: "a request that loaded a session before EndOwned gets ErrEnded from Save", needs: Owners, records: true, run: func(c *checker) {
		for _, life := range []driver.Life{driver.Keep, driver.Renew} {
			value, s := c.saved(c.write(c.owner, "a value"))
			_, err := c.d.(driver.Owners).EndOwned(c.ctx, c.owner)
			c.succeeds(err, "EndOwned")
			c.saveFails(c.after(s, life, c.owner, "late"), driver.ErrEnded, "Save of a session that EndOwned ended")
			c.refused(value, "the value of a session that EndOwned ended")
		}
	}},
	{name: "EndOne", says: "EndOne ends the owner's session with the ID, and reports whether it ended one", needs: Owners, records: true, run: func(c *checker) {
		o := c.d.(driver.Owners)
		w := c.write(c.owner, "kept")
		kept, _ := c.save(w)
		value, s := c.saved(c.write(c.owner, "ended"))
		for owner, id := range map[string]string{newOwner(): s.Record.ID(), c.owner: "", c.owner + "2": s.Record.ID(), newOwner() + "é": "\x00\xff"} {
			if ok, err := o.EndOne(c.ctx, owner, id); ok || err != nil {
				c.broken("EndOne of what the owner does not have returned %v and the error %v", ok, err)
			}
		}
		for _, id := range []string{"", "x", value, strings.Repeat("0", 64), strings.Repeat("f", 1<<16), "'", "\x00", "\xff"} {
			if ok, err := o.EndOne(c.ctx, c.owner, id); (ok || err != nil) && id != s.Record.ID() {
				c.broken("EndOne of the ID %s, which names none, returned %v and the error %v", brief(id), ok, err)
			}
		}
		c.holds(value, c.object("ended"))
		if ok, err := o.EndOne(c.ctx, c.owner, s.Record.ID()); !ok || err != nil {
			c.broken("EndOne returned %v and the error %v; it should have ended the session", ok, err)
		}
		c.refused(value, "the value of a session that EndOne ended")
		c.saveFails(c.after(s, driver.Keep, c.owner, "late"), driver.ErrEnded, "Save of a session that EndOne ended")
		c.holds(kept, w.Payload)
		if ok, err := o.EndOne(c.ctx, c.owner, s.Record.ID()); ok || err != nil {
			c.broken("a second EndOne returned %v and the error %v; it should report false", ok, err)
		}
	}},
	{name: "EndOneInOneStep", says: "if EndOne reports true, no request finds the session afterwards, under this ID or another", needs: Owners, records: true, run: func(c *checker) {
		for range 50 {
			value, s := c.saved(c.write(c.owner, "a value"))
			var renewed []byte
			var saveErr, endErr error
			var ended bool
			var group sync.WaitGroup
			w, id := c.after(s, driver.Renew, c.owner, "renewed"), s.Record.ID()
			group.Go(func() { renewed, _, saveErr = c.d.Save(c.ctx, nil, w) })
			group.Go(func() { ended, endErr = c.d.(driver.Owners).EndOne(c.ctx, c.owner, id) })
			group.Wait()
			c.succeeds(endErr, "EndOne beside Renew")
			switch {
			case saveErr != nil && !errors.Is(saveErr, driver.ErrEnded) && !errors.Is(saveErr, driver.ErrConflict):
				c.broken("Renew beside EndOne returned the error %v", saveErr)
			case saveErr == nil && ended:
				c.refused(string(renewed), "the new value of a session that EndOne reported to have ended")
			case saveErr == nil:
				c.holds(string(renewed), w.Payload)
			}
			c.over(value, "the old value")
		}
	}},
}

// unservedRules are for drivers that have the methods of an interface and do not serve it.
var unservedRules = []rule{
	{name: "OwnersUnsupported", says: "Owners of a store without an index return an error that wraps errors.ErrUnsupported", without: Owners, run: func(c *checker) {
		o, ok := c.d.(driver.Owners)
		if !ok {
			return
		}
		const add = "; if it can list owners, add Owners to Options.Implements"
		_, err := collect(o.Owned(c.ctx, c.owner))
		c.fails(err, errors.ErrUnsupported, "Owned"+add)
		_, err = o.EndOwned(c.ctx, c.owner)
		c.fails(err, errors.ErrUnsupported, "EndOwned"+add)
		_, err = o.EndOne(c.ctx, c.owner, "an ID")
		c.fails(err, errors.ErrUnsupported, "EndOne"+add)
	}},
	{name: "ListerUnsupported", says: "a driver that cannot list its sessions returns an error that wraps errors.ErrUnsupported", without: Lister, run: func(c *checker) {
		if l, ok := c.d.(driver.Lister); ok {
			_, err := collect(l.All(c.ctx))
			c.fails(err, errors.ErrUnsupported, "All; if it can list sessions, add Lister to Options.Implements")
		}
	}},
	{name: "ToucherUnsupported", says: "a driver that cannot touch a session returns an error that wraps errors.ErrUnsupported, and changes nothing", without: Toucher, records: true, run: func(c *checker) {
		t, ok := c.d.(driver.Toucher)
		if !ok {
			return
		}
		w := c.write(c.owner, "first")
		value, s := c.saved(w)
		err := t.Touch(c.ctx, s, w.At.Add(time.Second), w.Expires.Add(time.Second))
		c.fails(err, errors.ErrUnsupported, "Touch; if it can touch sessions, add Toucher to Options.Implements")
		c.holds(value, w.Payload)
	}},
	{name: "AdopterUnsupported", says: "a driver that cannot adopt a value says so of each", without: Adopter, run: func(c *checker) {
		if a, ok := c.d.(driver.Adopter); ok {
			if _, ok := a.Adopt(c.opts.Adoptable()); ok {
				c.broken("Adopt returned true; add Adopter to Options.Implements, so that its rules are checked")
			}
		}
	}},
}

// owned returns what Owned yields. It must not fail.
func (c *checker) owned(owner string) []driver.Snapshot {
	c.Helper()
	all, err := collect(c.d.(driver.Owners).Owned(c.ctx, owner))
	c.succeeds(err, "Owned")
	for _, s := range all {
		if s.Record == nil || s.Superseded {
			c.broken("Owned yielded a session with the record %v, superseded: %v", s.Record, s.Superseded)
		}
	}
	return all
}

func collect(found iter.Seq2[driver.Snapshot, error]) (all []driver.Snapshot, err error) {
	for s, oneErr := range found {
		if err != nil {
			return all, fmt.Errorf("it goes on after the error: %v", err)
		}
		if err = oneErr; err == nil {
			all = append(all, s)
		}
	}
	return all, err
}

package storetest

import (
	"time"

	"github.com/wafer-go/wafer/store"
)

var expiryRules = []rule{
	{name: "Load", says: "a record is there until the second named in Expires, and from then on it is not", run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		saved := c.save(c.first, id, r)
		c.holdsUntil(r, func() { c.holds(c.first, id, saved); c.holds(c.second, id, saved) })
		c.expire(r)
		c.gone(c.first, id)
		c.gone(c.second, id)
	}},
	{name: "Clock", says: "Now is the time by which a record expires, to within two seconds", needs: []Interface{Clock}, run: func(c *checker) {
		now, err := c.first.(store.Clock).Now(c.ctx)
		c.succeeds(err, "Now")
		id, past, r := c.id(), c.id(), record("a value")
		r.Expires = now.Add(10 * time.Second)
		c.holds(c.second, id, c.save(c.first, id, r))
		r.Expires = now.Add(-2 * time.Second)
		_, err = c.first.Save(c.ctx, past, r)
		c.succeeds(err, "Save")
		c.gone(c.second, past)
	}},
	{name: "Past", says: "a record that is saved with an Expires that has passed is not there", run: func(c *checker) {
		for _, ago := range []time.Duration{time.Second, time.Hour, 60 * 24 * time.Hour} {
			id, r := c.id(), record("a value")
			r.Expires = time.Now().Add(-ago)
			_, err := c.first.Save(c.ctx, id, r)
			c.succeeds(err, "Save")
			c.gone(c.first, id)
			saved := c.save(c.first, id, record("a value"))
			r.Version = saved.Version
			_, err = c.first.Save(c.ctx, id, r)
			c.succeeds(err, "Save")
			c.gone(c.second, id)
		}
	}},
	{name: "SaveReplaces", says: "Save with a version is ErrNotFound after the record's expiry, and brings nothing back", run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		saved := c.save(c.first, id, r)
		c.expire(r)
		again := record("too late")
		again.Version = saved.Version
		_, err := c.second.Save(c.ctx, id, again)
		c.fails(err, store.ErrNotFound, "Save with a version after expiry")
		c.gone(c.first, id)
	}},
	{name: "SaveCreates", says: "Save with version 0 creates a record if the old one has expired", run: func(c *checker) {
		id, r := c.id(), c.soon("a long first value")
		r.Owner = owner()
		c.save(c.first, id, r)
		c.expire(r)
		c.holds(c.first, id, c.save(c.second, id, record("anew")))
	}},
	{name: "SaveProlongs", says: "Save with a later Expires keeps the record for longer, and one with an earlier for less", run: func(c *checker) {
		id, short, r := c.id(), c.id(), c.soon("a value")
		later := c.save(c.first, id, r)
		later.Expires = later.Expires.Add(time.Hour)
		later = c.save(c.first, id, later)
		early := c.save(c.first, short, record("a value"))
		early.Expires = r.Expires
		early = c.save(c.first, short, early)
		c.holdsUntil(r, func() { c.holds(c.first, short, early) })
		c.expire(r)
		c.holds(c.second, id, later)
		c.gone(c.second, short)
	}},
	{name: "Delete", says: "Delete succeeds if the record has expired", run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		c.save(c.first, id, r)
		c.expire(r)
		c.delete(c.first, id)
		c.gone(c.first, id)
	}},
	{name: "Touch", says: "Touch is ErrNotFound after the record's expiry, and brings nothing back", needs: []Interface{Toucher}, run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		saved := c.save(c.first, id, r)
		c.expire(r)
		now := time.Now()
		c.fails(c.first.(store.Toucher).Touch(c.ctx, id, saved.Version, now, now.Add(time.Hour)), store.ErrNotFound, "Touch after expiry")
		c.gone(c.second, id)
	}},
	{name: "TouchProlongs", says: "Touch with a later Expires keeps the record for longer", needs: []Interface{Toucher}, run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		saved := c.save(c.first, id, r)
		saved.Expires = saved.Expires.Add(time.Hour)
		c.succeeds(c.first.(store.Toucher).Touch(c.ctx, id, saved.Version, saved.Used, saved.Expires), "Touch")
		c.expire(r)
		c.holds(c.second, id, saved)
	}},
	{name: "MoveFrom", says: "Move is ErrNotFound after the record's expiry, and brings nothing back", needs: []Interface{Mover}, run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		to := c.near(id)
		saved := c.save(c.first, id, r)
		c.expire(r)
		again := record("too late")
		again.Version = saved.Version
		_, err := c.first.(store.Mover).Move(c.ctx, id, to, again, mark("moved on"))
		c.fails(err, store.ErrNotFound, "Move after expiry")
		c.gone(c.second, id)
		c.gone(c.second, to)
	}},
	{name: "MoveTo", says: "Move succeeds if the record at the new id has expired", needs: []Interface{Mover}, run: func(c *checker) {
		id := c.id()
		to, r := c.near(id), c.soon("expires")
		r.Owner = owner()
		c.save(c.first, to, r)
		saved := c.save(c.first, id, record("a value"))
		c.expire(r)
		m := mark("moved on")
		v, err := c.first.(store.Mover).Move(c.ctx, id, to, saved, m)
		c.succeeds(err, "Move to the id of an expired record")
		c.holds(c.second, to, c.saved(c.first, to, saved, v))
		c.marked(c.second, id, m, saved.Version)
	}},
	{name: "Mark", says: "the mark that Move leaves expires by itself, and not the moved record with it", needs: []Interface{Mover}, run: func(c *checker) {
		from, over := c.id(), c.id()
		to, m := c.near(from), c.soon("moved on")
		saved := c.save(c.first, from, record("a value"))
		v, err := c.first.(store.Mover).Move(c.ctx, from, to, saved, m)
		c.succeeds(err, "Move")
		moved := c.saved(c.first, to, saved, v)
		past := mark("moved on")
		past.Expires = past.Used.Add(-time.Hour)
		_, err = c.second.(store.Mover).Move(c.ctx, over, c.near(over), c.save(c.first, over, record("a value")), past)
		c.succeeds(err, "Move with a mark that has expired")
		c.gone(c.first, over)
		m.Used, m.Expires = seconds(m.Used), seconds(m.Expires)
		c.holdsUntil(m, func() { c.marked(c.first, from, m, saved.Version) })
		c.expire(m)
		c.gone(c.second, from)
		c.holds(c.second, to, moved)
	}},
	{name: "Owned", says: "Owned and DeleteOwned find no expired record", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, id, kept := owner(), c.id(), c.id()
		r, stays := c.soon("a value"), record("stays")
		r.Owner, stays.Owner = ann, ann
		saved := c.save(c.first, id, r)
		stays = c.save(c.first, kept, stays)
		c.holdsUntil(r, func() { c.owns(c.second, ann, map[store.ID]store.Record{id: saved, kept: stays}) })
		c.expire(r)
		c.owns(c.second, ann, map[store.ID]store.Record{kept: stays})
		n, err := c.first.(store.OwnerIndex).DeleteOwned(c.ctx, ann)
		c.succeeds(err, "DeleteOwned")
		if n != 1 {
			c.broken("DeleteOwned of one live and one expired record returned %d", n)
		}
	}},
	{name: "DeleteOne", says: "DeleteOne reports false for an expired record", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, id, r := owner(), c.id(), c.soon("a value")
		r.Owner = ann
		c.save(c.first, id, r)
		c.expire(r)
		c.deletesOne(c.second, ann, id, false)
	}},
	{name: "OwnerOfNext", says: "the record that is created after an expired one is its own owner's only", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, bob, id := owner(), owner(), c.id()
		r, next := c.soon("of ann"), record("of bob")
		r.Owner, next.Owner = ann, bob
		c.save(c.first, id, r)
		c.expire(r)
		next = c.save(c.second, id, next)
		c.owns(c.first, ann, nil)
		c.owns(c.first, bob, map[store.ID]store.Record{id: next})
	}},
	{name: "All", says: "All yields no expired record", needs: []Interface{Lister}, run: func(c *checker) {
		id, kept, r := c.id(), c.id(), c.soon("a value")
		c.save(c.first, id, r)
		stays := c.save(c.first, kept, record("stays"))
		c.expire(r)
		for e, err := range c.first.(store.Lister).All(c.ctx) {
			c.succeeds(err, "All")
			if e.ID == id {
				c.broken("All yielded a record that expired")
			}
		}
		c.all(map[store.ID]store.Record{kept: stays}, nil)
	}},
}

var purgeRules = []rule{
	{name: "Purge", says: "Purge deletes expired records, at most so many at once, and says how many", needs: []Interface{Purger}, run: func(c *checker) {
		// Other tests may purge a server that is in use: then once more.
		const count, limit = 7, 3
		var total int
		for range 3 {
			r := c.soon("a value")
			for range count {
				c.save(c.first, c.id(), r)
			}
			c.expire(r)
			if total = c.purge(limit); total >= count {
				return
			}
		}
		c.broken("%d records had expired, and Purge found %d", count, total)
	}},
	{name: "PurgeKeepsTheLiving", says: "Purge deletes no record that has not expired", needs: []Interface{Purger}, run: func(c *checker) {
		live := map[store.ID]store.Record{}
		r := c.soon("a value")
		for i := range 6 {
			id, kept := c.id(), r
			if i%2 == 0 {
				kept.Expires = kept.Expires.Add(time.Hour)
				live[id] = c.save(c.first, id, kept)
				continue
			}
			saved := c.save(c.first, id, kept) // expires at first, and then does not
			saved.Expires = saved.Expires.Add(time.Hour)
			live[id] = c.save(c.second, id, saved)
		}
		c.expire(r)
		time.Sleep(500 * time.Millisecond) // leave the rule Purge its share
		if n, err := c.first.(store.Purger).Purge(c.ctx, 0); n != 0 || err != nil {
			c.broken("Purge of at most 0 records returned %d and the error %v", n, err)
		}
		c.purge(1)
		for id, saved := range live {
			c.holds(c.second, id, saved)
		}
	}},
	{name: "PurgeAfterTouch", says: "Purge deletes no record that was touched in time", needs: []Interface{Purger, Toucher}, run: func(c *checker) {
		id, r := c.id(), c.soon("a value")
		saved := c.save(c.first, id, r)
		saved.Expires = saved.Expires.Add(time.Hour)
		c.succeeds(c.first.(store.Toucher).Touch(c.ctx, id, saved.Version, saved.Used, saved.Expires), "Touch")
		c.expire(r)
		time.Sleep(500 * time.Millisecond) // leave the rule Purge its share
		c.purge(5)
		c.holds(c.second, id, saved)
	}},
}

// purge purges until there is nothing left, and returns how many it were.
func (c *checker) purge(limit int) (total int) {
	c.Helper()
	for range 100_000 {
		n, err := c.first.(store.Purger).Purge(c.ctx, limit)
		c.succeeds(err, "Purge")
		if n < 0 || n > limit {
			c.broken("Purge of at most %d records returned %d", limit, n)
		}
		total += n
		if n < limit {
			return total
		}
	}
	c.broken("Purge returned its limit 100,000 times; it should say when there are no more")
	return total
}

// margin is how far from the second of expiry a store is judged, where clocks
// are real: that of an engine and of this process may differ so much.
const margin = 100 * time.Millisecond

// soon returns a record that expires in three and a half to four and a half
// seconds, so that a busy machine can use it before. Its Expires has a fraction,
// which the store has to drop.
func (c *checker) soon(data string) store.Record {
	r := record(data)
	r.Expires = seconds(r.Used.Add(4500 * time.Millisecond)).Add(999 * time.Millisecond)
	return r
}

// holdsUntil calls check shortly before the record expires.
func (c *checker) holdsUntil(r store.Record, check func()) {
	at := seconds(r.Expires).Add(-1)
	if !c.opts.FakeClock {
		at = at.Add(-3 * margin)
	}
	time.Sleep(time.Until(at))
	if late := seconds(r.Expires).Add(-margin); !c.opts.FakeClock && time.Now().After(late) {
		return // this machine was too busy to judge
	}
	check()
}

// expire waits until the record has expired.
func (c *checker) expire(r store.Record) {
	at := seconds(r.Expires)
	if !c.opts.FakeClock {
		at = at.Add(margin)
	}
	time.Sleep(time.Until(at))
}

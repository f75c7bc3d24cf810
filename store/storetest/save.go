package storetest

import (
	"bytes"
	"errors"
	"time"

	"github.com/wafer-go/wafer/store"
)

var saveRules = []rule{
	{name: "LoadOfNothing", says: "Load is ErrNotFound where no record has the id", run: func(c *checker) {
		c.gone(c.first, c.id())
		c.gone(c.second, c.id())
	}},
	{name: "SaveCreates", says: "a record is there, whole, from its first Save on", run: func(c *checker) {
		id, r := c.id(), record("a value")
		r.Owner = owner()
		c.holds(c.first, id, c.save(c.first, id, r))
	}},
	{name: "SaveCreatesOnlyIfNew", says: "Save with version 0 is ErrConflict where a record has the id, and leaves that alone", run: func(c *checker) {
		id := c.id()
		saved := c.save(c.first, id, record("first"))
		_, err := c.second.Save(c.ctx, id, record("second"))
		c.fails(err, store.ErrConflict, "Save with version 0 over a record")
		c.holds(c.first, id, saved)
	}},
	{name: "SaveReplaces", says: "Save with the record's version replaces all of it", run: func(c *checker) {
		id, old := c.id(), record("a long first value")
		old.Owner = owner()
		r := record("short")
		r.Used, r.Expires = r.Used.Add(time.Minute), r.Expires.Add(time.Hour)
		r.Version = c.save(c.first, id, old).Version
		c.holds(c.first, id, c.save(c.second, id, r))
	}},
	{name: "SaveReplacesOnlyThatVersion", says: "Save is ErrConflict where the record has another version, and leaves it alone", run: func(c *checker) {
		id := c.id()
		stale := c.save(c.first, id, record("first"))
		second := record("second")
		second.Version = stale.Version
		now := c.save(c.second, id, second)
		stale.Data = []byte("stale")
		_, err := c.first.Save(c.ctx, id, stale)
		c.fails(err, store.ErrConflict, "Save with a version that was replaced")
		for _, other := range []uint64{now.Version + 1, now.Version + 1<<40, ^uint64(0)} {
			stale.Version = other
			_, err := c.first.Save(c.ctx, id, stale)
			c.fails(err, store.ErrConflict, "Save with a version that never was")
		}
		c.holds(c.first, id, now)
	}},
	{name: "SaveNeedsTheRecord", says: "Save with a version is ErrNotFound where there is no record, and creates none", run: func(c *checker) {
		id, r := c.id(), record("out of nothing")
		for _, r.Version = range []uint64{1, 7, ^uint64(0)} {
			_, err := c.first.Save(c.ctx, id, r)
			c.fails(err, store.ErrNotFound, "Save with a version, of a record that never was,")
			c.gone(c.first, id)
		}
	}},
	{name: "SaveAfterDelete", says: "Save with a version after Delete is ErrNotFound, and brings nothing back", run: func(c *checker) {
		id := c.id()
		r := c.save(c.first, id, record("first"))
		c.delete(c.second, id)
		_, err := c.first.Save(c.ctx, id, r)
		c.fails(err, store.ErrNotFound, "Save with a version after Delete")
		c.gone(c.first, id)
		c.gone(c.second, id)
	}},
	{name: "VersionChanges", says: "the version changes with each Save, is never 0, and Save returns the one that Load then shows", run: func(c *checker) {
		id, r := c.id(), record("always the same")
		seen := map[uint64]bool{0: true}
		for i := range 20 {
			v, err := c.instance(i).Save(c.ctx, id, r)
			c.succeeds(err, "Save")
			loaded := c.load(c.instance(i+1), id).Version
			if v != loaded && !(v == 0 && c.opts.VersionUntold) {
				c.broken("Save returned version %d and Load shows %d", v, loaded)
			}
			if seen[loaded] {
				c.broken("version %d came a second time, or is 0", loaded)
			}
			seen[loaded] = true
			r.Version = loaded
		}
	}},
	{name: "SaveKeepsTheNonce", says: "Load returns the nonce that the last successful Save was given, by which the writer recognizes its own work", run: func(c *checker) {
		id, r := c.id(), record("a value")
		r.Nonce = randomNonce()
		r.Version = c.save(c.first, id, r).Version
		c.recognized(c.second, id, r.Nonce)
		written := r
		for i := range 5 {
			written.Nonce = randomNonce()
			_, err := c.instance(i).Save(c.ctx, id, written)
			c.succeeds(err, "Save")
			now := c.recognized(c.instance(i+1), id, written.Nonce)
			_, err = c.instance(i).Save(c.ctx, id, written) // as if the answer had been lost
			if err != nil && !errors.Is(err, store.ErrConflict) {
				c.broken("the same Save, sent again, returned the error %v; it should be %q, or nil if the store recognizes it", err, store.ErrConflict)
			}
			c.recognized(c.instance(i+1), id, written.Nonce)
			stale := written
			stale.Nonce = randomNonce()
			_, err = c.instance(i).Save(c.ctx, id, stale)
			c.fails(err, store.ErrConflict, "Save with a version that was replaced")
			c.recognized(c.instance(i+1), id, written.Nonce)
			written.Version = now.Version
		}
	}},
	{name: "ChangeIsSeen", says: "a change is seen by every Load that begins after Save returned, through any instance", run: func(c *checker) {
		id := c.id()
		saved := c.save(c.first, id, record("0"))
		for i := range 50 {
			saved.Data = bytes.Repeat([]byte{byte(i)}, i+1)
			saved = c.save(c.instance(i), id, saved)
			c.holds(c.instance(i+1), id, saved)
			c.holds(c.instance(i), id, saved)
		}
		c.delete(c.first, id)
		c.gone(c.second, id)
	}},
	{name: "TimesToTheSecond", says: "Used and Expires are kept to the second, rounded down, and in UTC", run: func(c *checker) {
		zone := time.FixedZone("east", 5*3600+1800)
		base := time.Now().Add(24 * time.Hour).Truncate(time.Second).In(zone)
		for _, fraction := range []time.Duration{0, 1, 400 * time.Millisecond, 500 * time.Millisecond, 999_999_999} {
			id, r := c.id(), record("times")
			r.Used, r.Expires = base.Add(fraction-48*time.Hour), base.Add(fraction)
			want := c.save(c.first, id, r)
			c.holds(c.second, id, want)
			got := c.load(c.first, id)
			for _, t := range []time.Time{got.Used, got.Expires} {
				if t.Location() != time.UTC || t.Nanosecond() != 0 {
					c.broken("Load returned the time %v", t)
				}
			}
		}
		id, r := c.id(), record("far away")
		r.Expires = time.Now().AddDate(40, 0, 0) // beyond 2038, and memcached's 30 days
		c.holds(c.first, id, c.save(c.first, id, r))
	}},
	{name: "Delete", says: "Delete removes the record, and the id is free again", run: func(c *checker) {
		id, r := c.id(), record("first")
		r.Owner = owner()
		c.save(c.first, id, r)
		c.delete(c.first, id)
		c.gone(c.first, id)
		c.gone(c.second, id)
		c.holds(c.first, id, c.save(c.second, id, record("second")))
	}},
	{name: "DeleteOfNothing", says: "Delete succeeds where there is no record", run: func(c *checker) {
		id := c.id()
		c.delete(c.first, id)
		c.save(c.first, id, record("a value"))
		c.delete(c.first, id)
		c.delete(c.second, id)
	}},
	{name: "DeleteOfOne", says: "Delete removes that record and no other", run: func(c *checker) {
		id, next := c.id(), c.id()
		copy(next[:], id[:len(id)-1]) // differs in its last byte at most
		next[len(next)-1] = id[len(id)-1] ^ 1
		c.note(next)
		c.save(c.first, id, record("one"))
		kept := c.save(c.first, next, record("other"))
		c.delete(c.first, id)
		c.holds(c.first, next, kept)
	}},
}

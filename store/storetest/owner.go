package storetest

import (
	"fmt"
	"slices"

	"github.com/wafer-go/wafer/store"
)

var ownerRules = slices.Concat(indexRules, deleteOneRules, deleteOwnedRules)

var indexRules = []rule{
	{name: "Owned", says: "Owned yields an owner's records, whole, and no others", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, bob := owner(), owner()
		want := map[store.ID]store.Record{}
		for i := range 5 {
			id, r := c.id(), record(fmt.Sprintf("of ann, %d", i))
			r.Owner = ann
			want[id] = c.save(c.instance(i), id, r)
		}
		r := record("of bob")
		r.Owner = bob
		c.save(c.first, c.id(), r)
		c.save(c.first, c.id(), record("of nobody"))
		c.owns(c.first, ann, want)
		c.owns(c.second, ann, want)
		c.owns(c.first, owner(), nil)
	}},
	{name: "OwnedMayBeLeft", says: "Owned ends when its caller has seen enough, and can be called again", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, want := owner(), map[store.ID]store.Record{}
		for range 3 {
			id, r := c.id(), record("of ann")
			r.Owner = ann
			want[id] = c.save(c.first, id, r)
		}
		seq := c.first.(store.OwnerIndex).Owned(c.ctx, ann)
		for range 20 { // more than most pools of connections have
			for _, err := range seq {
				c.succeeds(err, "Owned")
				break
			}
		}
		c.owns(c.first, ann, want)
	}},
	{name: "OwnerOfMany", says: "Owned yields every record of an owner who has many, once, and DeleteOwned deletes all but the exceptions", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, want := owner(), map[store.ID]store.Record{}
		var ids []store.ID
		for range 300 { // more than most stores read in one step
			id, r := c.id(), record("of ann")
			r.Owner = ann
			want[id] = c.save(c.first, id, r)
			ids = append(ids, id)
		}
		c.owns(c.second, ann, want)
		except := []store.ID{ids[7], ids[150], ids[299]}
		n, err := c.second.(store.OwnerIndex).DeleteOwned(c.ctx, ann, except...)
		c.succeeds(err, "DeleteOwned")
		if n != len(ids)-len(except) {
			c.broken("DeleteOwned of %d records except %d returned %d", len(ids), len(except), n)
		}
		left := map[store.ID]store.Record{}
		for _, id := range except {
			left[id] = want[id]
		}
		c.owns(c.first, ann, left)
	}},
	{name: "OwnedHoldsNobodyUp", says: "Owned does not block other users of the store, nor does it lose or repeat a record for them", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, want := owner(), map[store.ID]store.Record{}
		for range 20 {
			id, r := c.id(), record("of ann")
			r.Owner = ann
			want[id] = c.save(c.first, id, r)
		}
		changing, r := c.id(), record("0")
		r.Owner = ann
		saved := c.save(c.first, changing, r)
		seen := map[store.ID]bool{}
		for e, err := range c.second.(store.OwnerIndex).Owned(c.ctx, ann) {
			c.succeeds(err, "Owned")
			if seen[e.ID] {
				c.broken("Owned yielded the record %s twice", e.ID)
			}
			seen[e.ID] = true
			if r, ok := want[e.ID]; ok {
				c.same("Owned", e.Record, r)
			}
			c.promptly("Save, Load or Delete in the midst of Owned", func() (err error) {
				if saved.Version, err = c.first.Save(c.ctx, changing, saved); err == nil {
					saved, err = c.second.Load(c.ctx, changing)
				}
				id := c.id()
				if _, failed := c.first.Save(c.ctx, id, r); err == nil {
					err = failed
				}
				if err == nil {
					err = c.first.Delete(c.ctx, id)
				}
				return err
			})
		}
		for id := range want {
			if !seen[id] {
				c.broken("Owned did not yield the record %s", id)
			}
		}
	}},
	{name: "OwnersAreExact", says: "owners are told apart byte by byte, whatever they hold", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		names := owners(owner() + "-")
		want := make([]map[store.ID]store.Record, len(names))
		for i, name := range names {
			id, r := c.id(), record(name)
			r.Owner = name
			want[i] = map[store.ID]store.Record{id: c.save(c.first, id, r)}
		}
		for i, name := range names {
			c.owns(c.second, name, want[i])
		}
		for i, name := range names {
			n, err := c.first.(store.OwnerIndex).DeleteOwned(c.ctx, name)
			c.succeeds(err, "DeleteOwned")
			if n != 1 {
				c.broken("DeleteOwned of %q, who has one record, deleted %d", name, n)
			}
			for _, other := range names[i+1:] {
				if len(c.owned(c.first, other)) != 1 {
					c.broken("DeleteOwned of %q also deleted the record of %q", name, other)
				}
			}
		}
	}},
	{name: "NobodyOwnsNothing", says: "a record without an owner is nobody's: Owned and DeleteOwned of the empty owner find none", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		id := c.id()
		saved := c.save(c.first, id, record("of nobody"))
		c.owns(c.first, "", nil)
		n, err := c.first.(store.OwnerIndex).DeleteOwned(c.ctx, "")
		c.succeeds(err, "DeleteOwned of the empty owner")
		if n != 0 {
			c.broken("DeleteOwned of the empty owner deleted %d records", n)
		}
		c.holds(c.first, id, saved)
	}},
	{name: "OwnerChanges", says: "a Save with another owner gives the record to that one", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, bob, id := owner(), owner(), c.id()
		r := c.save(c.first, id, record("a value"))
		for i, step := range []struct{ owner, other string }{{ann, bob}, {bob, ann}, {"", bob}, {bob, ann}, {bob, ann}} {
			r.Owner = step.owner
			r = c.save(c.instance(i), id, r)
			c.owns(c.instance(i+1), step.other, nil)
			if step.owner != "" {
				c.owns(c.instance(i+1), step.owner, map[store.ID]store.Record{id: r})
			}
		}
		c.delete(c.second, id)
		c.owns(c.first, bob, nil)
		anew := record("of ann, anew")
		anew.Owner = ann
		anew = c.save(c.first, id, anew)
		c.owns(c.second, ann, map[store.ID]store.Record{id: anew})
		c.owns(c.second, bob, nil)
	}},
	{name: "OwnerOfRefusedSave", says: "a Save that is refused leaves the record its owner's", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, bob, id := owner(), owner(), c.id()
		r := record("a value")
		r.Owner = ann
		saved := c.save(c.first, id, r)
		for _, version := range []uint64{0, saved.Version + 1} {
			r.Owner, r.Version = bob, version
			_, err := c.first.Save(c.ctx, id, r)
			c.fails(err, store.ErrConflict, "Save with another version")
			c.owns(c.second, ann, map[store.ID]store.Record{id: saved})
			c.owns(c.second, bob, nil)
		}
	}},
	{name: "OwnerMoves", says: "Move changes whose the record is, and under which id", needs: []Interface{OwnerIndex, Mover}, run: func(c *checker) {
		ann, bob, from := owner(), owner(), c.id()
		r := record("a value")
		r.Owner = ann
		r = c.save(c.first, from, r)
		for _, next := range []string{ann, bob} {
			to := c.near(from)
			r.Owner = next
			v, err := c.first.(store.Mover).Move(c.ctx, from, to, r, mark("moved on"))
			c.succeeds(err, "Move")
			r = c.saved(c.first, to, r, v)
			c.owns(c.second, next, map[store.ID]store.Record{to: r})
			from = to
		}
		c.owns(c.second, ann, nil)
	}},
	{name: "OwnerOfMark", says: "the mark that Move leaves is nobody's", needs: []Interface{OwnerIndex, Mover}, run: func(c *checker) {
		ann, bob, from := owner(), owner(), c.id()
		r, m := record("a value"), mark("moved on")
		r.Owner, m.Owner = ann, bob // the mark's is ignored
		r = c.save(c.first, from, r)
		to := c.near(from)
		v, err := c.second.(store.Mover).Move(c.ctx, from, to, r, m)
		c.succeeds(err, "Move")
		c.marked(c.second, from, m, r.Version)
		c.owns(c.first, ann, map[store.ID]store.Record{to: c.saved(c.first, to, r, v)})
		c.owns(c.first, bob, nil)
		for _, owner := range []string{ann, bob, ""} {
			c.deletesOne(c.first, owner, from, false)
		}
		n, err := c.first.(store.OwnerIndex).DeleteOwned(c.ctx, ann)
		c.succeeds(err, "DeleteOwned")
		if n != 1 {
			c.broken("DeleteOwned of one record, which had been moved, returned %d", n)
		}
		c.marked(c.second, from, m, r.Version)
	}},
	{name: "OwnerIsTouched", says: "Owned shows what Touch has set", needs: []Interface{OwnerIndex, Toucher}, run: func(c *checker) {
		ann, id := owner(), c.id()
		r := record("a value")
		r.Owner = ann
		r = c.save(c.first, id, r)
		r.Used, r.Expires = r.Used.Add(1e9), r.Expires.Add(60e9)
		c.succeeds(c.first.(store.Toucher).Touch(c.ctx, id, r.Version, r.Used, r.Expires), "Touch")
		c.owns(c.second, ann, map[store.ID]store.Record{id: r})
	}},
	{name: "DeleteOwned", says: "DeleteOwned deletes an owner's records, but for some, and returns how many", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, bob := owner(), owner()
		var ids []store.ID
		var saved []store.Record
		for i := range 6 {
			id, r := c.id(), record("of ann")
			r.Owner = ann
			ids, saved = append(ids, id), append(saved, c.save(c.instance(i), id, r))
		}
		other := c.id()
		r := record("of bob")
		r.Owner = bob
		kept := c.save(c.first, other, r)

		n, err := c.second.(store.OwnerIndex).DeleteOwned(c.ctx, ann, ids[0], c.id(), ids[3], other, ids[3])
		c.succeeds(err, "DeleteOwned")
		if n != 4 {
			c.broken("DeleteOwned of 6 records but for 2 returned %d", n)
		}
		for i, id := range ids {
			if i == 0 || i == 3 {
				c.holds(c.first, id, saved[i])
				continue
			}
			c.gone(c.first, id)
			_, err := c.first.Save(c.ctx, id, saved[i])
			c.fails(err, store.ErrNotFound, "Save of what DeleteOwned has deleted")
		}
		c.owns(c.first, ann, map[store.ID]store.Record{ids[0]: saved[0], ids[3]: saved[3]})
		for _, want := range []int{2, 0} {
			n, err = c.first.(store.OwnerIndex).DeleteOwned(c.ctx, ann)
			c.succeeds(err, "DeleteOwned")
			if n != want {
				c.broken("DeleteOwned of %d records returned %d", want, n)
			}
		}
		c.owns(c.second, ann, nil)
		c.holds(c.first, other, kept)
	}},
}

// owned returns an owner's records, of which no id may come twice.
func (c *checker) owned(s store.Store, owner string) map[store.ID]store.Record {
	c.Helper()
	found := map[store.ID]store.Record{}
	for e, err := range s.(store.OwnerIndex).Owned(c.ctx, owner) {
		c.succeeds(err, "Owned")
		if _, twice := found[e.ID]; twice {
			c.broken("Owned yielded the record %s twice", e.ID)
		}
		found[e.ID] = e.Record
	}
	return found
}

// owns checks that an owner has these records and no others.
func (c *checker) owns(s store.Store, owner string, want map[store.ID]store.Record) {
	c.Helper()
	got := c.owned(s, owner)
	for id, r := range want {
		found, ok := got[id]
		if !ok {
			c.broken("Owned does not yield the record %s of the owner %q", id, owner)
		}
		c.same("Owned", found, r)
		delete(got, id)
	}
	for id, r := range got {
		c.broken("Owned yielded %s as a record of the owner %q; there it should not be, and its owner is %q", id, owner, r.Owner)
	}
}

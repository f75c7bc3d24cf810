package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
)

var deleteOneRules = []rule{
	{name: "DeleteOne", says: "DeleteOne deletes the owner's record, no other, and reports that it did", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann, id, other := owner(), c.id(), c.id()
		r := record("of ann")
		r.Owner = ann
		saved := c.save(c.first, id, r)
		kept := c.save(c.first, other, r)
		c.deletesOne(c.second, ann, id, true)
		c.gone(c.first, id)
		_, err := c.first.Save(c.ctx, id, saved)
		c.fails(err, store.ErrNotFound, "Save of what DeleteOne has deleted")
		c.owns(c.first, ann, map[store.ID]store.Record{other: kept})
		c.deletesOne(c.first, ann, id, false)
		c.deletesOne(c.first, ann, c.id(), false)
	}},
	{name: "DeleteOneOfAnother", says: "DeleteOne leaves the record of another owner, or of none, alone, and reports false", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		ann := owner()
		id, nobodys, r := c.id(), c.id(), record("of ann")
		r.Owner = ann
		saved := c.save(c.first, id, r)
		free := c.save(c.first, nobodys, record("without owner"))
		for _, name := range []string{owner(), "", ann + "x", ann[:len(ann)-1]} {
			c.deletesOne(c.second, name, id, false)
			c.deletesOne(c.second, name, nobodys, false)
		}
		c.holds(c.first, id, saved)
		c.holds(c.first, nobodys, free)
	}},
	{name: "OneDeleterWins", says: "of many that call DeleteOne at once, one is told that it deleted the record", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		for range 10 {
			ann, id, r := owner(), c.id(), record("of ann")
			r.Owner = ann
			c.save(c.first, id, r)
			var winners atomic.Int32
			c.together(8, func(_ int, s store.Store) error {
				deleted, err := s.(store.OwnerIndex).DeleteOne(c.ctx, ann, id)
				if deleted {
					winners.Add(1)
				}
				return err
			})
			if winners.Load() != 1 {
				c.broken("%d were told that they deleted the record", winners.Load())
			}
			c.gone(c.first, id)
		}
	}},
	{name: "DeleteOneBesideSave", says: "DeleteOne decides in one step: beside a Save for another owner, exactly one takes effect", needs: []Interface{OwnerIndex}, run: func(c *checker) {
		for round := range 20 {
			ann, bob, id, r := owner(), owner(), c.id(), record("of ann")
			r.Owner = ann
			next := c.save(c.first, id, r)
			next.Owner = bob
			deleted, saved := c.deleteBeside(round, ann, id, func(s store.Store) error {
				_, err := s.Save(c.ctx, id, next)
				return err
			})
			if deleted == saved {
				c.broken("exactly one should take effect: DeleteOne reported %v, and Save succeeded: %v", deleted, saved)
			}
			if deleted {
				c.gone(c.first, id)
			} else if got := c.load(c.first, id).Owner; got != bob {
				c.broken("DeleteOne reported false, and the record's owner is %q", got)
			}
		}
	}},
	{name: "DeleteOneBesideMove", says: "DeleteOne decides in one step: if it reports true, no Move beside it has saved the record under another ID", needs: []Interface{OwnerIndex, Mover}, run: func(c *checker) {
		for round := range 20 {
			ann, id, r := owner(), c.id(), record("of ann")
			r.Owner = ann
			saved := c.save(c.first, id, r)
			to := c.near(id)
			deleted, moved := c.deleteBeside(round, ann, id, func(s store.Store) error {
				_, err := s.(store.Mover).Move(c.ctx, id, to, saved, mark("moved on"))
				return err
			})
			if deleted == moved {
				c.broken("exactly one should take effect: DeleteOne reported %v, and Move succeeded: %v", deleted, moved)
			}
			if deleted {
				c.gone(c.first, to)
				c.gone(c.first, id)
			} else {
				c.load(c.first, to)
			}
		}
	}},
}

// deletesOne checks what DeleteOne reports.
func (c *checker) deletesOne(s store.Store, owner string, id store.ID, want bool) {
	c.Helper()
	deleted, err := s.(store.OwnerIndex).DeleteOne(c.ctx, owner, id)
	c.succeeds(err, "DeleteOne")
	if deleted != want {
		c.broken("DeleteOne of the owner %q reported %v; it should be %v", owner, deleted, want)
	}
}

// deleteBeside runs DeleteOne and a write at once, and returns which took effect.
func (c *checker) deleteBeside(round int, owner string, id store.ID, write func(s store.Store) error) (deleted, wrote bool) {
	c.Helper()
	c.together(2, func(i int, s store.Store) (err error) {
		if i == round%2 {
			deleted, err = s.(store.OwnerIndex).DeleteOne(c.ctx, owner, id)
			return err
		}
		err = write(s)
		wrote = err == nil
		if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("a write beside DeleteOne: %w", err)
		}
		return nil
	})
	return deleted, wrote
}

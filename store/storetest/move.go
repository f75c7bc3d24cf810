package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
)

var moveRules = []rule{
	{name: "Move", says: "Move saves the record under the new id, and the old one is gone", needs: []Interface{Mover}, run: func(c *checker) {
		from, old := c.id(), record("before")
		old.Owner = owner()
		r := record("after, and longer")
		r.Owner = owner()
		r.Version = c.save(c.first, from, old).Version
		to := c.near(from)
		v, err := c.second.(store.Mover).Move(c.ctx, from, to, r)
		c.succeeds(err, "Move")
		c.holds(c.first, to, c.saved(c.first, to, r, v))
		c.gone(c.first, from)
		_, err = c.first.Save(c.ctx, from, r)
		c.fails(err, store.ErrNotFound, "Save at the old id after Move")
		next := c.load(c.first, to)
		next.Data = []byte("replaced")
		c.holds(c.second, to, c.save(c.first, to, next))
	}},
	{name: "MoveOnlyThatVersion", says: "Move is ErrConflict where the record has another version, and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		stale := c.save(c.first, from, record("first"))
		now := c.save(c.second, from, stale)
		for _, version := range []uint64{stale.Version, 0, now.Version + 1} {
			to, r := c.near(from), stale
			r.Version = version
			_, err := c.first.(store.Mover).Move(c.ctx, from, to, r)
			c.fails(err, store.ErrConflict, fmt.Sprintf("Move with version %d of a record with version %d", version, now.Version))
			c.gone(c.first, to)
			c.holds(c.first, from, now)
		}
	}},
	{name: "MoveOfNothing", says: "Move is ErrNotFound where there is no record to move, and creates none", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		to, r := c.near(from), record("out of nothing")
		for _, r.Version = range []uint64{1, 0} {
			_, err := c.first.(store.Mover).Move(c.ctx, from, to, r)
			c.fails(err, store.ErrNotFound, "Move of what never was")
		}
		saved := c.save(c.first, from, record("a value"))
		c.delete(c.first, from)
		_, err := c.second.(store.Mover).Move(c.ctx, from, to, saved)
		c.fails(err, store.ErrNotFound, "Move of what was deleted")
		c.gone(c.first, to)
		c.gone(c.first, from)
	}},
	{name: "MoveOntoAnother", says: "Move is ErrConflict where the new id is taken, and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		to := c.near(from)
		one := c.save(c.first, from, record("one"))
		other := c.save(c.first, to, record("other"))
		_, err := c.second.(store.Mover).Move(c.ctx, from, to, one)
		c.fails(err, store.ErrConflict, "Move to an id that is taken")
		c.holds(c.first, from, one)
		c.holds(c.first, to, other)
	}},
	{name: "MoveOutOfReach", says: "Move between any two ids succeeds, or is ErrUnsupported and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		for range 10 {
			from, to := c.id(), c.id()
			saved := c.save(c.first, from, record("a value"))
			v, err := c.first.(store.Mover).Move(c.ctx, from, to, saved)
			if errors.Is(err, errors.ErrUnsupported) {
				c.holds(c.second, from, saved)
				c.gone(c.second, to)
				continue
			}
			c.succeeds(err, "Move")
			c.holds(c.second, to, c.saved(c.first, to, saved, v))
			c.gone(c.second, from)
		}
	}},
	{name: "OneMoverWins", says: "of many that move one record at once, one succeeds", needs: []Interface{Mover}, run: func(c *checker) {
		for range 10 {
			from := c.id()
			saved := c.save(c.first, from, record("a value"))
			to := make([]store.ID, 8)
			for i := range to {
				to[i] = c.near(from)
			}
			var winners atomic.Int32
			c.together(len(to), func(i int, s store.Store) error {
				_, err := s.(store.Mover).Move(c.ctx, from, to[i], saved)
				if err == nil {
					winners.Add(1)
				} else if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
					return fmt.Errorf("a Move beside others returned the error %w; it should be ErrNotFound", err)
				}
				return nil
			})
			there := 0
			for _, id := range to {
				if _, err := c.second.Load(c.ctx, id); err == nil {
					there++
				}
			}
			if winners.Load() != 1 || there != 1 {
				c.broken("%d were told that they moved the record, and it is there %d times", winners.Load(), there)
			}
			c.gone(c.first, from)
		}
	}},
	{name: "MoveLosesNoUpdate", says: "Move moves only the version it names, so that no Save beside it is lost", needs: []Interface{Mover}, run: func(c *checker) {
		for round := range 20 {
			from := c.id()
			to := c.near(from)
			saved := c.save(c.first, from, record("0"))
			var moved, counted atomic.Bool
			c.together(2, func(i int, s store.Store) error {
				var err error
				won := &moved
				if i == round%2 {
					_, err = s.(store.Mover).Move(c.ctx, from, to, saved)
				} else {
					won = &counted
					_, err = s.Save(c.ctx, from, saved)
				}
				won.Store(err == nil)
				if err != nil && !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
					return err
				}
				return nil
			})
			if moved.Load() == counted.Load() {
				c.broken("Move and Save of one version, at once: exactly one should succeed, and Move did so: %v, Save: %v", moved.Load(), counted.Load())
			}
		}
	}},
}

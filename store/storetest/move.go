package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

var moveRules = []rule{
	{name: "Move", says: "Move saves the record under the new ID and the mark under the old one", needs: []Interface{Mover}, run: func(c *checker) {
		from, old := c.id(), record("before")
		old.Owner = owner()
		r := record("after, and longer")
		r.Owner = owner()
		r.Version = c.save(c.first, from, old).Version
		to := c.near(from)
		m := mark("moved on")
		v, err := c.second.(store.Mover).Move(c.ctx, from, to, r, m)
		c.succeeds(err, "Move")
		c.holds(c.first, to, c.saved(c.first, to, r, v))
		c.marked(c.first, from, m, r.Version)
		_, err = c.first.Save(c.ctx, from, r)
		c.fails(err, store.ErrConflict, "Save at the old ID, in the version from before the Move,")
		left := c.marked(c.second, from, m, r.Version)
		next := c.load(c.first, to)
		next.Data = []byte("replaced")
		c.holds(c.second, to, c.save(c.first, to, next))
		left.Data = []byte("replaced too")
		c.holds(c.second, from, c.save(c.first, from, left))
	}},
	{name: "MoveKeepsAnyBytes", says: "Move copies the data of the record and of the mark, any bytes and none", needs: []Interface{Mover}, run: func(c *checker) {
		every := make([]byte, 256)
		for i := range every {
			every[i] = byte(i)
		}
		for _, data := range [][2][]byte{{every, {}}, {{}, every}, {every[128:], every[:128]}, {nil, nil}} {
			from := c.id()
			saved := c.save(c.first, from, record("a value"))
			to, r, m := c.near(from), saved, mark("")
			r.Data, m.Data = slices.Clone(data[0]), slices.Clone(data[1])
			v, err := c.first.(store.Mover).Move(c.ctx, from, to, r, m)
			c.succeeds(err, "Move")
			for _, mine := range [][]byte{r.Data, m.Data} {
				for i := range mine {
					mine[i] = 'x' // the caller's bytes, which the store must have copied
				}
			}
			r.Data, m.Data = data[0], data[1]
			c.holds(c.second, to, c.saved(c.first, to, r, v))
			c.marked(c.second, from, m, saved.Version)
		}
	}},
	{name: "MoveKeepsTheNonce", says: "Load of the new ID returns the nonce that Move was given, and another Move does not succeed under it", needs: []Interface{Mover}, run: func(c *checker) {
		from, r := c.id(), record("a value")
		r.Version = c.save(c.first, from, r).Version
		to := c.near(from)
		r.Nonce = randomNonce()
		_, err := c.first.(store.Mover).Move(c.ctx, from, to, r, mark("moved on"))
		c.succeeds(err, "Move")
		c.recognized(c.second, to, r.Nonce)
		_, err = c.second.(store.Mover).Move(c.ctx, from, to, r, mark("moved on")) // as if the answer had been lost
		if err != nil && !errors.Is(err, store.ErrConflict) {
			c.broken("the same Move, sent again, returned the error %v; it should be %q, or nil if the store recognizes it", err, store.ErrConflict)
		}
		c.recognized(c.first, to, r.Nonce)
	}},
	{name: "MoveOnlyThatVersion", says: "Move is ErrConflict if the record has another version, and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		stale := c.save(c.first, from, record("first"))
		now := c.save(c.second, from, stale)
		for _, version := range []uint64{stale.Version, 0, now.Version + 1} {
			to, r := c.near(from), stale
			r.Version = version
			m := mark("moved on")
			m.Version = now.Version // which is ignored
			_, err := c.first.(store.Mover).Move(c.ctx, from, to, r, m)
			c.fails(err, store.ErrConflict, fmt.Sprintf("Move with version %d of a record with version %d", version, now.Version))
			c.gone(c.first, to)
			c.holds(c.first, from, now)
		}
	}},
	{name: "MoveOfNothing", says: "Move is ErrNotFound if there is no record to move, and creates none", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		to, r := c.near(from), record("out of nothing")
		for _, r.Version = range []uint64{1, 0} {
			_, err := c.first.(store.Mover).Move(c.ctx, from, to, r, mark("moved on"))
			c.fails(err, store.ErrNotFound, "Move of what never was")
			c.gone(c.first, from)
		}
		saved := c.save(c.first, from, record("a value"))
		c.delete(c.first, from)
		_, err := c.second.(store.Mover).Move(c.ctx, from, to, saved, mark("moved on"))
		c.fails(err, store.ErrNotFound, "Move of what was deleted")
		c.gone(c.first, to)
		c.gone(c.first, from)
	}},
	{name: "MoveOntoAnother", says: "Move is ErrConflict if there is a record at the new ID, and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		from := c.id()
		to := c.near(from)
		one := c.save(c.first, from, record("one"))
		other := c.save(c.first, to, record("other"))
		_, err := c.second.(store.Mover).Move(c.ctx, from, to, one, mark("moved on"))
		c.fails(err, store.ErrConflict, "Move to the ID of another record")
		c.holds(c.first, from, one)
		c.holds(c.first, to, other)
	}},
	{name: "MoveOutOfReach", says: "Move between any two IDs succeeds, or is ErrUnsupported, if they have not the same Part, and changes nothing", needs: []Interface{Mover}, run: func(c *checker) {
		for range 10 {
			from, to, m := c.id(), c.id(), mark("moved on")
			saved := c.save(c.first, from, record("a value"))
			v, err := c.first.(store.Mover).Move(c.ctx, from, to, saved, m)
			if errors.Is(err, errors.ErrUnsupported) {
				c.holds(c.second, from, saved)
				c.gone(c.second, to)
				continue
			}
			c.succeeds(err, "Move")
			c.holds(c.second, to, c.saved(c.first, to, saved, v))
			c.marked(c.second, from, m, saved.Version)
		}
	}},
	{name: "OneMoverWins", says: "of many that move one record at once, one succeeds, and the mark is that one's", needs: []Interface{Mover}, run: func(c *checker) {
		for range 10 {
			from := c.id()
			saved := c.save(c.first, from, record("a value"))
			to := make([]store.ID, 8)
			marks := make([]store.Record, len(to))
			for i := range to {
				to[i], marks[i] = c.near(from), mark(fmt.Sprintf("moved by %d", i))
			}
			var winners atomic.Int32
			c.together(len(to), func(i int, s store.Store) error {
				_, err := s.(store.Mover).Move(c.ctx, from, to[i], saved, marks[i])
				if err == nil {
					winners.Add(1)
				} else if !errors.Is(err, store.ErrNotFound) && !errors.Is(err, store.ErrConflict) {
					return fmt.Errorf("a Move beside others returned the error %w; it should be ErrConflict", err)
				}
				return nil
			})
			there, winner := 0, 0
			for i, id := range to {
				if _, err := c.second.Load(c.ctx, id); err == nil {
					there++
					winner = i
				}
			}
			if winners.Load() != 1 || there != 1 {
				c.broken("%d were told that they moved the record, and it is there %d times", winners.Load(), there)
			}
			c.marked(c.first, from, marks[winner], saved.Version)
		}
	}},
	{name: "MoveLosesNoUpdate", says: "Move moves only the version it names, so that no Save beside it is lost", needs: []Interface{Mover}, run: func(c *checker) {
		for round := range 20 {
			from := c.id()
			to, m := c.near(from), mark("moved on")
			saved := c.save(c.first, from, record("0"))
			var moved, counted atomic.Bool
			c.together(2, func(i int, s store.Store) error {
				var err error
				won := &moved
				if i == round%2 {
					_, err = s.(store.Mover).Move(c.ctx, from, to, saved, m)
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
			if moved.Load() {
				c.marked(c.first, from, m, saved.Version)
			} else {
				c.gone(c.first, to)
			}
		}
	}},
}

// mark returns a mark as Move leaves it: a record that expires before others do.
func mark(data string) store.Record {
	m := record(data)
	m.Used, m.Expires = m.Used.Add(-5*time.Second), m.Used.Add(time.Minute)
	return m
}

// marked checks that Load shows the mark, without an owner and with another version than the
// record had. It returns what Load returned.
func (c *checker) marked(s store.Store, id store.ID, m store.Record, was uint64) store.Record {
	c.Helper()
	got := c.load(s, id)
	if got.Version == was || got.Version == 0 {
		c.broken("the mark has version %d; it should not be 0, and not %d, which the moved record had", got.Version, was)
	}
	m.Owner, m.Version = "", got.Version
	c.same("Load of the mark", got, m)
	return got
}

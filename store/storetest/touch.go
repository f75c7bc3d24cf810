package storetest

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

var touchRules = []rule{
	{name: "Touch", says: "Touch sets Used and Expires to the second, and leaves all else as it is, the version too", needs: []Interface{Toucher}, run: func(c *checker) {
		id, r := c.id(), record("a value")
		r.Owner = owner()
		r = c.save(c.first, id, r)
		used, expires := r.Used.Add(time.Minute+900*time.Millisecond), r.Expires.Add(time.Hour+900*time.Millisecond)
		c.succeeds(c.second.(store.Toucher).Touch(c.ctx, id, r.Version, used, expires), "Touch")
		r.Used, r.Expires = seconds(used), seconds(expires)
		c.holds(c.first, id, r)
		r.Data = []byte("replaced")
		c.holds(c.first, id, c.save(c.first, id, r)) // its version is still good
	}},
	{name: "TouchNeverSetsBack", says: "Touch leaves Used, or Expires, if it is later already", needs: []Interface{Toucher}, run: func(c *checker) {
		for _, by := range [][2]time.Duration{{-time.Minute, time.Minute}, {time.Minute, -time.Minute}, {-time.Minute, -time.Minute}, {0, 0}} {
			id := c.id()
			r := c.save(c.first, id, record("a value"))
			c.succeeds(c.first.(store.Toucher).Touch(c.ctx, id, r.Version, r.Used.Add(by[0]), r.Expires.Add(by[1])), "Touch")
			r.Used, r.Expires = r.Used.Add(max(by[0], 0)), r.Expires.Add(max(by[1], 0))
			c.holds(c.second, id, r)
		}
	}},
	{name: "TouchOnlyThatVersion", says: "Touch is ErrConflict if the record has another version, and changes nothing", needs: []Interface{Toucher}, run: func(c *checker) {
		id := c.id()
		stale := c.save(c.first, id, record("first"))
		now := c.save(c.second, id, stale)
		for _, version := range []uint64{stale.Version, 0, now.Version + 1, ^uint64(0)} {
			err := c.first.(store.Toucher).Touch(c.ctx, id, version, now.Used.Add(time.Minute), now.Expires.Add(time.Hour))
			c.fails(err, store.ErrConflict, fmt.Sprintf("Touch with version %d of a record with version %d", version, now.Version))
			c.holds(c.second, id, now)
		}
	}},
	{name: "TouchOfMark", says: "Touch is ErrConflict if the record is Move's mark, and does not make it live longer", needs: []Interface{Toucher, Mover}, run: func(c *checker) {
		from, m := c.id(), mark("moved on")
		saved := c.save(c.first, from, record("a value"))
		_, err := c.first.(store.Mover).Move(c.ctx, from, c.near(from), saved, m)
		c.succeeds(err, "Move")
		err = c.second.(store.Toucher).Touch(c.ctx, from, saved.Version, saved.Used.Add(time.Minute), saved.Expires.Add(time.Hour))
		c.fails(err, store.ErrConflict, "Touch of the mark, in the version from before the Move,")
		c.marked(c.first, from, m, saved.Version)
	}},
	{name: "TouchOfNothing", says: "Touch is ErrNotFound if there is no record, and makes none", needs: []Interface{Toucher}, run: func(c *checker) {
		id, now := c.id(), time.Now()
		c.fails(c.first.(store.Toucher).Touch(c.ctx, id, 1, now, now.Add(time.Hour)), store.ErrNotFound, "Touch of nothing")
		c.gone(c.first, id)
		saved := c.save(c.first, id, record("a value"))
		c.delete(c.first, id)
		c.fails(c.second.(store.Toucher).Touch(c.ctx, id, saved.Version, now, now.Add(time.Hour)), store.ErrNotFound, "Touch of what was deleted")
		c.gone(c.first, id)
	}},
	{name: "TouchLosesNoUpdate", says: "Touch does not undo a concurrent Save, and does not bring back what was deleted", needs: []Interface{Toucher}, run: func(c *checker) {
		id := c.id()
		start := c.save(c.first, id, record("0"))
		var touched atomic.Int64 // how often
		var failed atomic.Bool
		var counting atomic.Int32
		counting.Store(2)
		c.together(4, func(i int, s store.Store) error {
			if i < 2 {
				defer counting.Add(-1)
				for range 20 {
					if err := c.increment(s, id); err != nil {
						return err
					}
					// Others touch between any two increments, and go on during them.
					for before := touched.Load(); touched.Load() == before && !failed.Load(); {
						time.Sleep(20 * time.Microsecond)
					}
				}
				return nil
			}
			for counting.Load() > 0 {
				at := start.Expires.Add(time.Duration(touched.Add(1)) * time.Second)
				now, err := s.Load(c.ctx, id)
				if err == nil {
					err = s.(store.Toucher).Touch(c.ctx, id, now.Version, start.Used, at)
				}
				if err != nil && !errors.Is(err, store.ErrConflict) {
					failed.Store(true)
					return fmt.Errorf("a Touch beside others: %w", err)
				}
				time.Sleep(20 * time.Microsecond) // or a fast store does nothing else
			}
			return nil
		})
		if got := string(c.load(c.first, id).Data); got != "40" {
			c.broken("40 increments were acknowledged beside Touch, and the counter is %s", got)
		}
		for range 10 {
			id := c.id()
			saved := c.save(c.first, id, record("a value"))
			c.together(4, func(i int, s store.Store) error {
				if i == 0 {
					return s.Delete(c.ctx, id)
				}
				err := s.(store.Toucher).Touch(c.ctx, id, saved.Version, start.Used, start.Expires.Add(time.Minute))
				if errors.Is(err, store.ErrNotFound) {
					return nil
				}
				return err
			})
			c.gone(c.first, id)
		}
	}},
}

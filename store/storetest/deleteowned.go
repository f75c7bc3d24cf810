package storetest

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/store"
)

var deleteOwnedRules = []rule{
	{name: "DeleteOwnedBesideMove", says: "after DeleteOwned no record lives on that others moved while it ran, over and over, but those that are excepted do", needs: []Interface{OwnerIndex, Mover}, run: func(c *checker) {
		for range 5 {
			r := record("a value")
			r.Owner = owner()
			kept := c.id()
			saved := c.save(c.first, kept, r)
			moving := make([]store.ID, 4)
			for i := range moving {
				moving[i] = c.id()
				c.save(c.first, moving[i], r)
			}
			var moved atomic.Int32
			c.together(len(moving)+1, func(i int, s store.Store) error {
				if i == len(moving) {
					for start := time.Now(); moved.Load() == 0 && time.Since(start) < 50*time.Millisecond; {
						time.Sleep(10 * time.Microsecond)
					}
					_, err := s.(store.OwnerIndex).DeleteOwned(c.ctx, r.Owner, kept)
					return err
				}
				for range 12 {
					from := moving[i]
					to, err := c.moveOn(s, from)
					moved.Add(1)
					if errors.Is(err, store.ErrNotFound) {
						return nil
					}
					if err != nil {
						return err
					}
					moving[i] = to
					if err := s.Delete(c.ctx, from); err != nil { // the mark, which needs room
						return err
					}
				}
				return nil
			})
			for _, id := range moving {
				c.gone(c.second, id)
			}
			c.holds(c.second, kept, saved)
			c.delete(c.first, kept)
		}
	}},
}

// moveOn moves the record at an ID to another.
func (c *checker) moveOn(s store.Store, from store.ID) (to store.ID, err error) {
	r, err := s.Load(c.ctx, from)
	if err != nil {
		return to, err
	}
	to = c.near(from)
	_, err = s.(store.Mover).Move(c.ctx, from, to, r, mark("moved on"))
	return to, err
}

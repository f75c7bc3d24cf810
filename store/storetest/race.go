package storetest

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync/atomic"

	"github.com/wafer-go/wafer/store"
)

var raceRules = []rule{
	{name: "OneCreatorWins", says: "of many that create one record at once, one succeeds, and the others get ErrConflict", run: func(c *checker) {
		for range 20 {
			id := c.id()
			var winner atomic.Pointer[string]
			c.together(16, func(i int, s store.Store) error {
				mine := fmt.Sprintf("creator %d", i)
				_, err := s.Save(c.ctx, id, record(mine))
				if err == nil && !winner.CompareAndSwap(nil, &mine) {
					return fmt.Errorf("both %s and %s were told that they created the record", *winner.Load(), mine)
				}
				if err != nil && !errors.Is(err, store.ErrConflict) {
					return fmt.Errorf("a Save with version 0 beside others returned the error %w; it should be ErrConflict", err)
				}
				return nil
			})
			if winner.Load() == nil {
				c.broken("all were refused, and one should have created the record")
			}
			if got := string(c.load(c.second, id).Data); got != *winner.Load() {
				c.broken("%s was told that it created the record, and there is that of %s", *winner.Load(), got)
			}
		}
	}},
	{name: "NoUpdateIsLost", says: "Save replaces only the version it names, so that no update is lost", run: func(c *checker) {
		const workers, each = 8, 20
		id := c.id()
		c.save(c.first, id, record("0"))
		c.together(workers, func(_ int, s store.Store) error {
			for range each {
				if err := c.increment(s, id); err != nil {
					return err
				}
			}
			return nil
		})
		if got := string(c.load(c.first, id).Data); got != strconv.Itoa(workers*each) {
			c.broken("%d increments were acknowledged, and the counter is %s", workers*each, got)
		}
	}},
	{name: "DeletedStaysDeleted", says: "what was deleted does not come back, although others save it at the same time", run: func(c *checker) {
		for round := range 30 {
			id := c.id()
			c.save(c.first, id, record("0"))
			c.together(4, func(i int, s store.Store) error {
				if i == round%4 {
					return c.deleteAmid(s, id)
				}
				for range 200 {
					if err := c.increment(s, id); errors.Is(err, store.ErrNotFound) {
						return nil
					} else if err != nil {
						return err
					}
				}
				return nil
			})
			c.gone(c.first, id)
			c.gone(c.second, id)
		}
	}},
	{name: "RecordsDoNotMix", says: "a record is returned under its own id only", run: func(c *checker) {
		ids := make([]store.ID, 64)
		for i := range ids {
			ids[i] = c.id()
		}
		c.together(8, func(w int, s store.Store) error {
			for n := w; n < len(ids); n += 8 {
				r := record("of " + ids[n].String())
				r.Owner = ids[n].String()
				for range 4 {
					if _, err := s.Save(c.ctx, ids[n], r); err != nil {
						return fmt.Errorf("a Save beside those of other records: %w", err)
					}
					got, err := s.Load(c.ctx, ids[n])
					if err != nil {
						return fmt.Errorf("a Load beside those of other records: %w", err)
					}
					r.Version = got.Version
					r.Used, r.Expires = seconds(r.Used), seconds(r.Expires)
					if d := difference(got, r); d != "" {
						return fmt.Errorf("a Load beside those of other records returned another one: %s", d)
					}
				}
			}
			return nil
		})
	}},
}

// deleteAmid deletes a counter once others are busy with it.
func (c *checker) deleteAmid(s store.Store, id store.ID) error {
	for range 1000 {
		r, err := s.Load(c.ctx, id)
		if err != nil {
			return fmt.Errorf("a Load beside others: %w", err)
		}
		if string(r.Data) != "0" {
			break
		}
	}
	return s.Delete(c.ctx, id)
}

// tries is how often increment starts again: more often than others save.
const tries = 1000

// increment adds one to a counter kept in a record, and starts again as often
// as another was faster.
func (c *checker) increment(s store.Store, id store.ID) error {
	for range tries {
		r, err := s.Load(c.ctx, id)
		if err != nil {
			return fmt.Errorf("a Load beside others: %w", err)
		}
		n, err := strconv.Atoi(string(r.Data))
		if err != nil {
			return fmt.Errorf("a Load returned what was never saved: %w", err)
		}
		r.Data = []byte(strconv.Itoa(n + 1))
		runtime.Gosched() // lets others in between, if the store is fast
		if _, err = s.Save(c.ctx, id, r); err == nil {
			return nil
		}
		if !errors.Is(err, store.ErrConflict) {
			return fmt.Errorf("a Save beside others: %w", err)
		}
	}
	return fmt.Errorf("a Save of the version that was loaded has failed with ErrConflict %d times, and the record was not saved as often", tries)
}

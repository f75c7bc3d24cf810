package drivertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

func has(list []Interface, i Interface) bool { return slices.Contains(list, i) }

// canceled returns contexts that are done.
func canceled(parent context.Context) []context.Context {
	first, cancel := context.WithCancel(parent)
	cancel()
	second, cancel := context.WithDeadline(parent, time.Now().Add(-time.Second))
	cancel()
	return []context.Context{first, second}
}

// withBudget is a context with the budget of a request.
type withBudget struct {
	context.Context
	budget *driver.Budget
}

func (c withBudget) Value(key any) any {
	if key == driver.BudgetKey {
		return c.budget
	}
	return c.Context.Value(key)
}

var raceRules = []rule{
	{name: "ConcurrentSessions", says: "a driver is safe for concurrent use, and mixes no session up with another", run: func(c *checker) {
		c.together(16, func(i int) error {
			owner := ""
			if i%2 == 1 {
				owner = fmt.Sprint(c.owner, i)
			}
			var from driver.Snapshot
			for n := range 20 {
				w := driver.Write{From: from, Payload: c.object(fmt.Sprint(i, " ", n)), At: time.Now(), Expires: time.Now().Add(time.Hour), Owner: owner}
				want := string(w.Payload)
				value, _, err := c.d.Save(c.ctx, nil, w)
				clear(w.Payload)
				if err != nil {
					return fmt.Errorf("method Save beside others: %w", err)
				}
				if from, err = c.d.Load(c.ctx, string(value)); err != nil || from.Payload != want {
					return fmt.Errorf("method Load beside others returned another session's payload, or the error %v", err)
				}
			}
			return nil
		})
	}},
	{name: "NoUpdateIsLost", says: "of many saves from one load of a record, one succeeds and the others get ErrConflict", records: true, run: func(c *checker) {
		value, s := c.saved(c.write(c.owner, "first"))
		for round := range 10 {
			var won atomic.Int32
			c.together(8, func(i int) error {
				_, _, err := c.d.Save(c.ctx, nil, c.after(s, driver.Keep, c.owner, fmt.Sprint(round, " ", i)))
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, driver.ErrConflict) {
					return fmt.Errorf("method Save beside others: %w", err)
				}
				return nil
			})
			if won.Load() != 1 {
				c.broken("%d of 8 saves from one load succeeded", won.Load())
			}
			s = c.load(value)
		}
	}},
	{name: "EndedStaysEnded", says: "Delete beside saves ends the session, and no save brings it back", records: true, run: func(c *checker) {
		for range 20 {
			value, s := c.saved(c.write(c.owner, "first"))
			c.together(4, func(i int) error {
				if i == 0 {
					return c.d.Delete(c.ctx, s)
				}
				for from, n := s, 0; n < 20; n++ {
					_, _, err := c.d.Save(c.ctx, nil, c.after(from, driver.Keep, c.owner, fmt.Sprint(i, n)))
					switch {
					case errors.Is(err, driver.ErrEnded):
						return nil
					case err != nil && !errors.Is(err, driver.ErrConflict):
						return fmt.Errorf("method Save beside Delete: %w", err)
					}
					from, err = from.Record.Reload(c.ctx)
					if errors.Is(err, driver.ErrRefused) {
						return nil
					}
					if err != nil {
						return fmt.Errorf("method Reload beside Delete: %w", err)
					}
				}
				return nil
			})
			c.refused(value, "the value of a session that was deleted beside saves")
		}
	}},
	{name: "OneAdopterWins", says: "of many that adopt one value at once, one creates the record and the others get ErrConflict", needs: Adopter, records: true, run: func(c *checker) {
		for range 10 {
			value, _ := c.adopted()
			var won atomic.Int32
			c.together(8, func(i int) error {
				record, ok := c.d.(driver.Adopter).Adopt(value)
				if !ok {
					return errors.New("method Adopt refused a value of Options.Adoptable")
				}
				_, _, err := c.d.Save(c.ctx, nil, c.adopting(record, fmt.Sprint(i)))
				if err == nil {
					won.Add(1)
				} else if !errors.Is(err, driver.ErrConflict) {
					return fmt.Errorf("method Save of an adopted record beside others: %w", err)
				}
				return nil
			})
			if won.Load() != 1 {
				c.broken("%d of 8 creations at one adopted ID succeeded", won.Load())
			}
		}
	}},
}

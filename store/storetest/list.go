package storetest

import (
	"fmt"
	"time"

	"github.com/wafer-go/wafer/store"
)

// patience is how long a call may last that nothing should block.
const patience = 5 * time.Second

var listRules = []rule{
	{name: "All", says: "All yields every record, whole and once", needs: []Interface{Lister}, run: func(c *checker) {
		want := map[store.ID]store.Record{}
		for i := range 300 { // usually more than a page
			id, r := c.id(), record(fmt.Sprintf("number %d", i))
			if i%3 == 0 {
				r.Owner = owner()
			}
			want[id] = c.save(c.first, id, r)
		}
		c.all(want, nil)
	}},
	{name: "AllMayBeLeft", says: "All ends when its caller has seen enough, and can be called again", needs: []Interface{Lister}, run: func(c *checker) {
		want := map[store.ID]store.Record{}
		for range 3 {
			id := c.id()
			want[id] = c.save(c.first, id, record("a value"))
		}
		seq := c.first.(store.Lister).All(c.ctx)
		for range 20 { // usually more than a pool of connections has
			for _, err := range seq {
				c.succeeds(err, "All")
				break
			}
		}
		c.all(want, nil)
	}},
	{name: "AllHoldsNobodyUp", says: "All does not block other users of the store, and does not lose or repeat a record because of them", needs: []Interface{Lister}, run: func(c *checker) {
		want := map[store.ID]store.Record{}
		for range 20 {
			id := c.id()
			want[id] = c.save(c.first, id, record("stays"))
		}
		changing := c.id()
		saved := c.save(c.first, changing, record("0"))
		steps := 0
		c.all(want, func() {
			if steps++; steps > 20 {
				return
			}
			c.promptly("Save, Load or Delete in the midst of All", func() error {
				id := c.id()
				_, err := c.first.Save(c.ctx, id, record("comes"))
				if err == nil {
					saved.Data = []byte("changed")
					_, err = c.first.Save(c.ctx, changing, saved)
				}
				if err == nil {
					saved, err = c.second.Load(c.ctx, changing)
				}
				if err == nil {
					err = c.first.Delete(c.ctx, id)
				}
				return err
			})
		})
	}},
}

// promptly checks that calls succeed, and that nothing blocks them.
func (c *checker) promptly(calls string, f func() error) {
	c.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		c.succeeds(err, calls)
	case <-time.After(patience):
		c.broken("%s: they have not returned after %v", calls, patience)
	}
}

// all checks that All yields these records, once and as they are, among others
// who may be there. It calls each, if not nil, for each record that is yielded.
func (c *checker) all(want map[store.ID]store.Record, each func()) {
	c.Helper()
	seen := map[store.ID]bool{}
	for e, err := range c.second.(store.Lister).All(c.ctx) {
		c.succeeds(err, "All")
		if seen[e.ID] {
			c.broken("All yielded the record %s twice", e.ID)
		}
		seen[e.ID] = true
		if r, ok := want[e.ID]; ok {
			c.same("All", e.Record, r)
		}
		if each != nil {
			each()
		}
	}
	for id := range want {
		if !seen[id] {
			c.broken("All did not yield the record %s", id)
		}
	}
}

var pingRules = []rule{
	{name: "Ping", says: "Ping returns nil if the store can be read and written", needs: []Interface{Pinger}, run: func(c *checker) {
		c.succeeds(c.first.(store.Pinger).Ping(c.ctx), "Ping")
		c.succeeds(c.second.(store.Pinger).Ping(c.ctx), "Ping")
	}},
}

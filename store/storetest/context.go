package storetest

import (
	"context"
	"time"

	"github.com/wafer-go/wafer/store"
)

var contextRules = []rule{
	contextRule("ContextOfLoad", "Load", nil, func(c *checker, ctx context.Context, id store.ID, _ store.Record) error {
		_, err := c.first.Load(ctx, id)
		return err
	}),
	contextRule("ContextOfSave", "Save", nil, func(c *checker, ctx context.Context, id store.ID, r store.Record) error {
		r.Data = []byte("too late")
		_, err := c.first.Save(ctx, id, r)
		return err
	}),
	contextRule("ContextOfDelete", "Delete", nil, func(c *checker, ctx context.Context, id store.ID, _ store.Record) error {
		return c.first.Delete(ctx, id)
	}),
	contextRule("ContextOfTouch", "Touch", []Interface{Toucher}, func(c *checker, ctx context.Context, id store.ID, r store.Record) error {
		return c.first.(store.Toucher).Touch(ctx, id, r.Version, r.Used.Add(time.Minute), r.Expires.Add(time.Minute))
	}),
	contextRule("ContextOfMove", "Move", []Interface{Mover}, func(c *checker, ctx context.Context, id store.ID, r store.Record) error {
		_, err := c.first.(store.Mover).Move(ctx, id, c.near(id), r, mark("moved on"))
		return err
	}),
	contextRule("ContextOfOwned", "Owned", []Interface{OwnerIndex}, func(c *checker, ctx context.Context, _ store.ID, r store.Record) error {
		for _, err := range c.first.(store.OwnerIndex).Owned(ctx, r.Owner) {
			if err != nil {
				return err
			}
		}
		return nil
	}),
	contextRule("ContextOfDeleteOwned", "DeleteOwned", []Interface{OwnerIndex}, func(c *checker, ctx context.Context, _ store.ID, r store.Record) error {
		_, err := c.first.(store.OwnerIndex).DeleteOwned(ctx, r.Owner)
		return err
	}),
	contextRule("ContextOfDeleteOne", "DeleteOne", []Interface{OwnerIndex}, func(c *checker, ctx context.Context, id store.ID, r store.Record) error {
		_, err := c.first.(store.OwnerIndex).DeleteOne(ctx, r.Owner, id)
		return err
	}),
	contextRule("ContextOfAll", "All", []Interface{Lister}, func(c *checker, ctx context.Context, _ store.ID, _ store.Record) error {
		for _, err := range c.first.(store.Lister).All(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}),
	{
		name: "ContextEndsAll", says: "a context that is done in the midst of All ends it, with an error that wraps the context's",
		needs: []Interface{Lister},
		run: func(c *checker) {
			for range 5 {
				c.save(c.first, c.id(), record("a value"))
			}
			ctx, cancel := context.WithCancel(c.ctx)
			defer cancel()
			var last error
			n := 0
			for _, err := range c.first.(store.Lister).All(ctx) {
				if last != nil {
					c.broken("All went on after an error")
				}
				last = err
				n++
				cancel()
			}
			c.fails(last, context.Canceled, "All, whose context was cancelled at its first record,")
		},
	},
	{
		name: "ContextEndsOwned", says: "a context that is done in the midst of Owned ends it, with an error that wraps the context's",
		needs: []Interface{OwnerIndex},
		run: func(c *checker) {
			ann := owner()
			for range 5 {
				r := record("of ann")
				r.Owner = ann
				c.save(c.first, c.id(), r)
			}
			ctx, cancel := context.WithCancel(c.ctx)
			defer cancel()
			var last error
			for _, err := range c.first.(store.OwnerIndex).Owned(ctx, ann) {
				if last != nil {
					c.broken("Owned went on after an error")
				}
				last = err
				cancel()
			}
			c.fails(last, context.Canceled, "Owned, whose context was cancelled at its first record,")
		},
	},
	contextRule("ContextOfPurge", "Purge", []Interface{Purger}, func(c *checker, ctx context.Context, _ store.ID, _ store.Record) error {
		_, err := c.first.(store.Purger).Purge(ctx, 10)
		return err
	}),
	contextRule("ContextOfPing", "Ping", []Interface{Pinger}, func(c *checker, ctx context.Context, _ store.ID, _ store.Record) error {
		return c.first.(store.Pinger).Ping(ctx)
	}),
}

// contextRule makes the rule that a method does nothing for a context that is
// done before it begins, with a call on a record that is there.
func contextRule(name, method string, needs []Interface, call func(c *checker, ctx context.Context, id store.ID, r store.Record) error) rule {
	return rule{
		name: name, says: "a context that is done ends " + method + " with an error that wraps the context's", needs: needs,
		run: func(c *checker) {
			id, r := c.id(), record("a value")
			r.Owner = owner()
			saved := c.save(c.first, id, r)
			ended, cancel := contexts(c.ctx)
			defer cancel()
			for _, ctx := range ended {
				c.fails(call(c, ctx, id, saved), ctx.Err(), method+" with a context that is done")
			}
			c.holds(c.second, id, saved)
		},
	}
}

// contexts returns one that is cancelled and one whose deadline has passed.
func contexts(parent context.Context) (ended []context.Context, cancel context.CancelFunc) {
	cancelled, cancel1 := context.WithCancel(parent)
	cancel1()
	late, cancel2 := context.WithDeadline(parent, time.Now().Add(-time.Second))
	return []context.Context{cancelled, late}, cancel2
}

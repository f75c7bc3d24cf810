package simulation

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/wafer-go/wafer/store"
)

// A link carries what a client asks to its engine. The network does so in its own time; a nil link
// does at once.
type link interface {
	// carry has do executed, or not, or twice, and returns nil if the answer arrived.
	carry(ctx context.Context, what string, id store.ID, do func()) error
}

// A client is a store on an engine, as one server has it. It is the part of a store's code that
// needs several steps. Its methods are those that SQL engines and Redis have.
type client struct {
	engine *engine
	link   link
	flaws  flaws
}

// open returns a store that has what the engine's kind can.
func open(e *engine, l link, f flaws) store.Store {
	c := &client{e, l, f}
	if e.kind == memcachedLike {
		return (*plain)(c)
	}
	return c
}

var (
	_ store.Store      = (*client)(nil)
	_ store.Toucher    = (*client)(nil)
	_ store.Mover      = (*client)(nil)
	_ store.OwnerIndex = (*client)(nil)
)

// ask has the engine do one step.
func ask[T any](ctx context.Context, c *client, what string, id store.ID, do func() (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, fmt.Errorf("simulation: %s: %w", what, err)
	}
	if c.link == nil {
		return do()
	}
	return over(ctx, c.link, what, id, do)
}

// over has do executed by a link, and returns what it answered first.
func over[T any](ctx context.Context, l link, what string, id store.ID, do func() (T, error)) (T, error) {
	var answer, none T
	var failed error
	answered := false
	err := l.carry(ctx, what, id, func() {
		if one, err := do(); !answered {
			answer, failed, answered = one, err, true
		}
	})
	if err != nil {
		return none, err // answer may still be written: the engine gets the question late
	}
	return answer, failed
}

type nothing struct{}

// Load returns the record.
func (c *client) Load(ctx context.Context, id store.ID) (store.Record, error) {
	r, err := ask(ctx, c, "load", id, func() (store.Record, error) { return c.engine.load(id) })
	met(ctx, id, r.Version)
	return r, err
}

// Save creates or replaces the record.
func (c *client) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	r.Data = slices.Clone(r.Data) // it may be executed after Save has returned
	follows(ctx, id, r.Version)
	version, err := ask(ctx, c, "save", id, func() (uint64, error) { return c.engine.save(id, r) })
	if c.engine.kind == memcachedLike {
		version = 0 // it does not tell
	}
	met(ctx, id, version)
	return version, err
}

// Delete removes the record.
func (c *client) Delete(ctx context.Context, id store.ID) error {
	_, err := ask(ctx, c, "delete", id, func() (nothing, error) { return nothing{}, c.engine.remove(id) })
	return err
}

// Touch extends the record's life.
func (c *client) Touch(ctx context.Context, id store.ID, version uint64, used, expires time.Time) error {
	_, err := ask(ctx, c, "touch", id, func() (nothing, error) {
		return nothing{}, c.engine.touch(id, version, used, expires)
	})
	return err
}

// Move renews an ID in one step, if the engine has both IDs in one part.
func (c *client) Move(ctx context.Context, from, to store.ID, r, mark store.Record) (uint64, error) {
	if c.engine.hasIndex() && from.Part() != to.Part() {
		return 0, fmt.Errorf("simulation: the IDs are in different parts: %w", errors.ErrUnsupported)
	}
	r.Data, mark.Data = slices.Clone(r.Data), slices.Clone(mark.Data)
	follows(ctx, from, r.Version)
	version, err := ask(ctx, c, "move", from, func() (uint64, error) { return c.engine.move(from, to, r, mark) })
	met(ctx, to, version)
	return version, err
}

// Owned yields an owner's records: one step lists them, and one loads each.
func (c *client) Owned(ctx context.Context, owner string) iter.Seq2[store.Entry, error] {
	return func(yield func(store.Entry, error) bool) {
		ids, err := c.list(ctx, owner)
		if err != nil {
			yield(store.Entry{}, err)
			return
		}
		for _, id := range ids {
			r, err := c.Load(ctx, id)
			if errors.Is(err, store.ErrNotFound) || err == nil && r.Owner != owner {
				continue
			}
			if !yield(store.Entry{ID: id, Record: r}, err) || err != nil {
				return
			}
		}
	}
}

func (c *client) list(ctx context.Context, owner string) ([]store.ID, error) {
	if owner == "" {
		return nil, nil
	}
	return ask(ctx, c, "list", store.ID{}, func() ([]store.ID, error) { return c.engine.owned(owner), nil })
}

// DeleteOwned deletes an owner's records in steps: in one part after the other, as redisstore does,
// or until it finds none, as sqlstore does.
func (c *client) DeleteOwned(ctx context.Context, owner string, except ...store.ID) (deleted int, err error) {
	if c.engine.hasIndex() {
		for place := range places {
			n, err := ask(ctx, c, "delete owned", store.ID{}, func() (int, error) { return c.engine.cut(owner, place, except) })
			if deleted += n; err != nil {
				return deleted, err
			}
		}
		return deleted, nil
	}
	for range 10 {
		ids, err := c.list(ctx, owner)
		if err != nil {
			return deleted, err
		}
		found, before := 0, deleted
		for _, id := range ids {
			if slices.Contains(except, id) {
				continue
			}
			was, err := c.DeleteOne(ctx, owner, id)
			if err != nil {
				return deleted, err
			}
			if was {
				deleted++
			}
			found++
		}
		if c.flaws.ownersUncounted {
			found = deleted - before
		}
		if found == 0 {
			break
		}
	}
	return deleted, nil
}

// DeleteOne deletes the record if it is the owner's.
func (c *client) DeleteOne(ctx context.Context, owner string, id store.ID) (bool, error) {
	if owner == "" {
		return false, nil
	}
	return ask(ctx, c, "delete owned", id, func() (bool, error) { return c.engine.removeOwned(owner, id) })
}

// plain is a client without the optional interfaces.
type plain client

var _ store.Store = (*plain)(nil)

// Load returns the record.
func (p *plain) Load(ctx context.Context, id store.ID) (store.Record, error) {
	return (*client)(p).Load(ctx, id)
}

// Save creates or replaces the record.
func (p *plain) Save(ctx context.Context, id store.ID, r store.Record) (uint64, error) {
	return (*client)(p).Save(ctx, id, r)
}

// Delete removes the record.
func (p *plain) Delete(ctx context.Context, id store.ID) error { return (*client)(p).Delete(ctx, id) }

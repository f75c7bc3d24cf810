package copying

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// maxRounds is how often a record is compared again that keeps changing, or whose copy was gone
// without a sign-out.
const maxRounds = 8

// errRestless: a program still writes to the store from which its sessions are copied.
var errRestless = errors.New("the record keeps changing in the store it is copied from; run all servers with session.Migrate, or stop them, before you copy their sessions")

// A pendingCopy is a record that was copied and has not settled.
type pendingCopy struct {
	id      store.ID
	due     time.Time
	rounds  int
	version uint64    // in from, of what was copied
	made    uint64    // in to, of the copy; 0 if unknown
	sum     [32]byte  // of the copy
	expires time.Time // in from
	found   bool      // the copy was there: a killed run or the program created it
}

// isCopy reports whether found is still what was copied. The sum decides if the version cannot: if
// the engine returned none, or the answer to a Save was lost.
func (p *pendingCopy) isCopy(found, original store.Record) bool {
	sum := sumOf(found)
	return p.made != 0 && found.Version == p.made || sum == p.sum || sum == sumOf(original)
}

func sumOf(r store.Record) [32]byte {
	return sha256.Sum256(append([]byte(r.Owner+"\xff"), r.Data...)) // no UTF-8 has that byte
}

// begin copies a record, if it needs a copy. It returns nil if the record is done.
func (c *copier) begin(ctx context.Context, p *pendingCopy) *pendingCopy {
	what, err := c.copy(ctx, p)
	if err == nil && what == settling {
		// This finds most of the originals that were deleted in these milliseconds; finish finds
		// the others.
		what, err = c.look(ctx, p, false)
	}
	return c.next(p, what, err)
}

// finish compares a copy that has settled.
func (c *copier) finish(ctx context.Context, p *pendingCopy) *pendingCopy {
	what, err := c.look(ctx, p, true)
	return c.next(p, what, err)
}

func (c *copier) next(p *pendingCopy, what outcome, err error) *pendingCopy {
	if p.rounds++; err == nil && what == settling {
		if p.rounds <= maxRounds {
			p.due = time.Now().Add(c.o.Settle)
			return p
		}
		err = errRestless
	}
	c.done(p.id, what, err)
	return nil
}

// copy creates a record, to expire soon.
func (c *copier) copy(ctx context.Context, p *pendingCopy) (outcome, error) {
	r, err := c.load(ctx, c.from, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && is(r, driver.Ended), err == nil && !time.Now().Before(r.Expires):
		return ended, nil
	case err != nil:
		return failed, err
	case is(r, driver.Moved):
		return c.arrived(ctx, p, r)
	}
	if c.o.DryRun {
		found, err := c.load(ctx, c.to, p.id)
		switch {
		case errors.Is(err, store.ErrNotFound), err == nil && is(found, driver.Moved, driver.Arriving):
			return copied, nil
		case err != nil:
			return failed, err
		}
		return there, nil
	}
	p.version, p.expires, p.made, p.sum, p.found = r.Version, r.Expires, 0, sumOf(r), false
	fresh := r
	fresh.Version, fresh.Expires = 0, c.soon(r.Expires)
	p.made, err = c.save(ctx, c.to, p.id, fresh)
	switch {
	case errors.Is(err, store.ErrConflict):
		return c.thereAlready(ctx, p, r, fresh.Expires)
	case err != nil:
		return failed, err
	}
	return settling, nil
}

// soon is when a copy expires that has not settled.
func (c *copier) soon(expires time.Time) time.Time {
	if soon := time.Now().Add(c.o.Settle + unsettled); soon.Before(expires) {
		return soon
	}
	return expires
}

// thereAlready distinguishes a record of the program from a copy that has not settled: one of a
// killed run, or one of this run if its answer was lost; that expires in the expected second. A
// record that only says that the session is in from, or on its way from there, is replaced.
func (c *copier) thereAlready(ctx context.Context, p *pendingCopy, r store.Record, expires time.Time) (outcome, error) {
	found, err := c.load(ctx, c.to, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return settling, nil // it was deleted since; the next look shows why
	case err != nil:
		return failed, err
	case is(found, driver.Moved, driver.Arriving) && is(r, driver.Live):
		return c.move(ctx, p, r, found)
	case is(found, driver.Moved, driver.Arriving):
		return c.replace(ctx, p, r, found)
	case sumOf(found) == p.sum && found.Expires.Before(r.Expires):
		p.made, p.found = found.Version, found.Expires.Unix() != expires.Unix()
		return settling, nil
	}
	return there, nil
}

// move moves a session as the program does, if to says that it is in from or on its way from there.
// A request that has found that saves the session in from, and would not see a copy. After the
// first save, a move that a server has begun cannot succeed, and the last one decides: either the
// session is in to, or it is still in from.
func (c *copier) move(ctx context.Context, p *pendingCopy, r, found store.Record) (outcome, error) {
	p.found = true // what is in to from now on is the program's
	var err error
	if r.Version, err = c.save(ctx, c.from, p.id, r); err != nil {
		return unlessChanged(settling, err)
	}
	name := rand.Text()
	arriving := r
	arriving.Version, arriving.Data = found.Version, driver.ArrivingRecord(name, r.Data)
	if _, err = c.save(ctx, c.to, p.id, arriving); err != nil {
		return unlessChanged(settling, err)
	}
	word := store.Record{Version: r.Version, Data: driver.MovedRecord(name), Used: r.Used, Expires: r.Expires}
	if _, err = c.save(ctx, c.from, p.id, word); err != nil {
		return unlessChanged(settling, err)
	}
	what, err := c.arrived(ctx, p, word)
	if what == there {
		what = copied
	}
	return what, err
}

// arrived makes the record of a session live that has moved to to, as word in from says, if the
// server that moved it has not done that.
func (c *copier) arrived(ctx context.Context, p *pendingCopy, word store.Record) (outcome, error) {
	found, err := c.load(ctx, c.to, p.id)
	switch {
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return failed, err
	case err != nil, c.o.DryRun, !is(found, driver.Arriving), driver.RecordMove(found.Data) != driver.RecordMove(word.Data):
		return there, nil
	}
	_, found.Data = driver.ParseRecord(found.Data)
	_, err = c.save(ctx, c.to, p.id, found)
	return unlessChanged(there, err)
}

// look compares a copy with its original. If they agree and the copy has settled, it gets the
// original's expiry.
func (c *copier) look(ctx context.Context, p *pendingCopy, settled bool) (outcome, error) {
	original, err := c.load(ctx, c.from, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && is(original, driver.Ended):
		return c.takeBack(ctx, p)
	case err != nil:
		return failed, err
	case is(original, driver.Moved):
		return c.arrived(ctx, p, original)
	}
	p.expires = original.Expires
	changed := original.Version != p.version
	if !settled && !changed {
		return settling, nil
	}
	found, err := c.load(ctx, c.to, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		// It was signed out at this moment, and from will say so soon; or it has expired.
		return c.copy(ctx, p)
	case err != nil:
		return failed, err
	case is(found, driver.Moved, driver.Arriving):
		return c.copy(ctx, p)
	case !p.isCopy(found, original):
		return copied, nil // and the program has changed it since
	}
	if changed {
		return c.replace(ctx, p, original, found)
	}
	return c.extend(ctx, p, original, found)
}

// takeBack deletes the copy of an original that is gone, also if a request has changed the copy
// since. If the original had to expire by now, the copy expires too. A copy that was there before
// stays: a killed run made it, so it expires soon, or the program moved the session there, which is
// why the original is gone.
func (c *copier) takeBack(ctx context.Context, p *pendingCopy) (outcome, error) {
	if p.found {
		return there, nil
	}
	if !time.Now().Before(p.expires) {
		return ended, nil
	}
	return gone, c.do(ctx, func(ctx context.Context) error { return c.to.Delete(ctx, p.id) })
}

// replace replaces the copy by the changed original. The copy has to settle again.
func (c *copier) replace(ctx context.Context, p *pendingCopy, original, found store.Record) (outcome, error) {
	fresh := original
	fresh.Version = found.Version
	if fresh.Expires = c.soon(original.Expires); fresh.Expires.Before(found.Expires) {
		fresh.Expires = found.Expires
	}
	made, err := c.save(ctx, c.to, p.id, fresh)
	if err == nil {
		p.version, p.made, p.sum = original.Version, made, sumOf(original)
	}
	return unlessChanged(settling, err)
}

// extend gives the copy the expiry of the original.
func (c *copier) extend(ctx context.Context, p *pendingCopy, original, found store.Record) (outcome, error) {
	if !found.Expires.Before(original.Expires) {
		return copied, nil
	}
	var err error
	if toucher, ok := c.to.(store.Toucher); ok {
		err = c.do(ctx, func(ctx context.Context) error {
			return toucher.Touch(ctx, p.id, found.Version, original.Used, original.Expires)
		})
	} else {
		fresh := original
		fresh.Version = found.Version
		_, err = c.save(ctx, c.to, p.id, fresh)
	}
	return unlessChanged(copied, err)
}

// unlessChanged returns the outcome of a copy that was saved again. If it was changed or deleted
// before that, the next look shows why.
func unlessChanged(what outcome, err error) (outcome, error) {
	if errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) {
		return settling, nil
	}
	return what, err
}

func (c *copier) load(ctx context.Context, s store.Store, id store.ID) (store.Record, error) {
	r, err := try(ctx, c, func(ctx context.Context) (store.Record, error) { return s.Load(ctx, id) })
	r.Nonce = 0 // the record is saved again
	return r, err
}

func (c *copier) save(ctx context.Context, s store.Store, id store.ID, r store.Record) (version uint64, err error) {
	return try(ctx, c, func(ctx context.Context) (uint64, error) { return s.Save(ctx, id, r) })
}

// do is try for a call that returns only an error.
func (c *copier) do(ctx context.Context, f func(context.Context) error) error {
	_, err := try(ctx, c, func(ctx context.Context) (any, error) { return nil, f(ctx) })
	return err
}

// pauses are how long to wait before a failed call is retried.
var pauses = []time.Duration{100 * time.Millisecond, time.Second}

// try calls a store, and retries. It finishes what was begun, so it calls once also if the context
// is done. A Save that is retried may meet what it has saved itself: that looks like the copy of a
// killed run, or like a change of the program, and both are handled.
func try[T any](ctx context.Context, c *copier, f func(context.Context) (T, error)) (T, error) {
	for i := 0; ; i++ {
		calling, cancel := context.WithoutCancel(ctx), context.CancelFunc(func() {})
		if c.o.Timeout > 0 {
			calling, cancel = context.WithTimeout(calling, c.o.Timeout)
		}
		result, err := f(calling)
		cancel()
		if i == len(pauses) || err == nil || final(err) {
			return result, err
		}
		select {
		case <-time.After(pauses[i]):
		case <-ctx.Done():
			return result, err
		}
	}
}

// final reports whether a retry would give the same error.
func final(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrTooLarge) || errors.Is(err, store.ErrFull)
}

// is reports whether a record has one of some states.
func is(r store.Record, states ...driver.RecordState) bool {
	state, _ := driver.ParseRecord(r.Data)
	return slices.Contains(states, state)
}

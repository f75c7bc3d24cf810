package copying

import (
	"context"
	"crypto/sha256"
	"errors"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// maxRounds is how often a record is looked at again that keeps changing, or
// that was not there any more although nobody had signed out.
const maxRounds = 8

// errRestless: a program goes on writing where it should not.
var errRestless = errors.New("the record keeps changing in the store it is copied from; servers have to run with session.Migrate, or be stopped, before their sessions are copied")

// A pendingCopy is a record that was copied and has not settled.
type pendingCopy struct {
	id      store.ID
	due     time.Time
	rounds  int
	version uint64    // in from, of what was copied
	made    uint64    // in to, of the copy; 0 if it is not known
	sum     [32]byte  // of the copy
	expires time.Time // in from
	found   bool      // the copy was there: of a killed run, or the program's
}

// isCopy reports whether the program has not changed what was copied. The sum
// tells where a version does not: where the engine says none, or where the
// answer to a Save was lost.
func (p *pendingCopy) isCopy(found, original store.Record) bool {
	sum := sumOf(found)
	return p.made != 0 && found.Version == p.made || sum == p.sum || sum == sumOf(original)
}

func sumOf(r store.Record) [32]byte {
	return sha256.Sum256(append([]byte(r.Owner+"\xff"), r.Data...)) // no UTF-8 has that byte
}

// begin copies a record, unless there is no need. It returns nil if it is done
// with it.
func (c *copier) begin(ctx context.Context, p *pendingCopy) *pendingCopy {
	what, err := c.copy(ctx, p)
	if err == nil && what == settling {
		// Most of those that go in these milliseconds are caught here; the
		// rest when it has settled.
		what, err = c.look(ctx, p, false)
	}
	return c.next(p, what, err)
}

// finish looks at a copy that has settled.
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
	case errors.Is(err, store.ErrNotFound), err == nil && isEnded(r), err == nil && !c.o.Clock().Before(r.Expires):
		return ended, nil
	case err != nil:
		return failed, err
	}
	if c.o.DryRun {
		_, err := c.load(ctx, c.to, p.id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			return copied, nil
		case err != nil:
			return failed, err
		}
		return there, nil
	}
	p.version, p.expires, p.made, p.sum, p.found = r.Version, r.Expires, 0, sumOf(r), false
	fresh := r
	fresh.Version, fresh.Nonce = 0, 0
	fresh.Expires = c.soon(r.Expires)
	err = c.try(ctx, func(ctx context.Context) (err error) {
		p.made, err = c.to.Save(ctx, p.id, fresh)
		return err
	})
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
	if soon := c.o.Clock().Add(c.o.Settle + unsettled); soon.Before(expires) {
		return soon
	}
	return expires
}

// thereAlready tells a record that the program put there from a copy that has
// not settled: of a run that was killed, or of this one, if the answer was lost
// and the copy expires in the very second that it was to.
func (c *copier) thereAlready(ctx context.Context, p *pendingCopy, r store.Record, expires time.Time) (outcome, error) {
	found, err := c.load(ctx, c.to, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return settling, nil // it has gone since; the next look says why
	case err != nil:
		return failed, err
	case sumOf(found) == p.sum && found.Expires.Before(r.Expires):
		p.made, p.found = found.Version, found.Expires.Unix() != expires.Unix()
		return settling, nil
	}
	return there, nil
}

// look compares a copy with its original. Where nothing is left to do and it
// has settled, the copy gets the original's expiry.
func (c *copier) look(ctx context.Context, p *pendingCopy, settled bool) (outcome, error) {
	original, err := c.load(ctx, c.from, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound), err == nil && isEnded(original):
		return c.takeBack(ctx, p)
	case err != nil:
		return failed, err
	}
	p.expires = original.Expires
	changed := original.Version != p.version
	if !settled && !changed {
		return settling, nil
	}
	found, err := c.load(ctx, c.to, p.id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		// Signed out this moment, and about to go from the other store too; or
		// expired, since this took so long.
		return c.copy(ctx, p)
	case err != nil:
		return failed, err
	case !p.isCopy(found, original):
		return copied, nil // and changed since by the program
	}
	if changed {
		return c.replace(ctx, p, original, found)
	}
	return c.extend(ctx, p, original, found)
}

// takeBack deletes the copy of a record that has gone: also one that a request
// has changed since, for it descends from the copy. Only one that was to expire
// by now may have gone for that reason, and its copy expires by itself. So does
// one of a killed run; and if it is none, the program has moved the session
// there, which is why it has gone.
func (c *copier) takeBack(ctx context.Context, p *pendingCopy) (outcome, error) {
	if p.found {
		return there, nil
	}
	if !c.o.Clock().Before(p.expires) {
		return ended, nil
	}
	return gone, c.try(ctx, func(ctx context.Context) error { return c.to.Delete(ctx, p.id) })
}

// replace puts what the original has become over the copy, which has to settle
// again.
func (c *copier) replace(ctx context.Context, p *pendingCopy, original, found store.Record) (outcome, error) {
	fresh := original
	fresh.Version = found.Version
	if fresh.Expires = c.soon(original.Expires); fresh.Expires.Before(found.Expires) {
		fresh.Expires = found.Expires
	}
	made, err := c.save(ctx, p.id, fresh)
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return settling, nil // the next look says why
	case err != nil:
		return failed, err
	}
	p.version, p.made, p.sum = original.Version, made, sumOf(original)
	return settling, nil
}

// extend lets the copy live as long as the original does.
func (c *copier) extend(ctx context.Context, p *pendingCopy, original, found store.Record) (outcome, error) {
	if !found.Expires.Before(original.Expires) {
		return copied, nil
	}
	var err error
	if toucher, ok := c.to.(store.Toucher); ok {
		err = c.try(ctx, func(ctx context.Context) error {
			return toucher.Touch(ctx, p.id, found.Version, original.Used, original.Expires)
		})
	} else {
		fresh := original
		fresh.Version = found.Version
		_, err = c.save(ctx, p.id, fresh)
	}
	switch {
	case errors.Is(err, store.ErrConflict), errors.Is(err, store.ErrNotFound):
		return settling, nil // the next look says why
	case err != nil:
		return failed, err
	}
	return copied, nil
}

func (c *copier) load(ctx context.Context, s store.Store, id store.ID) (r store.Record, err error) {
	err = c.try(ctx, func(ctx context.Context) error {
		r, err = s.Load(ctx, id)
		return err
	})
	return r, err
}

func (c *copier) save(ctx context.Context, id store.ID, r store.Record) (version uint64, err error) {
	r.Nonce = 0 // it is that of another save
	err = c.try(ctx, func(ctx context.Context) error {
		version, err = c.to.Save(ctx, id, r)
		return err
	})
	return version, err
}

// pauses are how long to wait before a call that failed is tried again.
var pauses = []time.Duration{100 * time.Millisecond, time.Second}

// try calls a store. What was begun is brought to its end, so it goes on when
// the context is done; only there is no second try then. A Save that is tried
// again may meet what it has saved itself: that looks like a copy of a killed
// run, or like the program's change, and is good in either case.
func (c *copier) try(ctx context.Context, f func(context.Context) error) error {
	for i := 0; ; i++ {
		err := c.call(ctx, f)
		if i == len(pauses) || err == nil || final(err) {
			return err
		}
		timer := time.NewTimer(pauses[i])
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

func (c *copier) call(ctx context.Context, f func(context.Context) error) error {
	ctx = context.WithoutCancel(ctx)
	if c.o.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.o.Timeout)
		defer cancel()
	}
	return f(ctx)
}

// final reports whether a store has given its answer.
func final(err error) bool {
	for _, answer := range []error{store.ErrNotFound, store.ErrConflict, store.ErrTooLarge, store.ErrFull} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}

// isEnded reports whether a record only says that its session is over.
func isEnded(r store.Record) bool {
	state, _ := driver.ParseRecord(r.Data)
	return state == driver.Ended
}

package record

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/store"
)

// A store whose answer is lost, or which does not answer in time, may have saved or not, and may
// still save later. So the call is sent again, with a time of its own. Of two saves over one
// version only one is carried out, and by the nonce the writer recognizes its record: as soon as
// the store answers, the outcome is known, and what is still under way can change nothing.
const (
	// settleTries is how often a call is sent again. The pauses before the tries begin with
	// firstPause and double: together they are 0.6 seconds.
	settleTries = 7
	firstPause  = 5 * time.Millisecond

	// settleTime limits all tries together if the manager sets no limit for one call.
	settleTime = 5 * time.Second
)

var errOverwritten = errors.New("session: it is not known whether it was saved: the store's answer was lost, and another request has saved the session since")

// told are the errors after which nothing has changed.
var told = []error{
	store.ErrNotFound, store.ErrConflict, store.ErrTooLarge, store.ErrFull, errors.ErrUnsupported,
	driver.ErrEnded, driver.ErrConflict, driver.ErrTooLarge,
}

// unknown reports whether an error leaves open whether the call had its effect.
func unknown(err error) bool {
	return err != nil && !slices.ContainsFunc(told, func(one error) bool { return errors.Is(err, one) })
}

// again calls a store again, whose first answer was why, until settled. If it never is, again
// returns why.
func (d *stored) again(ctx context.Context, why error, call func(ctx context.Context) (settled bool, err error)) error {
	limit := d.timeout
	if limit <= 0 {
		limit = settleTime
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	pause := firstPause
	for range settleTries {
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return why
		}
		if settled, err := call(ctx); settled {
			return err
		}
		pause *= 2
	}
	return why
}

// write saves a record, which has a nonce, and returns its version. An error that is [unknown]
// means that the store did not tell, asked again and again, whether it did.
func (d *stored) write(ctx context.Context, id store.ID, r store.Record) (version uint64, err error) {
	r.Expires = d.until(ctx, r.Expires)
	version, why := d.store.Save(ctx, id, r)
	if !unknown(why) {
		return version, why
	}
	err = d.again(ctx, why, func(ctx context.Context) (bool, error) {
		var err error
		if version, err = d.store.Save(ctx, id, r); !errors.Is(err, store.ErrConflict) {
			return !unknown(err), err
		}
		found, err := d.store.Load(ctx, id)
		switch {
		case err == nil && found.Nonce == r.Nonce:
			version = found.Version
			return true, nil
		case !unknown(err):
			return true, fmt.Errorf("%w: %w", errOverwritten, why)
		}
		return false, err
	})
	return version, err
}

// move moves a record, which has a nonce, in one step, and returns its version. An error that is
// [unknown] means that either ID may have it.
func (d *stored) move(ctx context.Context, mover store.Mover, from, to store.ID, r, mark store.Record) (version uint64, err error) {
	r.Expires, mark.Expires = d.until(ctx, r.Expires), d.until(ctx, mark.Expires)
	version, why := mover.Move(ctx, from, to, r, mark)
	if !unknown(why) {
		return version, why
	}
	err = d.again(ctx, why, func(ctx context.Context) (bool, error) {
		var err error
		version, err = mover.Move(ctx, from, to, r, mark)
		if !errors.Is(err, store.ErrConflict) && !errors.Is(err, store.ErrNotFound) {
			return !unknown(err), err
		}
		found, loading := d.store.Load(ctx, to)
		switch {
		case loading == nil: // this is the only call that knows the ID
			version = found.Version
			return true, nil
		case unknown(loading):
			return false, loading
		}
		return true, err // it was not moved, or has ended since
	})
	return version, err
}

// remove deletes a record.
func (d *stored) remove(ctx context.Context, id store.ID) error {
	err := d.store.Delete(ctx, id)
	if !unknown(err) {
		return err
	}
	return d.again(ctx, err, func(ctx context.Context) (bool, error) {
		err := d.store.Delete(ctx, id)
		return !unknown(err), err
	})
}

// nonce returns a random number from 1 to 1<<62-1, so that many nonces can follow it.
func nonce() uint64 {
	var random [8]byte
	_, _ = rand.Read(random[:]) // it never fails: it would end the program
	return max(1, binary.BigEndian.Uint64(random[:])>>2)
}

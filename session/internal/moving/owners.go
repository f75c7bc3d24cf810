package moving

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"github.com/wafer-go/wafer/session/driver"
)

var (
	errNoOwners = fmt.Errorf("session: the backend that Migrate moves sessions to cannot list sessions by owner: %w", errors.ErrUnsupported)
	errNoList   = fmt.Errorf("session: the backend that Migrate moves sessions to cannot list its sessions: %w", errors.ErrUnsupported)
)

// Owned yields what each driver has of the owner's.
func (d *Driver) Owned(ctx context.Context, owner string) iter.Seq2[driver.Snapshot, error] {
	return d.each(errNoOwners, func(p *part) (iter.Seq2[driver.Snapshot, error], bool) {
		o, ok := p.Driver.(driver.Owners)
		if !ok {
			return nil, false
		}
		return o.Owned(ctx, owner), true
	})
}

// All yields what each driver has.
func (d *Driver) All(ctx context.Context) iter.Seq2[driver.Snapshot, error] {
	return d.each(errNoList, func(p *part) (iter.Seq2[driver.Snapshot, error], bool) {
		l, ok := p.Driver.(driver.Lister)
		if !ok {
			return nil, false
		}
		return l.All(ctx), true
	})
}

// each yields what each driver yields, once for each record; of a session that is moving, the one
// that counts. It yields none if the driver that sessions move to cannot list: a list without those
// would look complete.
func (d *Driver) each(none error, list func(*part) (iter.Seq2[driver.Snapshot, error], bool)) iter.Seq2[driver.Snapshot, error] {
	return func(yield func(driver.Snapshot, error) bool) {
		seen := make(map[string]bool)
		var arriving []driver.Snapshot
		for _, p := range slices.Backward(d.parts()) {
			found, ok := list(p)
			if !ok {
				found = nothing
			}
			for s, err := range found {
				switch {
				case errors.Is(err, errors.ErrUnsupported):
					ok = false
					continue
				case err != nil:
					yield(driver.Snapshot{}, err)
					return
				case d.arriving(s) != "" && p == &d.to:
					arriving = append(arriving, d.wrap(s, p, ""))
					continue
				case s.Record != nil && seen[s.Record.ID()]:
					continue // a copy
				case s.Record != nil:
					seen[s.Record.ID()] = true
				}
				if !yield(d.wrap(s, p, ""), nil) {
					return
				}
			}
			if !ok && p == &d.to {
				yield(driver.Snapshot{}, none)
				return
			}
		}
		for _, s := range arriving {
			if !seen[s.Record.ID()] && !yield(s, nil) {
				return
			}
		}
	}
}

func nothing(func(driver.Snapshot, error) bool) {}

// EndOwned ends what each driver has of the owner's. It counts sessions, not copies of one, if the
// lists end within the time that a store has for one answer: a sign-out must not wait for a list.
// If the driver that sessions move to cannot list, it ends what the others have, and the error
// wraps [errors.ErrUnsupported].
func (d *Driver) EndOwned(ctx context.Context, owner string, except ...string) (int, error) {
	ended, err := d.count(ctx, owner, except)
	counted := err == nil
	var errs []error
	if errors.Is(err, errors.ErrUnsupported) {
		errs = append(errs, err)
	} else if err != nil && (ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded)) {
		return 0, err
	}
	for _, p := range d.bothWays() {
		if o, ok := p.Driver.(driver.Owners); ok {
			n, err := o.EndOwned(ctx, owner, except...)
			if !errors.Is(err, errors.ErrUnsupported) {
				errs = append(errs, err)
			}
			if !counted {
				ended += n
			}
		}
	}
	return ended, errors.Join(errs...)
}

// bothWays are all drivers, and the old ones again: servers of another kind may move a session to
// an old one while they are asked.
func (d *Driver) bothWays() []*part {
	all := d.parts()
	return append(all, all[:len(d.old)]...)
}

// count returns how many sessions of the owner's are to end.
func (d *Driver) count(ctx context.Context, owner string, except []string) (n int, err error) {
	if d.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, d.timeout)
		defer cancel()
	}
	for s, err := range d.Owned(ctx, owner) {
		switch {
		case ctx.Err() != nil:
			return 0, ctx.Err()
		case err != nil:
			return 0, err
		case s.Record != nil && !slices.Contains(except, s.Record.ID()):
			n++
		}
	}
	return n, nil
}

// EndOne asks each driver to end it. If none has, and the one that sessions move to cannot tell,
// the error wraps [errors.ErrUnsupported].
func (d *Driver) EndOne(ctx context.Context, owner, id string) (bool, error) {
	ended, able, blind := false, false, false
	var errs []error
	for i, p := range d.bothWays() {
		if ended && i > len(d.old) {
			break
		}
		one, err := false, errNoOwners
		if o, ok := p.Driver.(driver.Owners); ok {
			one, err = o.EndOne(ctx, owner, id)
		}
		switch {
		case !errors.Is(err, errors.ErrUnsupported):
			ended, able, errs = ended || one, true, append(errs, err)
		case p == &d.to:
			blind = true
		}
	}
	if !able || blind && !ended {
		return false, errNoOwners
	}
	return ended, errors.Join(errs...)
}

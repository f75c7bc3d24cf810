package moving

import (
	"context"
	"errors"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// handle is a record of a driver.
type handle struct {
	driver.Record
	d      *Driver
	part   *part
	old    bool            // it is not where sessions move to
	stays  bool            // it does not move now: see follow
	ahead  driver.Snapshot // of a session that stays: what is arriving, if anything is
	value  string          // of the cookie; empty if the session was found otherwise
	loaded time.Time       // when
	to     *adoption       // the destination, once the session was to move
	open   bool            // a save of unknown outcome was made from it
	gone   bool            // it may have moved into the cookie, which the visitor has
	word   bool            // it has: what is in the record is word of that
	behind *handle         // the old session, which may still be there
}

// Reload looks where sessions move to first: another request may have moved it already. The budget
// is that of loading: a record that others keep changing is loaded again more often.
func (h *handle) Reload(ctx context.Context) (driver.Snapshot, error) {
	found, err := h.reload(ctx)
	if next, ok := found.Record.(*handle); ok && next.behind == nil {
		next.behind = h.behind
	}
	return found, err
}

func (h *handle) reload(ctx context.Context) (driver.Snapshot, error) {
	ctx = context.WithValue(ctx, driver.BudgetKey, (*driver.Budget)(nil))
	if h.open {
		return h.reloadOpen(ctx)
	}
	if h.value != "" {
		if found, err := h.d.loadMark(ctx, h.value); err == nil || !errors.Is(err, driver.ErrRefused) || errors.Is(err, driver.ErrEnded) {
			return found, err
		}
		return h.d.Load(ctx, h.value)
	}
	found, err := h.Record.Reload(ctx)
	return h.d.wrap(found, h.part, ""), err
}

// reloadOpen loads the record from which a save of unknown outcome was made. From another place it
// learns only whether the session is over: what that has may hold the edits of the save, which
// would be made again.
func (h *handle) reloadOpen(ctx context.Context) (driver.Snapshot, error) {
	found, err := h.Record.Reload(ctx)
	switch {
	case h.gone && errors.Is(err, driver.ErrRefused):
		return driver.Snapshot{}, driver.ErrUnknownOutcome
	case h.old && errors.Is(err, driver.ErrRefused), err == nil && found.Superseded: // it may have moved
		if h.value != "" && !h.gone {
			if _, err := h.d.Load(ctx, h.value); errors.Is(err, driver.ErrRefused) {
				return driver.Snapshot{}, err
			}
		}
		return driver.Snapshot{}, driver.ErrUnknownOutcome
	case err != nil:
		return driver.Snapshot{}, err
	}
	next := *h
	found = h.d.wrap(found, h.part, h.value)
	next.Record, next.loaded = found.Record.(*handle).Record, time.Now()
	found.Record = &next
	return found, nil
}

// unsettled returns the error of a move into the cookie that has this value, after which a record
// that h names may still be live.
func (h *handle) unsettled(value string, why error) error {
	next := *h
	next.open, next.gone = true, true
	return &driver.UnsettledError{Value: value, InCookie: true, Record: &next, Err: why}
}

// look returns what there is in the place of a record, whatever saves of unknown outcome were made
// from it.
func (h *handle) look(ctx context.Context) (driver.Snapshot, error) {
	if h.value == "" {
		return h.Record.Reload(ctx)
	}
	return h.part.Load(context.WithValue(ctx, driver.BudgetKey, (*driver.Budget)(nil)), h.value)
}

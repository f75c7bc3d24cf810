package moving

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
)

// Servers can be replaced one by one: some then move sessions from one place to another, and some
// move them back. A move between two places that both keep records has three steps, and the place
// that a session comes from decides:
//
//  1. The new place gets a record that is arriving, and has a name of the move.
//  2. The record in the old place says that the session has moved, and by which move.
//  3. The new record becomes a live one. If the server stops before, the next save does it.

// follow returns a session that is moving, or has moved from where sessions move to: here is what
// that place has, or moved what it says. The place that the session comes from decides. While the
// session is live there, it counts there, and is saved there. One that arrives counts only if
// another place says that it has made the same move: a faster request may have made another one,
// and the session may have ended since.
func (d *Driver) follow(ctx context.Context, value string, here driver.Snapshot, moved *driver.MovedError) (driver.Snapshot, error) {
	var arrived, word driver.Snapshot // word is that it was renewed
	arriving := func(found driver.Snapshot) driver.Snapshot {
		found = d.wrap(found, &d.to, value)
		found.Accepted, found.By = true, d.to.Name // the next save completes the move
		return found
	}
	if here.Record != nil {
		arrived = arriving(here)
	}
	for i := range d.old {
		if d.old[i].Store == nil {
			continue
		}
		there, err := d.loadOld(ctx, i, value)
		if h, ok := there.Record.(*handle); ok {
			h.stays, h.ahead = true, here
		}
		switch {
		case departed(err) != nil:
			moved = departed(err)
		case errors.Is(err, driver.ErrRefused):
		case err != nil:
			return driver.Snapshot{}, err
		case there.Superseded:
			word = there
		case d.arriving(there) != "":
			arrived = there
		default:
			return there, nil
		}
	}
	switch {
	case arrived.Record != nil && moved != nil && d.arriving(arrived) == moved.Move:
		return arrived, nil
	case word.Record != nil:
		return word, nil
	case moved == nil:
		return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrUnknown, driver.ErrEnded)
	}
	// Between the two questions a tool, or another server, may have moved it.
	found, err := d.to.Load(ctx, value)
	switch move := d.arriving(found); {
	case err == nil && move == "":
		return d.wrap(found, &d.to, value), nil
	case err == nil && move == moved.Move:
		return arriving(found), nil
	case err != nil && !errors.Is(err, driver.ErrRefused):
		return driver.Snapshot{}, err
	}
	return driver.Snapshot{}, fmt.Errorf("%w: %w", driver.ErrUnknown, driver.ErrEnded)
}

// clear replaces what is arriving of a session whose move has failed, or cannot succeed anymore.
// Servers of both kinds then look in the place that the session comes from. After a minute, it can
// move.
func (d *Driver) clear(ctx context.Context, w driver.Write, ahead driver.Snapshot) {
	if to, ok := d.to.Driver.(driver.Departer); ok && ahead.Record != nil {
		w.From, w.Move, w.Expires = ahead, d.arriving(ahead), w.At.Add(time.Minute)
		_ = to.Depart(ctx, w)
	}
}

// arriving returns the move of a session that one of the drivers has found, and that may be on its
// way there; nothing if it has arrived.
func (d *Driver) arriving(found driver.Snapshot) string {
	record := found.Record
	if h, ok := record.(*handle); ok && h.d == d {
		record = h.Record
	}
	if a, ok := record.(driver.Arrival); ok {
		return a.Move()
	}
	return ""
}

// departed returns the word that a place has of a session that is not there anymore, or nil.
func departed(err error) *driver.MovedError {
	moved, _ := errors.AsType[*driver.MovedError](err)
	return moved
}

// departs reports whether sessions move from a place in the three steps.
func (d *Driver) departs(from part) bool {
	_, to := d.to.Driver.(driver.Departer)
	_, old := from.Driver.(driver.Departer)
	return to && old && d.keepsOthers(from)
}

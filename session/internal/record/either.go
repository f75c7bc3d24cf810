package record

import (
	"context"
	"errors"
	"strings"

	"github.com/wafer-go/wafer/session/driver"
)

// If the store never tells whether it renewed a session, the visitor gets a cookie that names both
// IDs, the new one first. Whichever has the session is found, also if the store renews it late, and
// the next save gives the visitor a cookie with one ID again.
const (
	// between separates the two IDs. RFC 6265 allows it in a cookie, and no token has it.
	between = "~"

	eitherLength = 2*driver.IDLength + len(between)
)

// isEither reports whether a cookie's value names two sessions, and returns their IDs.
func isEither(value string) (renewed, old string, ok bool) {
	renewed, old, ok = strings.Cut(value, between)
	return renewed, old, ok && driver.IsID(renewed) && driver.IsID(old)
}

// namesRecord reports whether a cookie's value is one of this driver's.
func namesRecord(value string) bool {
	_, _, either := isEither(value)
	return either || driver.IsID(value)
}

// loadEither loads the session that has one of two IDs: the old one, unless it was renewed. In this
// order, no change is lost of a request that has only the old ID. Its handle keeps both IDs until a
// save of it succeeds: the renewal may still be under way, and one that the store has not confirmed
// may be undone when the store's server crashes, although it could be read.
func (d *stored) loadEither(ctx context.Context, value, renewed, old string) (driver.Snapshot, error) {
	found, err := d.ask(ctx, old)
	_, moved := errors.AsType[*driver.MovedError](err) // as it was, to another place
	if errors.Is(err, driver.ErrUnknown) && !moved || err == nil && found.Superseded {
		found, err = d.ask(ctx, renewed)
	}
	if err != nil {
		return driver.Snapshot{}, err
	}
	if h, ok := found.Record.(*handle); ok {
		h.either = value
	}
	return found, nil
}

// ask loads the session with an ID.
func (d *stored) ask(ctx context.Context, id string) (driver.Snapshot, error) {
	if err := driver.Spend(ctx); err != nil {
		return driver.Snapshot{}, err
	}
	return d.load(ctx, id, d.scope.RecordID(id))
}

// notRenewed notes that a session was saved under its old ID. What an earlier renewal may have left
// under the other one then belongs to no visitor.
func (d *stored) notRenewed(from driver.Record) {
	h, ok := from.(*handle)
	if !ok {
		return
	}
	if renewed, old, ok := isEither(h.either); ok && h.id == d.scope.RecordID(old) {
		d.ghosts.add(d.scope.RecordID(renewed))
	}
}

// unsettled returns the error of a renewal from one record to another, which the store may have
// made.
func (d *stored) unsettled(from, to *handle, why error) error {
	if from.cookie == "" || d.room > 0 && d.room < eitherLength {
		return why // it is not a visitor's request, or no cookie has room for both
	}
	either := to.cookie + between + from.cookie
	kept := *from
	kept.either = either
	return &driver.UnsettledError{Value: either, Record: &kept, Err: why}
}

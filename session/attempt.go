package session

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/queue"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// An attempt is a save of some edits, which may have to be tried again.
type attempt struct {
	from    *driver.Snapshot
	content *content.Content // from, after the edits
	edits   []content.Edit
	stay    bool      // the response may not carry a cookie
	partial bool      // the edits are not the session's first ones; see claim
	at      time.Time // by Options.Clock
	payload *buffer.Buffer
	write   driver.Write // what the driver is asked to save
	record  driver.Record

	turn      queue.Turn[passed] // among those who save the session
	conflicts int                // how many times another one was first
}

// passed is what one who has saved a session passes on to the next: what the cookie's value would
// load.
type passed struct {
	driver.Snapshot
	value string
}

// queued reports whether others wait for their turn to save the session's record: to save it now
// would fail, or make theirs fail. After a save of unknown outcome it is saved all the same: what
// is loaded later may have the edits already.
func (a *attempt) queued(m *Manager) bool {
	return a.from.Record != nil && !a.from.Superseded && a.content.Life != driver.Begin &&
		m.queues.Pays(a.from.Record.ID) && shared(a.from.Record) != nil
}

// catchUp waits for its turn, and makes the session what it is by then. It is called without the
// lock.
func (s *Session) catchUp(ctx context.Context, a *attempt) error {
	timeout := s.m.o.BackendTimeout
	if !s.m.queues.Wait(&a.turn, a.from.Record.ID(), timeout) {
		return fmt.Errorf("%w: %w for %v", ErrUnavailable, ErrConflict, timeout)
	}
	return a.refresh(ctx, s.m, s.value)
}

// latest returns what the one before passed on if the value of the session's cookie names that, or
// loads the record again.
func (a *attempt) latest(ctx context.Context, value string) (driver.Snapshot, error) {
	if p, ok := a.turn.Passed(); ok && p.value == value {
		return p.Snapshot, nil
	}
	return a.from.Record.Reload(ctx)
}

// passOn has the next one whose turn it is go on from what was saved, without loading it.
func (a *attempt) passOn(value []byte) {
	if a.record == nil || !a.turn.Passes() {
		return
	}
	if record := shared(a.record); record != nil {
		a.turn.Pass(passed{driver.Snapshot{Payload: string(a.payload.B), SavedAt: a.at, Record: record}, string(value)})
	}
}

// shared returns a record as another request would load it, or nil if it has to.
func shared(r driver.Record) driver.Record {
	if s, ok := r.(driver.Sharer); ok {
		return s.Share()
	}
	return nil
}

// refresh makes the session what its record has by now, with the edits applied. It is called
// without the lock. The value is that of the session's cookie.
func (a *attempt) refresh(ctx context.Context, m *Manager, value string) error {
	found, err := a.latest(ctx, value)
	if err == nil {
		var fresh content.Content
		if fresh, err = m.judge(&found, nil, m.o.Clock().Unix()); err == nil {
			a.from, a.content = &found, &fresh
		}
	}
	switch {
	case errors.Is(err, ErrRefused):
		return ErrEnded
	case err != nil:
		return err
	}
	for i := range a.edits {
		if _, err := a.edits[i].Apply(a.content); err != nil {
			return err
		}
	}
	if a.from.Superseded && a.content.Life == driver.Keep {
		return ErrEnded
	}
	return nil
}

// emptyLifetime is how long the record of a session outlives its last value, so that a request
// which adds one at that moment still finds it.
const emptyLifetime = 10 * time.Minute

// prepare sets what the driver is asked to save.
func (s *Session) prepare(a *attempt) error {
	stamped := s.stamp(a)
	c := a.content
	a.payload.B = a.payload.B[:0]
	if len(a.edits) == 0 && a.from.Payload != "" && !stamped {
		a.payload.B = append(a.payload.B, a.from.Payload...) // not even the order of the keys changes
	} else {
		var err error
		if a.payload.B, err = c.Values().AppendTo(a.payload.B, s.m.codec); err != nil {
			return err
		}
	}
	owner := s.m.owner(c)
	if err := checkOwner(owner); err != nil {
		return &ValueError{Key: driver.OwnerKey, Err: err} // set by that key, past SignIn
	}
	limit, empty := s.m.age.Of(c.Values()), c.Empty()
	if empty {
		limit = min(limit, emptyLifetime)
	}
	a.write = driver.Write{
		From: *a.from, Payload: a.payload.B, At: a.at, Expires: a.at.Add(limit), Owner: owner,
		Life: c.Life, Empty: empty, Stay: a.stay, Unconfirmed: s.arrived == "" && !s.listed,
	}
	if c.Life == driver.Renew && owner != "" && a.from.Record != nil {
		a.write.Leave = s.m.leave(a.from)
	}
	return nil
}

// leave returns what a request may still read that was sent before the answer to a sign-in: the
// values of an anonymous session, and nothing of a user's.
func (m *Manager) leave(from *driver.Snapshot) []byte {
	c, err := content.Parse(from, m.limits.Count)
	if err != nil || m.owner(&c) != "" {
		return nil
	}
	return []byte(from.Payload)
}

// stamp adds the time from which the absolute timeout counts to what is saved, if it is missing,
// and reports whether it was.
func (s *Session) stamp(a *attempt) bool {
	if s.m.o.AbsoluteTimeout == 0 {
		return false
	}
	if _, ok := a.content.Values().Int(driver.CreatedKey); ok {
		return false
	}
	c := a.content.Clone()
	at := a.at.Unix() // also of a session that was cleared, which is a new one
	if !c.Cleared {
		at = s.m.age.Begun(a.from, c.Values())
	}
	c.Set(&rawjson.Member{Key: driver.CreatedKey, Raw: strconv.FormatInt(at, 10)})
	a.content = &c
	return true
}

// checkOwner returns an error for an owner that stores do not accept.
func checkOwner(owner string) error {
	if len(owner) > driver.MaxOwner {
		return fmt.Errorf("an owner has at most %d bytes, and this one has %d", driver.MaxOwner, len(owner))
	}
	return nil
}

package session

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/content"
	"github.com/wafer-go/wafer/session/internal/rawjson"
)

// Reload loads the session again. A handler that runs for long can call it: in a WebSocket or a
// stream, values are those of the request's beginning until then. What this request has changed and
// not saved stays. A session without a record is in its cookie, so there is nothing fresher: Reload
// returns nil.
//
// It returns [ErrEnded] if the session was ended, or its ID renewed, by another request, as at a
// sign-out: end the stream then. The values stay as they were. It returns [ErrOvertaken] if an
// unsaved change cannot be applied to the newer values, and an error that wraps [ErrUnavailable] if
// the store cannot be reached.
func (s *Session) Reload(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.await()
	if s.failure != nil || s.from.Record == nil || s.phase == view {
		return s.failure
	}
	a := &attempt{from: &s.from, content: &s.now, edits: s.edits}
	elapsed := s.m.stopwatch()
	if err := s.outside(func() error { return a.refresh(s.saveCall(ctx), s.m) }); err != nil {
		return s.failed(err, elapsed())
	}
	s.from, s.now = *a.from, *a.content
	for i := range s.edits[len(a.edits):] {
		_, _ = s.edits[len(a.edits)+i].Apply(&s.now) // what fails here fails the save that follows
	}
	return nil
}

// reload waits for its turn and loads the session's record again, because another request changed
// it. It is called without the lock.
func (s *Session) reload(ctx context.Context, a *attempt) error {
	if err := s.wait(a); err != nil {
		return err
	}
	a.conflicts++
	return a.refresh(ctx, s.m)
}

// wait waits until no other request of this process saves the session again or, if it is this one's
// turn already, and another server was first, a moment.
func (s *Session) wait(a *attempt) error {
	timeout, ok := s.m.o.BackendTimeout, true
	if a.leave == nil {
		a.began = time.Now()
		a.leave, ok = s.m.queues.Enter(a.from.Record.ID(), timeout)
	} else if ok = timeout <= 0 || time.Since(a.began) <= timeout; ok {
		time.Sleep(jitter(time.Millisecond << min(a.conflicts, 5)))
	}
	if !ok {
		return fmt.Errorf("%w: %w for %v", ErrUnavailable, ErrConflict, timeout)
	}
	return nil
}

// jitter is a random part of d, so that those who met do not meet again.
func jitter(d time.Duration) time.Duration {
	var random [1]byte
	_, _ = rand.Read(random[:])
	return d * time.Duration(random[0]) / 256
}

// refresh loads the record again, and applies the edits to that. It is called without the lock.
func (a *attempt) refresh(ctx context.Context, m *Manager) error {
	found, err := a.from.Record.Reload(ctx)
	if err == nil {
		var values rawjson.Object
		if values, err = m.judge(&found, nil); err == nil {
			fresh := content.Of(values, &found)
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

package session

import (
	"context"
	"errors"

	"github.com/wafer-go/wafer/session/driver"
	"github.com/wafer-go/wafer/session/internal/buffer"
	"github.com/wafer-go/wafer/session/internal/content"
)

// Save saves the session at once. A handler that runs for long can call it. If nothing has changed
// it extends the life of a session that has a record, as a request does.
//
// A session that has a record is saved, even after the header was sent: in the middle of a
// WebSocket, for example. The error is that of the save; [ErrEnded] means that the session was
// ended elsewhere, and no later Save succeeds; [ErrOvertaken] that another request was first.
//
// A session in a cookie can only be saved with the response's header. Before that is sent, Save
// checks that it can be, and returns the [ValueError] or [TooLargeError] that would otherwise fail
// the response. Afterwards it returns [ErrTooLate] if a change was not sent. After the handler has
// returned it returns ErrTooLate for every session with unsaved changes. If a response failed
// because the store did not tell whether the session had moved from its record into the cookie,
// Save returns an error that wraps [ErrUnavailable] from then on; [Manager.Commit] can save it.
func (s *Session) Save(ctx context.Context) error {
	s.lock()
	defer s.unlock()
	s.await()
	inRecord, unsaved := s.from.Record != nil, s.unsaved()
	switch {
	case s.failure != nil:
		return s.failure
	case s.phase == view:
		return nil
	case s.phase == over && unsaved, s.phase == sent && !inRecord && len(s.unsent()) > 0:
		return ErrTooLate
	case s.phase == sent && s.now.Life == driver.Renew:
		return ErrTooLate // another goroutine renewed it while the response was saved
	case s.from.Superseded:
		if unsaved && s.now.Life == driver.Keep {
			return ErrEnded
		}
		return nil // a new session is for the response
	case !unsaved && s.touchable() && s.touchDue():
		line := buffer.Get()
		defer line.Free()
		if err := s.touch(ctx, line); !errors.Is(err, ErrConflict) {
			return err
		}
		return nil // another request has extended it
	case !unsaved, s.phase == sent && !inRecord:
		return nil
	case s.phase == sent && s.now.Life == driver.Begin, s.deletionDue():
		if inRecord {
			return s.delete(ctx) // what was set since was reported when it was
		}
		return nil
	}
	line := buffer.Get()
	defer line.Free()
	line.B = append(line.B, s.m.prefix...)
	return s.write(ctx, &attempt{from: &s.from, content: &s.now, edits: s.edits, stay: true}, line)
}

// write saves the session and appends the cookie's value to line. If another request changed the
// record first, or others wait to change it, the session waits for its turn, its edits are applied
// to what the record has then, and that is saved. The caller holds the lock, which is free while
// the backend and the program's own code run; edits made in that time stay for the next save.
func (s *Session) write(ctx context.Context, a *attempt, line *buffer.Buffer) (err error) {
	s.stage = saving
	ctx = s.newCall(ctx)
	a.at, a.payload = s.m.o.Clock(), buffer.Get()
	start, elapsed, free := len(line.B), s.m.stopwatch(), false
	defer func() {
		if free {
			s.mu.Lock() // the driver panicked
		}
		a.turn.End()
		a.payload.Free()
		s.finished()
	}()
	for behind := a.queued(s.m); ; {
		if behind {
			s.mu.Unlock()
			free = true
			err = s.catchUp(ctx, a)
			s.mu.Lock()
			free = false
			if err != nil {
				return s.settle(a, nil, err, elapsed())
			}
		}
		if err := s.prepare(a); err != nil {
			return err
		}
		s.mu.Unlock()
		free = true
		line.B, a.record, err = s.m.driver.Save(ctx, line.B[:start], a.write)
		s.mu.Lock()
		free = false
		if behind = errors.Is(err, driver.ErrConflict) && a.from.Record != nil; behind {
			a.conflicts++
			continue
		}
		if err != nil && a.record == nil {
			s.rebase(a)
		}
		tooLarge := errors.Is(err, ErrTooLarge)
		if err == nil && a.record == nil {
			if size := len(line.B) - len("="); size > s.m.o.MaxCookieSize {
				err, tooLarge = s.tooLarge(a.content, size), true
			}
		}
		if tooLarge && a.record == nil {
			if s.giveWay(a) {
				continue
			}
			if _, ok := errors.AsType[*TooLargeError](err); !ok {
				err = &TooLargeError{Largest: a.content.Largest(3), Values: a.content.Values().Len(), Err: err}
			}
		}
		return s.settle(a, line.B[start:], err, elapsed())
	}
}

// settle makes what was saved the session's, or says why it was not. The caller holds the lock.
func (s *Session) settle(a *attempt, value []byte, err error, took cost) error {
	if unsettled, ok := errors.AsType[*driver.UnsettledError](err); ok {
		s.value, s.from.Record, s.cookieDue, s.unsettled = unsettled.Value, unsettled.Record, true, true
		return s.failed(unsettled.Err, took)
	}
	if err != nil && a.record == nil {
		return s.failed(err, took)
	}
	if err == nil {
		a.passOn(value)
	}
	existed, renewed := s.from != driver.Snapshot{}, a.content.Life != driver.Keep
	s.unfinished = err != nil && (s.unfinished || !a.partial)
	switch {
	case a.record != nil, s.from.Record != nil:
		s.unsettled = a.record == nil
		s.install(a, string(value))
	case s.unsettled:
		s.value = string(value)
	}
	if err != nil {
		return s.failed(err, took)
	}
	if !a.stay || a.record != nil {
		s.note(Event{
			Kind: EventSaved, Duration: took.duration, Size: len(s.m.o.Cookie.Name) + len(value), Found: existed,
			Stored: a.record != nil, Conflicts: a.conflicts, Renewed: renewed,
		})
	}
	return nil
}

// rebase makes what was loaded again, and could not be saved, the session's: its record knows that
// the outcome of a save is unknown. The caller holds the lock.
func (s *Session) rebase(a *attempt) {
	if a.from == &s.from {
		return
	}
	fresh, made := *a.content, len(a.edits)
	if a.partial {
		fresh, _ = content.Parse(a.from, s.m.limits.Count) // it was read when it was loaded
		made = 0
	}
	s.replay(made, &fresh)
	s.from, s.now = *a.from, fresh
}

// install makes what a record holds now, or no longer holds, the session's. Edits that it does not
// have stay. The caller holds the lock.
func (s *Session) install(a *attempt, value string) {
	saved := len(a.edits)
	if a.partial {
		saved = 0
	}
	from := driver.Snapshot{SavedAt: a.at, Record: a.record}
	now, more := a.content.Saved(a.record != nil), len(s.edits) > saved
	if more || a.stay {
		from.Payload = string(a.payload.B)
	}
	if more {
		now, _ = content.Parse(&from, s.m.limits.Count) // it was written a moment ago
		s.replay(saved, &now)
	}
	// A permanent session's cookie expires later now.
	s.cookieDue = s.cookieDue || value != s.value || s.phase == open && s.permanent()
	s.value, s.from, s.now = value, from, now
	if a.record != nil {
		s.edits, s.sentEdits = s.edits[saved:], 0
	}
}

// replay applies the edits from a first one on to fresher content. It does so without the lock,
// because an update runs the program's code, and includes those that are made in that time. The
// caller holds the lock and is the one that saves the session.
func (s *Session) replay(first int, c *content.Content) {
	for first < len(s.edits) {
		edits := s.edits[first:]
		func() {
			s.mu.Unlock()
			defer s.mu.Lock()
			for i := range edits {
				_, _ = edits[i].Apply(c) // what fails here fails the save that follows
			}
		}()
		first += len(edits)
	}
}

// failed returns the error of a save or a deletion as the request fails with it. The caller holds
// the lock.
func (s *Session) failed(err error, took cost) error {
	for _, known := range []error{ErrTooLarge, ErrEnded, ErrOvertaken} {
		if errors.Is(err, known) {
			return err
		}
	}
	if _, ok := errors.AsType[*ValueError](err); ok {
		return err
	}
	took.inStore = true
	s.useRare().cost = took
	return unavailable(err)
}

// touch extends the life of a session that has a record, and appends the cookie's value to line. If
// the driver cannot, it saves the session as it is. The caller holds the lock.
func (s *Session) touch(ctx context.Context, line *buffer.Buffer) error {
	elapsed, now := s.m.stopwatch(), s.m.o.Clock()
	limit, from := s.m.age.Of(s.now.Values()), s.from
	err := s.outside(ctx, func(ctx context.Context) error { return s.m.toucher.Touch(ctx, from, now, now.Add(limit)) })
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return s.write(ctx, &attempt{from: &s.from, content: &s.now, stay: true}, line)
	case err != nil:
		return s.failed(err, elapsed())
	}
	line.B = append(line.B, s.value...)
	s.from.SavedAt, s.from.Unconfirmed = now, false
	s.note(Event{
		Kind: EventSaved, Duration: elapsed().duration, Size: len(s.m.o.Cookie.Name) + len(s.value), Found: true, Stored: true,
	})
	return nil
}

// delete ends the session. The caller holds the lock.
func (s *Session) delete(ctx context.Context) error {
	elapsed, from, count := s.m.stopwatch(), s.from, len(s.edits)
	if !from.Superseded {
		if err := s.outside(ctx, func(ctx context.Context) error { return s.m.driver.Delete(ctx, from) }); err != nil {
			return s.failed(err, elapsed())
		}
	}
	s.note(Event{Kind: EventDropped, Duration: elapsed().duration, Found: s.arrived != "", Stored: from.Record != nil})
	s.unsettled = false
	if from.Record == nil {
		return nil
	}
	s.stage = saving
	defer s.finished()
	var fresh content.Content
	s.replay(count, &fresh)
	s.from, s.value, s.cookieDue = driver.Snapshot{}, "", true
	s.edits, s.sentEdits, s.now, s.unfinished = s.edits[count:], 0, fresh, false
	return nil
}

// outside calls f without the lock, as the one that saves the session.
func (s *Session) outside(ctx context.Context, f func(ctx context.Context) error) error {
	s.stage = saving
	ctx = s.newCall(ctx)
	defer func() {
		s.mu.Lock()
		s.finished()
	}()
	s.mu.Unlock()
	return f(ctx)
}

// tooLarge returns the error of a cookie of size bytes.
func (s *Session) tooLarge(c *content.Content, size int) error {
	return &TooLargeError{
		Cookie: s.m.o.Cookie.Name, Size: size, Limit: s.m.o.MaxCookieSize, Largest: c.Largest(3), Values: c.Values().Len(),
	}
}

// unsaved reports whether there is something to save. The caller holds the lock.
func (s *Session) unsaved() bool { return len(s.edits) > 0 || s.unfinished }

// await waits until another goroutine's save has finished. The caller holds the lock.
func (s *Session) await() {
	for s.stage == saving {
		s.wait()
	}
}

// deletionDue reports whether the cookie is to be deleted. The session of a record that has lost
// its last value stays for a while, unless it was cleared.
func (s *Session) deletionDue() bool {
	if len(s.edits) == 0 && s.cookieDue {
		return s.value == ""
	}
	return s.now.Empty() && (s.from.Record == nil || s.now.Cleared)
}

// giveWay drops the oldest messages of a session that is too large, half of them at a time, and
// reports whether there were any: they give way before values do.
func (s *Session) giveWay(a *attempt) bool {
	n := len(a.content.Flashes())
	if n == 0 {
		return false
	}
	s.noteDropped(a.content.TrimFlashes(content.Limits{Count: n / 2, Bytes: s.m.limits.Bytes}))
	return true
}
